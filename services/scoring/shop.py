"""What the models need to know of a shop's past, read from the database or from a folder."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from services.analytics.arrays import FloatArray, IntArray
from services.analytics.history import CustomerHistory
from services.analytics.scores import FIT_SAMPLE
from services.analytics.seasonality import MonthlyRepeats
from services.days import to_date
from storage import purchases
from storage.database import Connection, Database
from storage.purchases import OutcomeColumns, PurchaseColumns

HOLD_OUT_SAMPLE = 100_000


@dataclass(frozen=True, slots=True)
class Shop:
    """Everybody who had bought by a day (days since 1970), money in major units."""

    as_of_day: int
    customer_id: IntArray
    history: CustomerHistory
    repeats: MonthlyRepeats
    """Of all customers, or of the sample that a large shop's season is learnt from."""

    @property
    def as_of(self) -> date:
        return to_date(self.as_of_day)

    def save(self, folder: Path) -> None:
        arrays = {name: getattr(self.history, name) for name in self.history.__slots__}
        np.savez(
            folder / "shop.npz",
            as_of_day=self.as_of_day,
            customer_id=self.customer_id,
            repeats=self.repeats.purchases,
            **arrays,
        )

    @classmethod
    def load(cls, folder: Path) -> "Shop":
        with np.load(folder / "shop.npz") as arrays:
            day = int(arrays["as_of_day"])
            history = CustomerHistory(*(arrays[name] for name in CustomerHistory.__slots__))
            repeats = MonthlyRepeats(to_date(day), arrays["repeats"])
            return cls(day, arrays["customer_id"], history, repeats)


@dataclass(frozen=True, slots=True)
class HoldOut:
    """A sample of the shop as it was on a past day, and what these customers did in the horizon."""

    shop: Shop
    orders: IntArray
    """Purchase days in the horizon."""
    days_to_next: FloatArray
    """Days to the first of them; NaN without any."""


async def read_shop(database: Database, as_of_day: int, minor_digits: int) -> Shop:
    """Read the whole shop."""
    async with database.read() as connection:
        columns = await purchases.purchases(connection, as_of_day)
        every = 1 + (len(columns.customer_id) - 1) // FIT_SAMPLE
        buyers = await purchases.buyers_by_day(connection, as_of_day, every)
    return _shop(as_of_day, columns, every, buyers, 10**minor_digits)


async def read_hold_outs(
    database: Database, as_of_day: int, horizon_days: int, customers: int, minor_digits: int
) -> tuple[HoldOut, HoldOut]:
    """Read about HOLD_OUT_SAMPLE of the `customers` there are, one and two horizons ago.

    The outcome of the second ends where that of the first begins.
    """
    every = 1 + (customers - 1) // HOLD_OUT_SAMPLE
    cut = as_of_day - horizon_days
    async with database.read() as connection:
        return (
            await _read_hold_out(connection, cut, as_of_day, every, minor_digits),
            await _read_hold_out(connection, cut - horizon_days, cut, every, minor_digits),
        )


async def _read_hold_out(
    connection: Connection, cut: int, until: int, every: int, minor_digits: int
) -> HoldOut:
    columns = await purchases.purchases(connection, cut, every)
    buyers = await purchases.buyers_by_day(connection, cut, every)
    outcome = await purchases.purchases_after(connection, cut, until, every)
    shop = _shop(cut, columns, 1, buyers, 10**minor_digits)
    orders, days_to_next = _aligned(shop.customer_id, outcome, cut)
    return HoldOut(shop, orders, days_to_next)


def _shop(
    day: int, columns: PurchaseColumns, every: int, buyers: IntArray, minor_in_major: int
) -> Shop:
    frequency = columns.purchase_days - 1
    repeat_value = (columns.value - columns.first_value) * _kept(columns)
    history = CustomerHistory(
        frequency=frequency,
        recency_days=columns.last_day - columns.first_day,
        age_days=day - columns.first_day,
        monetary=repeat_value / np.maximum(frequency, 1) / minor_in_major,
        spend=columns.spend / minor_in_major,
    )
    newcomers = columns.first_day[columns.customer_id % every == 0]
    repeats = _repeats(day, newcomers, buyers)
    return Shop(day, columns.customer_id, history, repeats)


def _kept(columns: PurchaseColumns) -> FloatArray:
    """Share of what a customer bought that was not cancelled in documents of their own, 0 to 1.

    Such a document names no order, so it lowers all repeat purchases alike; without it one order
    of 80,000 pieces, booked by mistake and cancelled the same day, would be worth a fortune.
    """
    return np.clip(columns.spend / np.maximum(columns.value, 1), 0.0, 1.0)


def _repeats(day: int, newcomers: IntArray, buyers: IntArray) -> MonthlyRepeats:
    """Repeat purchases of a month: everybody who bought, less those who bought first."""
    if not newcomers.size:
        return MonthlyRepeats(to_date(day), np.zeros(0, dtype=np.int64))
    first, last = _month(buyers[0, :1])[0], _month(np.array([day]))[0]
    bought = np.bincount(_month(buyers[0]) - first, buyers[1], minlength=last - first + 1)
    first_time = np.bincount(_month(newcomers) - first, minlength=last - first + 1)
    return MonthlyRepeats(to_date(day), bought.astype(np.int64) - first_time)


def _aligned(
    customer_id: IntArray, outcome: OutcomeColumns, cut: int
) -> tuple[IntArray, FloatArray]:
    """Put the outcome in the order of the customers; who first bought later is left out."""
    known = np.isin(outcome.customer_id, customer_id)
    place = np.searchsorted(customer_id, outcome.customer_id[known])
    orders = np.zeros(customer_id.size, dtype=np.int64)
    orders[place] = outcome.purchase_days[known]
    days_to_next = np.full(customer_id.size, np.nan)
    days_to_next[place] = outcome.first_day[known] - cut
    return orders, days_to_next


def _month(days: IntArray) -> IntArray:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
