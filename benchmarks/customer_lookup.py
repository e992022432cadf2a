"""Milliseconds of finding a customer and of reading the profile, without asking Gorgias.

    python -m benchmarks.customer_lookup [--customers 1000000] [--orders-each 5] [--only postgresql]

Goal: p99 below 10 ms on PostgreSQL with 1 M customers and 5 M orders. Makes its own database.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from services.customers import Customers
from services.errors import ExpectedError
from storage.bulk import insert_rows
from storage.cache import Cache
from storage.customers import Customer
from storage.database import Database, Lane
from storage.imports import finish_run, start_run
from storage.migrate import upgrade
from storage.models import customer_words, customers, orders
from storage.names import name_key, name_words
from tests.postgres import execute, postgres_server

FIRST_NAMES = "Anna Ben Clara David Eva Felix Greta Hugo Ida Jonas Karla Leo Mia Noah Olga Paul"
LAST_NAMES = "Smith Jones Brown Taylor Evans Thomas Moore Clark Walker Hughes Green Hall Lee"
FIRST, LAST = FIRST_NAMES.split(), LAST_NAMES.split()
CHUNK = 2_000
LOOKUPS = 2_000


class NoHelpdesk:
    async def count_open(self, _customer: Customer) -> int | None:
        return None


async def fill(database: Database, people: int, each: int) -> None:
    chance = random.Random(2)
    async with database.transaction(Lane.JOBS) as connection:
        now = datetime.now(UTC)
        run = await start_run(connection, kind="bench", file_name="-", file_hash="-", now=now)
        await finish_run(connection, run, state="done", report={}, now=now)
    for start in range(1, people + 1, CHUNK):
        ids = range(start, min(start + CHUNK, people + 1))
        names = {i: f"{chance.choice(FIRST)} {chance.choice(LAST)}{i % 5_000}" for i in ids}
        rows = [(i, f"c{i}", f"user{i}@example.com", names[i], name_key(names[i])) for i in ids]
        words = [(word, i) for i in ids for word in name_words(name_key(names[i]))]
        async with database.transaction(Lane.JOBS) as connection:
            columns = ("id", "source_id", "email", "name", "name_key")
            await insert_rows(connection, customers, columns, rows)
            await insert_rows(connection, customer_words, ("word", "customer_id"), words)
            await insert_rows(connection, orders, ORDER_COLUMNS, order_rows(ids, each, people))


ORDER_COLUMNS = (
    *("id", "identity", "number", "customer_id", "placed_at", "placed_day", "currency"),
    *("total", "spend", "counts", "refunded", "status", "channel", "country"),
)


def order_rows(ids: range, each: int, people: int) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for customer_id in ids:
        for place in range(each):
            number = customer_id + place * people
            day = 20_000 + (number * 7) % 700
            fixed = (day * 86_400_000, day, "GBP", 1_000, 1_000, True, 0, "paid", "web", "GB")
            rows.append((number, f"n:{number}", str(number), customer_id, *fixed))
    return rows


async def timed(name: str, call: Callable[[int], Awaitable[object]], people: int) -> None:
    chance = random.Random(3)
    taken: list[float] = []
    for turn in range(LOOKUPS + 100):
        wanted = chance.randrange(1, people + 1)
        started = time.perf_counter()
        with suppress(ExpectedError):  # ambiguous and unknown are answers too
            await call(wanted)
        if turn >= 100:  # the first calls open connections and prepare statements
            taken.append((time.perf_counter() - started) * 1_000)
    cuts = statistics.quantiles(taken, n=100)
    print(f"  {name:28} p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms")


async def measure(url: str, people: int, each: int) -> None:
    await upgrade(url)
    database = Database(url)
    await fill(database, people, each)
    if not database.is_sqlite:
        async with database.transaction(Lane.JOBS) as connection:
            await connection.exec_driver_sql("ANALYZE")
    shop = Customers(database, NoHelpdesk(), Cache(), currency="GBP", country="GB")
    where = "SQLite" if database.is_sqlite else "PostgreSQL"
    print(f"{where}: {people:,} customers, {people * each:,} orders")
    await timed("profile", shop.profile, people)
    await timed("find by e-mail", lambda i: shop.find(f"user{i}@example.com"), people)
    await timed("find by order number", lambda i: shop.find(f"#{i}"), people)
    await timed("find by surname", lambda i: shop.find(f"{LAST[i % 13]}{i % 5_000}"), people)
    await timed("find by common first name", lambda i: shop.find(FIRST[i % 16]), people)
    await timed("unknown e-mail, closest", lambda i: shop.find(f"usr{i}@example.com"), people)
    await timed("unknown name, closest", lambda i: shop.find(f"Smitt{i % 5_000}"), people)
    await timed("identify a message", lambda i: shop.identify(f"Order {i} is late"), people)
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders-each", type=int, default=5)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parsed = parser.parse_args()
    if parsed.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{Path(folder) / 'customers.db'}"
            asyncio.run(measure(sqlite, parsed.customers, parsed.orders_each))
    if parsed.only != "sqlite":
        measure_postgresql(parsed.customers, parsed.orders_each)


def measure_postgresql(people: int, each: int) -> None:
    with postgres_server(uuid4().hex) as server:
        name = f"regulars_bench_{uuid4().hex[:8]}"
        execute(server, f"CREATE DATABASE {name}")
        url = server.set(database=name).render_as_string(hide_password=False)
        try:
            asyncio.run(measure(url, people, each))
        finally:
            execute(server, f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
