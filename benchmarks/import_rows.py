"""Rows a second of an import, reading, checking and writing included, on both databases.

    python -m benchmarks.import_rows
    python -m benchmarks.import_rows FILE --preset uci --currency GBP

Without a file it makes one: 25,000 orders of 20 lines, 4,000 customers, 4,000 products. The
second import of the same file shows what finding out "nothing new" costs. PostgreSQL is
measured where TEST_DATABASE_URL names a server or one answers on localhost, else an embedded one.
"""

import argparse
import asyncio
import gc
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from services.imports import Importer, ImportOptions
from storage.database import Database
from storage.migrate import upgrade
from tests.postgres import execute, postgres_server

HEADER = "invoice,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n"


def sample(folder: Path, orders: int = 25_000, lines: int = 20) -> Path:
    """Write a file in the form of the UCI table."""
    path = folder / "orders.csv"
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(orders):
            minute, customer = number % 60, chance.randrange(4_000)
            when = f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}T10:{minute:02}:00"
            for _ in range(lines):
                item, price = chance.randrange(4_000), chance.randrange(2_000) / 100
                quantity = chance.randrange(1, 50)
                file.write(
                    f"{number},S{item},PRODUCT NUMBER {item},{quantity},{when},{price},"
                    f"{customer},United Kingdom\n"
                )
    return path


async def measure(url: str, path: Path, preset: str, currency: str) -> None:
    await upgrade(url)
    database = Database(url)
    importer = Importer(database, currency=currency, zone=ZoneInfo("Europe/London"), country="GB")
    for label in ("first", "again"):
        started, used = time.perf_counter(), time.process_time()
        report = await importer.run(path, ImportOptions(preset=preset))
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{'SQLite' if database.is_sqlite else 'PostgreSQL':10} {label}  "
            f"{report.rows:,} rows in {seconds:.1f} s = {report.rows / seconds:,.0f} rows/s, "
            f"{time.process_time() - used:.1f} s of CPU here, {report.orders_new:,} new orders, "
            f"peak {memory} MB"
        )
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--preset", default="uci")
    parser.add_argument("--currency", default="GBP")
    parsed = parser.parse_args(sys.argv[1:])
    # As the command line does: see bot/import_cli.py.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = parsed.file or sample(folder)
        sqlite = f"sqlite:///{folder / 'import.db'}"
        asyncio.run(measure(sqlite, path, parsed.preset, parsed.currency))
        with postgres_server(uuid4().hex) as server:
            database = f"regulars_bench_{uuid4().hex[:8]}"
            execute(server, f"CREATE DATABASE {database}")
            url = server.set(database=database).render_as_string(hide_password=False)
            try:
                asyncio.run(measure(url, path, parsed.preset, parsed.currency))
            finally:
                execute(server, f"DROP DATABASE {database} WITH (FORCE)")


if __name__ == "__main__":
    main()
