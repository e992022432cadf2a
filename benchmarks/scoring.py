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
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update

from services.pool import ProcessPool
from services.scoring import Scoring
from storage.bulk import insert_rows
from storage.database import Database, Lane
from storage.jobs import Ledger, NewJob
from storage.migrate import upgrade
from storage.models import customers as customer_table
from storage.models import model_runs
from storage.models import orders as order_table
from storage.pools import PoolSizes

GOAL_SECONDS, GOAL_MEGABYTES, GOAL_MS = 30, 1024, 50
RATE = 30
SECONDS_ALONE = 5
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


class Stages:
    """Which step a run is at, and how long each took."""

    def __init__(self) -> None:
        self.current = "alone"
        self.seconds: dict[str, float] = defaultdict(float)
        self._since = time.perf_counter()

    def __call__(self, what: str, _share: float = 0.0) -> None:
        now = time.perf_counter()
        self.seconds[self.current] += now - self._since
        self.current, self._since = what, now


async def measure(url: str) -> None:
    """Score once and print every figure beside its goal."""
    database, pool, stages = Database(url), ProcessPool(), Stages()
    async with database.transaction() as connection:
        # As the next night would find it: other data, and the last run's scores still there.
        await connection.execute(update(model_runs).values(data_version="earlier"))
    times: dict[str, list[float]] = defaultdict(list)
    watched = [asyncio.create_task(acknowledgements(database, stages, times))]
    await asyncio.sleep(SECONDS_ALONE)
    memory = asyncio.create_task(peak_megabytes())
    stages("starting")
    started, cpu = time.perf_counter(), time.process_time()
    run = await Scoring(database, pool, currency="USD", zone=ZoneInfo("UTC")).refresh(stages)
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu + sum(map(_cpu_seconds, _children()))
    stages("end")
    for task in (memory, *watched):
        task.cancel()
    await asyncio.wait(watched)
    print(f"{url.partition(':')[0]}: {run.customers:,} customers, {run.data_version}, {run.state}")
    print(f"  {'':<34} seconds | storing an envelope: median, p99, slowest ms, times")
    for what, waits in times.items():
        p99 = statistics.quantiles(waits, n=100)[98] if len(waits) > 1 else waits[0]
        print(
            f"  {what:<34} {stages.seconds[what]:7.1f} | {statistics.median(waits):6.1f} "
            f"{p99:7.1f} {max(waits):7.1f} {len(waits):5}   goal p99 < {GOAL_MS} ms"
        )
    print(f"  {'all':<34} {seconds:7.1f}   goal <= {GOAL_SECONDS} s ({cpu:.1f} s of CPU)")
    print(f"  {'peak memory, all processes':<34} {await memory:7.0f} MB, goal <= {GOAL_MEGABYTES}")
    pool.close()
    await database.close()


async def acknowledgements(
    database: Database, stages: Stages, times: dict[str, list[float]]
) -> None:
    """Store jobs as an envelope's acknowledgement does, until cancelled; milliseconds by step.

    Each is timed from when it was due, so that a late event loop counts.
    """
    ledger = Ledger(database)
    due = time.perf_counter()
    while True:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        job = NewJob("benchmark", f"{time.time()}", payload={})
        async with database.transaction(Lane.INTAKE) as connection:
            await ledger.enqueue(connection, job)
        times[stages.current].append((time.perf_counter() - due) * 1000)
        # An envelope that came late is not a reason for the next ones to come early.
        due = max(due + 1 / RATE, time.perf_counter() - 1 / RATE)


async def peak_megabytes() -> float:
    """Watch the memory of this process and its children until cancelled."""
    peak = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            peak = max(peak, await asyncio.to_thread(_all_megabytes))
            await asyncio.sleep(1)
    return peak


def _children() -> list[str]:
    return [str(child.pid) for child in multiprocessing.active_children()]


def _all_megabytes() -> float:
    return sum(map(_megabytes, ["self", *_children()]))


def _cpu_seconds(process: str) -> float:
    ticks = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


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
    database = Database(url, pools=PoolSizes(statement_seconds=3600))
    async with database.read() as connection:
        if await connection.scalar(select(func.max(order_table.c.id))):
            await database.close()
            return
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
    if not database.is_sqlite:
        async with database.pools[1].engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM ANALYZE orders"))
    await database.close()
    print(f"loaded {by_day.size:,} orders in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
