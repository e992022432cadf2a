"""Score a million customers with five million orders: seconds, memory, and who waits meanwhile.

    python -m benchmarks.scoring                                  # SQLite
    python -m benchmarks.scoring --database postgresql://…/empty  # PostgreSQL

A database named is loaded when it is empty, and scored anew when it was loaded before.

What is loaded: benchmarks.large_shop; how acknowledgements and memory are watched: .watching.
"""

import argparse
import asyncio
import tempfile
import time
from zoneinfo import ZoneInfo

from sqlalchemy import update

from benchmarks.large_shop import load
from benchmarks.watching import Stages, acknowledgements, children, cpu_seconds, peak_megabytes
from services.pool import ProcessPool
from services.scoring import Scoring
from storage.database import Database
from storage.models import model_runs

GOAL_SECONDS, GOAL_MEGABYTES = 30, 1024
SECONDS_ALONE = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="an empty database; default: SQLite")
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/regulars.db"
        load(url, options.customers)
        asyncio.run(measure(url))


async def measure(url: str) -> None:
    """Score once and print every figure beside its goal."""
    database, pool, stages = Database(url), ProcessPool(), Stages()
    async with database.transaction() as connection:
        # As the next night would find it: other data, and the last run's scores still there.
        await connection.execute(update(model_runs).values(data_version="earlier"))
    watched = asyncio.create_task(acknowledgements(database, stages))
    await asyncio.sleep(SECONDS_ALONE)
    memory = asyncio.create_task(peak_megabytes())
    stages("starting")
    started, cpu = time.perf_counter(), time.process_time()
    run = await Scoring(database, pool, currency="USD", zone=ZoneInfo("UTC")).refresh(stages)
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu + sum(map(cpu_seconds, children()))
    stages("end")
    for task in (memory, watched):
        task.cancel()
    await asyncio.wait([watched])
    print(f"{url.partition(':')[0]}: {run.customers:,} customers, {run.data_version}, {run.state}")
    stages.show()
    print(f"  {'all':<38} {seconds:7.1f}   goal <= {GOAL_SECONDS} s ({cpu:.1f} s of CPU)")
    print(f"  {'peak memory, all processes':<38} {await memory:7.0f} MB, goal <= {GOAL_MEGABYTES}")
    pool.close()
    await database.close()


if __name__ == "__main__":
    main()
