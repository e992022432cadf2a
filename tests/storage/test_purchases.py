"""Whether there is enough to score, asked of orders of every kind."""

import pytest

from services.scoring.shop import read_orders, whole_shop
from storage import purchases
from storage.database import Database
from tests.services.scoring.drawn_shop import Order, add_orders, random_orders

CUT = 20_030


@pytest.fixture
async def rows(database: Database) -> list[Order]:
    rows = random_orders(1)
    await add_orders(database, rows)
    return rows


async def test_who_came_back_is_counted_as_scoring_does(database: Database) -> None:
    """1 paid twice, 2 nothing the second time, 3 got all back, 4 came after the day."""
    rows: list[Order] = [(1, CUT - 9, 100, True), (1, CUT, 50, True), (None, CUT, 50, True)]
    rows += [(2, CUT - 9, 100, True), (2, CUT, 0, True), (4, CUT, 9, True), (4, CUT + 1, 9, True)]
    rows += [(3, CUT - 9, 100, True), (3, CUT, 50, True), (3, CUT, -150, False)]
    await add_orders(database, rows)
    async with database.read() as connection:
        assert await purchases.paying_repeat_customers(connection, CUT, limit=100) == 1
        assert await purchases.paying_repeat_customers(connection, CUT + 1, limit=100) == 2
        assert await purchases.paying_repeat_customers(connection, CUT + 1, limit=1) == 1
    history = whole_shop(await read_orders(database, CUT), CUT, minor_digits=2).history
    assert int(((history.frequency > 0) & (history.monetary > 0)).sum()) == 1


async def test_orders_of_the_future_do_not_stretch_the_span(
    database: Database, rows: list[Order]
) -> None:
    counted = [row[1] for row in rows if row[3]]
    async with database.read() as connection:
        assert await purchases.span(connection, today=CUT) == (
            min(counted),
            max(day for day in counted if day <= CUT),
        )


async def test_empty_shop_has_no_span(database: Database) -> None:
    async with database.read() as connection:
        assert await purchases.span(connection, today=CUT) is None


async def test_data_version_changes_with_a_new_order(database: Database, rows: list[Order]) -> None:
    async with database.read() as connection:
        before = await purchases.data_version(connection)
        assert await purchases.data_version(connection) == before
    await add_orders(database, [(1, CUT, 100, True)], first_id=len(rows) + 1)
    async with database.read() as connection:
        assert await purchases.data_version(connection) != before
