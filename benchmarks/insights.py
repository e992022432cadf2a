"""Ask every insight of a shop with five million orders and twelve million lines.

    python -m benchmarks.insights                                  # SQLite
    python -m benchmarks.insights --database postgresql://…/empty  # PostgreSQL

What is loaded: benchmarks.large_shop; how acknowledgements and memory are watched: .watching.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from benchmarks.large_shop import load
from benchmarks.watching import Stages, acknowledgements, peak_megabytes
from commands.insight_tables import LINES
from services.insights import Insights
from services.insights.events import Event
from services.insights.request import (
    AffinityRequest,
    ChurnRequest,
    CohortRequest,
    ProductsRequest,
    SeasonalRequest,
    SegmentsRequest,
)
from services.partners import Partners
from services.pool import ProcessPool
from services.scoring import Scoring
from storage.database import Database

GOALS = {"cohorts": 8, "all pairs of 20 orders or more": 10}
GOAL_MEGABYTES = 1024
SECONDS_ALONE = 5
ZONE = ZoneInfo("UTC")

Ask = Callable[[], Awaitable[object]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="an empty database; default: SQLite")
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/regulars.db"
        load(url, options.customers, with_lines=True)
        asyncio.run(measure(url))


async def measure(url: str) -> None:
    """Ask each once, one after the other."""
    database, pool = Database(url), ProcessPool()
    await Scoring(database, pool, currency="USD", zone=ZONE).refresh()
    stages = Stages()
    insights = Insights(database, pool, "USD", ZONE, "US")
    asked: dict[str, Ask] = {
        "cohorts": lambda: insights.cohorts(CohortRequest()),
        "all pairs of 20 orders or more": lambda: insights.affinity(AffinityRequest(top=LINES)),
        "products": lambda: insights.products(ProductsRequest()),
        "segments": lambda: insights.segments(SegmentsRequest()),
        "churn": lambda: insights.churn(ChurnRequest()),
        "seasonal": lambda: insights.seasonal(SeasonalRequest(Event.BLACK_FRIDAY)),
        "learning partners": Partners(database, pool, ZONE).refresh,
    }
    watched = asyncio.create_task(acknowledgements(database, stages))
    await asyncio.sleep(SECONDS_ALONE)
    memory = asyncio.create_task(peak_megabytes())
    for name, ask in asked.items():
        stages(name if name not in GOALS else f"{name} (goal {GOALS[name]} s)")
        await ask()
    stages("end")
    for task in (memory, watched):
        task.cancel()
    await asyncio.wait([watched])
    print(url.partition(":")[0])
    stages.show()
    print(f"  {'peak memory, all processes':<38} {await memory:7.0f} MB, goal <= {GOAL_MEGABYTES}")
    pool.close()
    await database.close()


if __name__ == "__main__":
    main()
