"""A million customers with five million orders and, if wanted, twelve million lines, in the tables.

Drawn from the models (benchmarks.synthetic_shop) and loaded straight, once for each database.
"""

import asyncio
import multiprocessing
import time

from sqlalchemy import func, select, text

from storage.bulk import insert_rows
from storage.database import Database
from storage.migrate import upgrade
from storage.models import customers as customer_table
from storage.models import order_lines, products
from storage.models import orders as order_table
from storage.pools import PoolSizes

LOADED_ROWS = 200_000
DAY_MS = 86_400_000
LINE_AMOUNT = 1_000
ORDER_COLUMNS = (
    "id",
    "identity",
    "customer_id",
    "placed_at",
    "placed_day",
    "currency",
    "total",
    "spend",
)


def load(url: str, customers: int, *, with_lines: bool = False) -> None:
    """Load a shop in a process of its own: it must not count as memory of what is measured."""
    loading = multiprocessing.get_context("spawn").Process(
        target=_load, args=(url, customers, with_lines)
    )
    loading.start()
    loading.join()
    if loading.exitcode:
        raise SystemExit("The shop could not be loaded.")


def _load(url: str, customers: int, with_lines: bool) -> None:  # noqa: FBT001 - of a process
    asyncio.run(_loaded(url, customers, with_lines=with_lines))


async def _loaded(url: str, customers: int, *, with_lines: bool) -> None:
    await upgrade(url)
    database = Database(url, pools=PoolSizes(statement_seconds=3600))
    started = time.perf_counter()
    async with database.read() as connection:
        count = await connection.scalar(select(func.max(order_table.c.id))) or 0
        has_lines = await connection.scalar(select(order_lines.c.order_id).limit(1))
    if not count:
        count = await _load_orders(database, customers)
    if with_lines and has_lines is None:
        await _load_lines(database, count)
    if not database.is_sqlite:
        async with database.pools[1].engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM ANALYZE"))
    await database.close()
    print(f"loaded {count:,} orders in {time.perf_counter() - started:.0f} s")


async def _load_orders(database: Database, customers: int) -> int:
    """Draw a shop and write it, orders in the order they were placed."""
    import numpy as np  # noqa: PLC0415 - only the loading process needs these

    from benchmarks.synthetic_shop import draw_shop  # noqa: PLC0415

    shop = draw_shop(customers, seed=1)
    by_day = np.argsort(shop.day, kind="stable")
    minor = np.round(shop.value[by_day] * 100).astype(np.int64)
    columns = (shop.customer[by_day] + 1, shop.day[by_day], minor)
    async with database.transaction() as connection:
        people = [(n, str(n)) for n in range(1, customers + 1)]
        await insert_rows(connection, customer_table, ("id", "source_id"), people)
    for start in range(0, by_day.size, LOADED_ROWS):
        figures = zip(
            *(column[start : start + LOADED_ROWS].tolist() for column in columns), strict=True
        )
        rows = [
            (n, f"n:{n}", customer, day * DAY_MS, day, "USD", spend, spend)
            for n, (customer, day, spend) in enumerate(figures, start + 1)
        ]
        async with database.transaction() as connection:
            await insert_rows(connection, order_table, ORDER_COLUMNS, rows)
    return int(by_day.size)


async def _load_lines(database: Database, count: int) -> None:
    import numpy as np  # noqa: PLC0415

    from benchmarks.synthetic_shop import draw_lines  # noqa: PLC0415

    drawn = draw_lines(count, seed=1)
    named = [(n + 1, f"P{n}", f"Product {n}") for n in range(drawn.partner.size)]
    async with database.transaction() as connection:
        await insert_rows(connection, products, ("id", "sku", "title"), named)
    line = np.arange(drawn.order.size) - np.searchsorted(drawn.order, drawn.order)
    columns = (drawn.order + 1, line, drawn.product + 1)
    for start in range(0, line.size, LOADED_ROWS):
        part = [column[start : start + LOADED_ROWS].tolist() for column in columns]
        rows = [(*figures, 1, LINE_AMOUNT) for figures in zip(*part, strict=True)]
        async with database.transaction() as connection:
            names = ("order_id", "line", "product_id", "quantity", "amount")
            await insert_rows(connection, order_lines, names, rows)
