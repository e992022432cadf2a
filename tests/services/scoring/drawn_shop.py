"""Shops drawn from the models, in the tables."""

import random
from collections.abc import Sequence

import numpy as np

from benchmarks.purchases import day_number
from benchmarks.synthetic_shop import Shop, Truth, draw_shop
from storage.bulk import insert_rows
from storage.database import Database
from storage.models import customers, orders

DAY_MS = 86_400_000
LAST_DAY = "2024-03-31"
# Three quiet months after a Christmas nobody could foresee from the year before.
MONTHS = (0.15, 0.15, 0.15, 1, 1, 1, 1, 1, 1, 1, 3, 4.5)
SEASONAL = Truth(2.0, 6.0, 0.3, 4.0, months=tuple(np.array(MONTHS) / np.mean(MONTHS)))

DAYS = range(20_000, 20_060)

Order = tuple[int | None, int, int, bool]
"""(customer, day, spend in minor units, counts)"""


def random_orders(seed: int) -> list[Order]:
    """Some guests, some cancelled, some cancelled by a document of their own, many on one day."""
    chance = random.Random(seed)
    rows: list[Order] = []
    for _ in range(700):
        customer = chance.choice([None, *range(1, 120)])
        day, spend = chance.choice(DAYS), chance.randrange(0, 20_000)
        kind = chance.random()
        if kind < 0.1:
            rows.append((customer, day, 0, False))
        elif kind < 0.2:
            rows.append((customer, day, -spend, False))
        else:
            rows += [(customer, day, spend, True)] * chance.choice([1, 1, 1, 2])
    return rows


def drawn(shop: Shop) -> list[Order]:
    minor = np.round(shop.value * 100).astype(np.int64)
    figures = zip((shop.customer + 1).tolist(), shop.day.tolist(), minor.tolist(), strict=True)
    return [(customer, day, spend, True) for customer, day, spend in figures]


def small_shop(customers: int = 900, *, days_open: int = 500) -> list[Order]:
    return drawn(draw_shop(customers, seed=4, as_of=LAST_DAY, days_open=days_open))


def seasonal_shop() -> list[Order]:
    return drawn(draw_shop(3_000, seed=5, truth=SEASONAL, as_of=LAST_DAY, days_open=400))


async def add_orders(database: Database, rows: Sequence[Order], first_id: int = 1) -> None:
    """Write orders, and the customers they need that are not there yet."""
    people = sorted({row[0] for row in rows if row[0] is not None})
    columns = ("id", "identity", "customer_id", "placed_at", "placed_day", "currency", "total")
    async with database.transaction() as connection:
        known = set((await connection.execute(customers.select())).scalars())
        new = [(one, f"c{one}") for one in people if one not in known]
        await insert_rows(connection, customers, ("id", "source_id"), new)
        await insert_rows(
            connection,
            orders,
            (*columns, "spend", "counts"),
            [
                (n, f"n:{n}", customer, day * DAY_MS, day, "USD", spend, spend, counts)
                for n, (customer, day, spend, counts) in enumerate(rows, first_id)
            ],
        )


def restless_shop(customers: int = 1_500) -> Shop:
    """Customers with busy and idle months, which the models take for being gone; 90 days more."""
    rng = np.random.default_rng(1)
    end, months = day_number(LAST_DAY), 21
    pace = rng.gamma(0.8, 1 / 60.0, (customers, 1)) * rng.gamma(0.5, 2.0, (customers, months))
    first = rng.integers(0, 30 * (months - 3), customers)
    is_bought = rng.random((customers, 30 * months)) < pace.repeat(30, axis=1)
    is_bought &= np.arange(30 * months) > first[:, np.newaxis]
    is_bought[np.arange(customers), first] = True
    customer, day = np.nonzero(is_bought)
    value = np.round(rng.gamma(6.0, 5.0, day.size), 2)
    return Shop(Truth(), end, customer, day + end + 1 - 30 * (months - 3), value)
