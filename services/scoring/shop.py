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
from services.scoring.purchase_days import OrderHistory, Outcome, Purchases
from storage import shop_orders
from storage.database import Database

EARLIEST_DAY = -100_000
"""No shop has an order of the seventeenth century."""


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


def every_for(sample: int, customers: int) -> int:
    """Return of how many customers to take one, for at most `sample` of them."""
    return max(-(-customers // sample), 1)


async def read_orders(database: Database, as_of_day: int) -> OrderHistory:
    """Read all that known customers did until a day."""
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        columns = await shop_orders.of_customers(connection, (EARLIEST_DAY, as_of_day))
    return OrderHistory.of(columns)


def whole_shop(orders: OrderHistory, as_of_day: int, minor_digits: int) -> Shop:
    """Sum up what was done until a day, and nothing later."""
    purchases = orders.purchases()
    every = every_for(FIT_SAMPLE, purchases.customer_id.size)
    frequency = purchases.purchase_days - 1
    minor_in_major = 10**minor_digits
    repeat_value = (purchases.value - purchases.first_value) * _kept(purchases)
    history = CustomerHistory(
        frequency=frequency,
        recency_days=purchases.last_day - purchases.first_day,
        age_days=as_of_day - purchases.first_day,
        monetary=repeat_value / np.maximum(frequency, 1) / minor_in_major,
        spend=purchases.spend / minor_in_major,
    )
    newcomers = purchases.first_day[purchases.customer_id % every == 0]
    repeats = _repeats(as_of_day, newcomers, orders.one_of(every).buying_days())
    return Shop(as_of_day, purchases.customer_id, history, repeats)


def hold_out_of(orders: OrderHistory, day: int, horizon_days: int, minor_digits: int) -> HoldOut:
    """Cut the shop at a past day."""
    shop = whole_shop(orders.until(day), day, minor_digits)
    outcome = orders.after(day, day + horizon_days)
    purchase_days, days_to_next = _aligned(shop.customer_id, outcome, day)
    return HoldOut(shop, purchase_days, days_to_next)


def _kept(purchases: Purchases) -> FloatArray:
    """Share of what a customer bought that was not cancelled in documents of their own, 0 to 1.

    Such a document names no order, so it lowers all repeat purchases alike; without it one order
    of 80,000 pieces, booked by mistake and cancelled the same day, would be worth a fortune.
    """
    return np.clip(purchases.spend / np.maximum(purchases.value, 1), 0.0, 1.0)


def _repeats(day: int, newcomers: IntArray, buying_days: IntArray) -> MonthlyRepeats:
    """Repeat purchases of a month: everybody who bought, less those who bought first."""
    if not newcomers.size:
        return MonthlyRepeats(to_date(day), np.zeros(0, dtype=np.int64))
    first, last = _month(buying_days.min(keepdims=True))[0], _month(np.array([day]))[0]
    bought = np.bincount(_month(buying_days) - first, minlength=last - first + 1)
    first_time = np.bincount(_month(newcomers) - first, minlength=last - first + 1)
    return MonthlyRepeats(to_date(day), bought - first_time)


def _aligned(customer_id: IntArray, outcome: Outcome, cut: int) -> tuple[IntArray, FloatArray]:
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
