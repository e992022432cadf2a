"""A shop with a weekly rhythm, forecast in real processes."""

import math
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from services import days
from services.forecasts import Forecasts
from services.pool import ProcessPool
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import ImportedOrder, OrderWriter, finish_run, start_run
from tests.services.shop import DAY_MS, NOW

ZONE = ZoneInfo("Europe/London")
HISTORY_DAYS = 70
RHYTHM = (3, 5, 6, 6, 7, 0, 2)
"""Orders on Monday to Sunday; closed on Saturdays."""


def last_day() -> int:
    """Return the last Friday that is over: a full day, whenever the tests run."""
    yesterday = days.today(ZONE) - timedelta(days=1)
    return days.to_day(yesterday - timedelta(days=(yesterday.weekday() - 4) % 7))


def orders_of(day: int) -> list[ImportedOrder]:
    """The orders of one day, evenly over its hours."""
    count = RHYTHM[days.to_date(day).weekday()]
    return [_order(day, place, count) for place in range(count)]


def _order(day: int, place: int, count: int) -> ImportedOrder:
    number = f"{day}-{place}"
    buyer = (day * 7 + place) % 40
    price = 1_000 + 100 * place + round(200 * math.sin(day))
    return ImportedOrder(
        identity=f"n:{number}",
        number=number,
        person=Person(str(buyer), f"c{buyer}@example.com", None, f"C {buyer}", "GB"),
        placed_at=day * DAY_MS + (place + 1) * DAY_MS // (count + 1),
        placed_day=day,
        currency="GBP",
        total=price,
        refunded=0,
        spend=price,
        counts=True,
        status="paid",
        channel="app" if place % 3 == 0 else "web",
        country="GB" if place % 2 else "DE",
        digest=number.encode().ljust(16),
        lines=[("MUG" if place % 2 else "SOAP", "A thing", False, 1, price, price * 10_000)],
    )


async def import_days(database: Database, first: int, last: int) -> list[ImportedOrder]:
    """Import the orders of a range of days."""
    placed = [order for day in range(first, last + 1) for order in orders_of(day)]
    async with database.transaction() as connection:
        run = await start_run(connection, kind="f", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(OrderWriter(run).write, placed)
        await finish_run(connection, run, state="done", report={}, now=NOW)
    return placed


@pytest.fixture
def forecasts(database: Database, pool: ProcessPool) -> Forecasts:
    return Forecasts(database, pool, currency="GBP", zone=ZONE, country="GB")
