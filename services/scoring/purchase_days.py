"""What customers bought, counted day by day: the questions that scoring asks of all orders.

Days are days since 1970 in the shop's own zone, money is in minor units. Orders as DESIGN 4a
defines them: refunds and cancellations lower what was spent. numpy answers every question from
columns read once; asked of SQL, each took a pass over all orders.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.analytics.arrays import BoolArray, IntArray, run_starts
from storage.shop_orders import OrderColumns

MOST_DAYS = 2**20
"""More than any two days of a shop are apart."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """One entry a customer who bought, by id."""

    customer_id: IntArray
    purchase_days: IntArray
    first_day: IntArray
    last_day: IntArray
    first_value: IntArray
    """Spent on the first purchase day."""
    value: IntArray
    """Spent on all purchase days."""
    spend: IntArray
    """The same, less what was cancelled in documents of their own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What customers did after a day; who did nothing is not listed."""

    customer_id: IntArray
    purchase_days: IntArray
    first_day: IntArray


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """Everything known customers did, by customer and then by day."""

    customer_id: IntArray
    day: IntArray
    counts: BoolArray
    """It is an order, not a cancellation or something that came to nothing."""
    spend: IntArray

    @classmethod
    def of(cls, columns: OrderColumns) -> "OrderHistory":
        order = (columns.customer_id * MOST_DAYS + columns.day).argsort()
        return cls(
            columns.customer_id[order],
            columns.day[order],
            columns.is_order[order].astype(np.bool_),
            columns.spend[order],
        )

    def save(self, path: Path) -> None:
        np.savez(path, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> "OrderHistory":
        with np.load(path) as arrays:
            return cls(*(arrays[name] for name in cls.__slots__))

    def one_of(self, every: int) -> "OrderHistory":
        """Keep one of so many customers, the same ones each time."""
        return self if every == 1 else self._where(self.customer_id % every == 0)

    def until(self, day: int) -> "OrderHistory":
        """Keep what was done until the end of a day."""
        return self._where(self.day <= day)

    def purchases(self) -> Purchases:
        """Sum up every customer with an order."""
        bought = self._where(self.counts)
        starts = np.flatnonzero(run_starts(bought.customer_id))
        ends = np.append(starts, bought.day.size)[1:]
        first_day = bought.day[starts]
        is_first_day = bought.day == np.repeat(first_day, ends - starts)
        ids, everybody = bought.customer_id[starts], np.flatnonzero(run_starts(self.customer_id))
        spend = _sums(self.spend, everybody)
        return Purchases(
            customer_id=ids,
            purchase_days=_sums(bought.starts_of_days(), starts),
            first_day=first_day,
            last_day=bought.day[ends - 1],
            first_value=_sums(bought.spend * is_first_day, starts),
            value=_sums(bought.spend, starts),
            spend=spend[np.searchsorted(self.customer_id[everybody], ids)],
        )

    def after(self, day: int, until: int) -> Outcome:
        """Count the purchase days of each customer after `day`, up to and including `until`."""
        bought = self._where(self.counts & (self.day > day) & (self.day <= until))
        starts = np.flatnonzero(run_starts(bought.customer_id))
        return Outcome(
            bought.customer_id[starts],
            _sums(bought.starts_of_days(), starts),
            bought.day[starts],
        )

    def buying_days(self) -> IntArray:
        """Return the days on which a customer bought, one entry for each customer and day."""
        bought = self._where(self.counts)
        return bought.day[bought.starts_of_days()]

    def starts_of_days(self) -> BoolArray:
        """Mark the first entry of each customer's day."""
        return run_starts(self.customer_id) | run_starts(self.day)

    def _where(self, is_kept: BoolArray) -> "OrderHistory":
        return OrderHistory(*(getattr(self, name)[is_kept] for name in self.__slots__))


def _sums(values: IntArray | BoolArray, starts: IntArray) -> IntArray:
    """Add up the values from each start to the next."""
    if not starts.size:
        return np.zeros(0, dtype=np.int64)
    sums: IntArray = np.add.reduceat(values, starts, dtype=np.int64)
    return sums
