"""Columns read in blocks, beside the same read a row at a time."""

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update

from storage import arrays
from storage.arrays import read_blocks, read_columns, read_named
from storage.bulk import insert_rows
from storage.database import Database
from storage.models import customers, orders
from storage.shop_orders import begin_long_read
from tests.services.scoring.drawn_shop import add_orders

ROWS = [
    (1 + n % 7 if n % 5 else None, 20_000 + n % 90, 100 * n - 9_000, n % 3 > 0) for n in range(300)
]
COUNTRIES = ["GB", "", 'Côte "d\'Ivoire", \n\x1f']


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_BLOCK_ROWS", 20)
    monkeypatch.setattr(arrays, "_FIRST_WIDTH", 4)
    monkeypatch.setattr(arrays, "_FIRST_PAGES", 1)


async def test_every_row_is_read_once_over_gaps_between_ids(database: Database) -> None:
    await add_orders(database, ROWS[:100], first_id=5)
    await add_orders(database, ROWS[100:], first_id=1_000_000)
    query = select(orders.c.id, orders.c.placed_day, orders.c.spend).where(orders.c.counts)
    async with database.read() as connection:
        columns = await read_columns(connection, query, orders.c.id)
        rows = (await connection.execute(query.order_by(orders.c.id))).all()
    assert sorted(zip(*columns.tolist(), strict=True)) == [tuple(row) for row in rows]


async def test_blocks_hold_whole_groups_in_the_order_of_the_ranges(database: Database) -> None:
    await add_orders(database, ROWS)
    query = select(orders.c.customer_id, func.sum(orders.c.spend)).group_by(orders.c.customer_id)
    async with database.read() as connection:
        along = orders.c.customer_id
        blocks = [block async for block in read_blocks(connection, query, along, whole_groups=True)]
    found = np.concatenate(blocks, axis=1)
    sums = {customer: sum(row[2] for row in ROWS if row[0] == customer) for customer in range(1, 8)}
    assert len(blocks) > 1
    assert dict(zip(*found.tolist(), strict=True)) == sums


async def test_every_row_is_read_once_wherever_changes_have_moved_it(database: Database) -> None:
    await add_orders(database, ROWS)
    for _ in range(5):
        async with database.transaction() as connection:
            await connection.execute(update(orders).values(spend=orders.c.spend + 1))
    async with database.transaction() as connection:
        await connection.execute(delete(orders).where(orders.c.id % 3 == 0))
    query = select(orders.c.id, orders.c.spend)
    async with database.read() as connection:
        columns = await read_columns(connection, query, orders.c.id)
        rows = (await connection.execute(query.order_by(orders.c.id))).all()
    assert len(rows) == len(ROWS) * 2 // 3
    assert sorted(zip(*columns.tolist(), strict=True)) == [tuple(row) for row in rows]


async def test_a_long_read_sees_one_state_while_rows_move(database: Database) -> None:
    await add_orders(database, ROWS)
    query = select(orders.c.id, orders.c.spend)
    seen: list[tuple[int, int]] = []
    async with database.read() as connection:
        await begin_long_read(connection)
        async for block in read_blocks(connection, query, orders.c.id):
            seen += zip(*block.tolist(), strict=True)
            async with database.transaction() as other:
                await other.execute(update(orders).values(spend=0))
    assert sorted(seen) == sorted((n, row[2]) for n, row in enumerate(ROWS, start=1))


async def test_texts_are_read_as_places_in_a_list(database: Database) -> None:
    people = [(n, f"c{n}", COUNTRIES[n % 3]) for n in range(1, 100)]
    async with database.transaction() as connection:
        await insert_rows(connection, customers, ("id", "source_id", "country"), people)
    query = select(customers.c.id, customers.c.country)
    async with database.read() as connection:
        (ids, places), names = await read_named(connection, query, customers.c.id)
    assert sorted(names) == sorted(COUNTRIES)
    assert {key: names[place] for key, place in zip(ids, places, strict=True)} == {
        n: country for n, _, country in people
    }


async def test_an_empty_table_has_no_rows(database: Database) -> None:
    query = select(orders.c.id, orders.c.spend)
    async with database.read() as connection:
        assert (await read_columns(connection, query, orders.c.id)).shape == (2, 0)


async def test_a_column_with_null_is_refused(database: Database) -> None:
    await add_orders(database, ROWS)
    query = select(orders.c.id, orders.c.customer_id)
    async with database.read() as connection:
        with pytest.raises(ValueError, match="same shape"):
            await read_columns(connection, query, orders.c.id)
