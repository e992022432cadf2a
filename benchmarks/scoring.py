"""Score a million customers with five million orders: seconds, memory, and who waits meanwhile.

    python -m benchmarks.scoring                                  # SQLite
    python -m benchmarks.scoring --database postgresql://…/empty  # PostgreSQL

A database named is loaded when it is empty, and scored anew when it was loaded before.

The shop is drawn from the models (benchmarks.synthetic_shop) and loaded straight into the tables.
While `Scoring.refresh` runs, jobs are stored as an envelope's acknowledgement stores them, thirty
a second, in the same process and event loop. Memory is the sum of what the bot's process and the
processes that compute hold at the same moment.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from services.pool import ProcessPool
from services.scoring import Scoring
from storage.bulk import insert_rows
from storage.database import Database, Lane
from storage.jobs import Ledger, NewJob
from storage.migrate import upgrade
from storage.models import customers as customer_table
from storage.models import orders as order_table

GOAL_SECONDS, GOAL_MEGABYTES, GOAL_MS = 30, 1024, 50
RATE = 30
LOADED_ROWS = 200_000
DAY_MS = 86_400_000
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="an empty database; default: SQLite")
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/regulars.db"
        # In a process of its own: the drawn shop must not count as memory of the scoring.
        loading = multiprocessing.get_context("spawn").Process(
            target=_load, args=(url, options.customers)
        )
        loading.start()
        loading.join()
        if loading.exitcode:
            raise SystemExit("The shop could not be loaded.")
        asyncio.run(measure(url))


async def measure(url: str) -> None:
    """Score once and print every figure beside its goal."""
    database, pool = Database(url), ProcessPool()
    stages: dict[str, float] = defaultdict(float)
    current, since = "", time.perf_counter()

    def progress(what: str, _share: float) -> None:
        nonlocal current, since
        stages[current] += time.perf_counter() - since
        current, since = what, time.perf_counter()

    alone = await acknowledgements(database, seconds=5)
    scoring = Scoring(database, pool, currency="USD", zone=ZoneInfo("UTC"))
    watched = asyncio.create_task(acknowledgements(database))
    memory = asyncio.create_task(peak_megabytes())
    started = time.perf_counter()
    run = await scoring.refresh(progress)
    seconds = time.perf_counter() - started
    progress("", 1.0)
    for task in (watched, memory):
        task.cancel()
    print(f"{url.partition(':')[0]}: {run.customers:,} customers, {run.data_version}, {run.state}")
    for what, spent in stages.items():
        if what:
            print(f"  {what:<34} {spent:6.1f} s")
    print(f"  {'all':<34} {seconds:6.1f} s    goal <= {GOAL_SECONDS} s")
    print(f"  {'peak memory, all processes':<34} {await memory:6.0f} MB   goal <= {GOAL_MEGABYTES}")
    for when, times in (("alone", alone), ("meanwhile", await watched)):
        p99 = statistics.quantiles(times, n=100)[98]
        what = f"store an envelope, {when}"
        print(
            f"  {what:<34} {statistics.median(times):6.1f} ms   p99 {p99:.1f} ms, slowest "
            f"{max(times):.0f} ms, {len(times)} times; goal p99 < {GOAL_MS} ms"
        )
    pool.close()
    await database.close()


async def acknowledgements(database: Database, seconds: float = 3600) -> list[float]:
    """Store jobs as an envelope's acknowledgement does until cancelled; milliseconds of each.

    Each is timed from when it was due, so that a late event loop counts.
    """
    ledger = Ledger(database)
    times: list[float] = []
    due = begun = time.perf_counter()
    with contextlib.suppress(asyncio.CancelledError):
        while due - begun < seconds:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            job = NewJob("benchmark", f"{begun}:{len(times)}", payload={})
            async with database.transaction(Lane.INTAKE) as connection:
                await ledger.enqueue(connection, job)
            times.append((time.perf_counter() - due) * 1000)
            due += 1 / RATE
    return times


async def peak_megabytes() -> float:
    """Watch the memory of this process and its children until cancelled."""
    peak = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            peak = max(peak, await asyncio.to_thread(_all_megabytes))
            await asyncio.sleep(0.3)
    return peak


def _all_megabytes() -> float:
    children = [str(child.pid) for child in multiprocessing.active_children()]
    return sum(map(_megabytes, ["self", *children]))


def _megabytes(process: str) -> float:
    """Memory of a process, what it shares with others divided among them."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0  # it has just ended
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _load(url: str, customers: int) -> None:
    asyncio.run(load(url, customers))


async def load(url: str, customers: int) -> None:
    """Draw a shop and write it, orders in the order they were placed."""
    import numpy as np  # noqa: PLC0415 - only the loading process needs these

    from benchmarks.synthetic_shop import draw_shop  # noqa: PLC0415

    started = time.perf_counter()
    await upgrade(url)
    shop = draw_shop(customers, seed=1)
    by_day = np.argsort(shop.day, kind="stable")
    minor = np.round(shop.value[by_day] * 100).astype(np.int64)
    columns = (shop.customer[by_day] + 1, shop.day[by_day], minor)
    database = Database(url, statement_seconds=3600)
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
    if not database.is_sqlite:
        async with database.engines[Lane.INTERACTIVE].connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM ANALYZE orders"))
    await database.close()
    print(f"loaded {by_day.size:,} orders in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
