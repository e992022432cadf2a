"""What is likely next, on both databases."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from services.partners import Partners
from services.pool import ProcessPool
from storage import partners
from storage.database import Database
from storage.imports import OrderWriter, start_run
from storage.models import customers, product_partners
from storage.partners import List, Suggestion
from tests.services.insights.baskets_shop import open_shop, order
from tests.services.shop import NOW

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def learning(database: Database, pool: ProcessPool) -> Partners:
    """Thirty orders of milk with sugar, among many of bread alone."""
    await open_shop(database, pool)
    more = [order(f"s{n}", None, "2026-03-10", "milk sugar") for n in range(30)]
    more += [order(f"b{n}", None, "2026-03-11", "bread") for n in range(100)]
    more += [order("m1", "d", "2026-03-12", "milk bread"), order("m2", "c", "2026-03-12", "bread")]
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="i", now=NOW)
        await connection.run_sync(OrderWriter(run).write, more)
    return Partners(database, pool, LONDON)


async def suggested(database: Database, who: str) -> list[Suggestion]:
    async with database.read() as connection:
        known = await partners.complete(connection)
        assert known is not None
        own = select(customers.c.id).where(customers.c.source_id == who)
        customer = int((await connection.execute(own)).scalar_one())
        return await partners.suggest(connection, known.version, customer, 3)


async def test_partner_of_what_was_bought_is_suggested_with_its_reason(
    database: Database, learning: Partners
) -> None:
    assert await learning.refresh()
    assert await suggested(database, "d") == [Suggestion("sugar", "Sugar", "milk", "Milk", 30)]
    assert await suggested(database, "c") == []


async def test_the_same_orders_are_learnt_from_once(database: Database, learning: Partners) -> None:
    assert await learning.refresh()
    assert not await learning.refresh()
    async with database.transaction() as connection:
        await connection.run_sync(OrderWriter(1).write, [order("n1", None, "2026-03-13", "bread")])
    assert await learning.refresh()
    async with database.read() as connection:
        versions = select(product_partners.c.version).distinct()
        assert (await connection.execute(versions)).scalars().all() == [2]


async def test_an_interrupted_run_leaves_the_complete_list_and_is_cleared_away(
    database: Database, learning: Partners
) -> None:
    await learning.refresh()
    async with database.transaction() as connection:
        rows = select(product_partners.c.product_id, product_partners.c.partner_id)
        known = (await connection.execute(rows)).all()
        left_over = [{"version": 2, "product_id": a, "partner_id": b} for a, b in known]
        figures = {"orders": 1, "evidence": 1.0}
        await connection.execute(
            product_partners.insert(), [{**row, **figures} for row in left_over]
        )
        await connection.run_sync(OrderWriter(1).write, [order("n2", None, "2026-03-13", "bread")])
    assert len(await suggested(database, "d")) == 1
    await asyncio.wait_for(learning.refresh(), 60)
    async with database.read() as connection:
        assert (await partners.complete(connection) or List(0, "")).version == 2
        count = select(func.count()).select_from(product_partners)
        assert (await connection.execute(count)).scalar_one() == len(known)
