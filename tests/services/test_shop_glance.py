"""Orders and revenue of whole days, beside as many before."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.days import to_day, today
from services.shop_glance import Glance, ShopGlance
from storage.database import Database
from storage.imports import OrderWriter, finish_run, start_run, write_customers
from tests.services.shop import ANNA, FIRST_DAY, NOW, order

LONDON = ZoneInfo("Europe/London")
HOUR_MS = 3_600_000


async def shop(database: Database, days: dict[date, int]) -> None:
    """One order a day of that many pence."""
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(write_customers, [ANNA])
        written = [
            order(f"G{day}", ANNA, to_day(day) - FIRST_DAY, pence) for day, pence in days.items()
        ]
        await connection.run_sync(OrderWriter(run).write, written)
        await finish_run(connection, run, state="done", report={}, now=NOW)


async def look(database: Database) -> Glance:
    found = await ShopGlance(database, "GBP", LONDON).read()
    assert found is not None
    return found


async def test_shop_without_orders_has_no_figures(database: Database) -> None:
    assert await ShopGlance(database, "GBP", LONDON).read() is None


async def test_seven_and_twenty_eight_days_stand_beside_those_before(database: Database) -> None:
    last = today(LONDON) - timedelta(days=3)
    days = {last - timedelta(days=back): 100 if back < 7 else 50 for back in range(56)}
    await shop(database, days)
    glance = await look(database)
    week, month = glance.windows
    assert glance.until == last
    assert (week.days, week.orders, str(week.revenue)) == (7, 7, "£7.00")
    assert (week.orders_before, str(week.revenue_before)) == (7, "£3.50")
    assert week.change == pytest.approx(1.0)
    assert (month.orders, str(month.revenue)) == (28, "£17.50")
    assert (month.orders_before, str(month.revenue_before)) == (28, "£14.00")


async def test_today_is_left_out_because_it_is_not_over(database: Database) -> None:
    now = today(LONDON)
    await shop(database, {now: 10_000, now - timedelta(days=1): 100})
    glance = await look(database)
    assert glance.until == now - timedelta(days=1)
    assert str(glance.windows[0].revenue) == "£1.00"


async def test_day_that_was_cut_off_is_left_out_as_it_is_of_forecasts(database: Database) -> None:
    last = today(LONDON) - timedelta(days=7)
    hours = {back: (9, 12, 15, 18, 21) if back else (9,) for back in range(56)}
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(write_customers, [ANNA])
        written = [
            made._replace(placed_at=made.placed_at + hour * HOUR_MS)
            for back, of_day in hours.items()
            for hour in of_day
            for made in [order(f"G{back}-{hour}", ANNA, to_day(last) - back - FIRST_DAY, 100)]
        ]
        await connection.run_sync(OrderWriter(run).write, written)
        await finish_run(connection, run, state="done", report={}, now=NOW)
    assert (await look(database)).until == last - timedelta(days=1)


async def test_growth_from_nothing_is_not_a_number(database: Database) -> None:
    await shop(database, {today(LONDON) - timedelta(days=1): 100})
    assert (await look(database)).windows[0].change is None
