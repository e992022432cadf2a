"""How long /forecast works in the process pool, and how long Slack waits while ten forecasts run.

    python -m benchmarks.forecast_answers SHOP.db [--seconds 10]

SHOP.db is the SQLite file of a shop with orders, such as that of `make demo`
(`$DATA_DIR/demo/regulars.db`); a copy of it is used. The yardstick of each figure is its goal, and
for the acknowledgement the same bot doing nothing else.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import bot  # noqa: F401 - the threads that processes get
from benchmarks.acknowledgement import SHOP, steady
from services.forecasts import ForecastRequest, Forecasts
from services.forecasts.report import ForecastReport
from services.forecasts.request import By, Horizon, Metric
from services.pool import ProcessPool
from storage.database import Database
from tests.end_to_end.playground import BEN, Bot, Playground, environment, free_port

Result = TypeVar("Result")

GOAL_SECONDS = 1.0
ASKED = tuple(f"{metric} {days}d" for metric in ("revenue", "orders") for days in range(24, 29))
"""Ten different forecasts, so that none is remembered."""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=30, help="events a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "regulars.db"
        shutil.copy(options.shop, copy)
        await time_the_pool(f"sqlite:///{copy}")
        await time_acknowledgements(f"sqlite:///{copy}", Path(folder), options)


async def time_the_pool(url: str) -> None:
    """Time reports and charts in a warm pool of one process, reading from the database included."""
    database, pool = Database(url), ProcessPool(1)
    forecasts = Forecasts(
        database, pool, currency="GBP", zone=ZoneInfo("Europe/London"), country="GB"
    )
    first = await forecasts.report(ForecastRequest(Metric.ORDERS, Horizon(7, "d")))
    await forecasts.chart(first)
    for by in (None, By.COUNTRY):
        reports: list[ForecastReport] = []
        seconds = [
            await timed(
                forecasts.report(ForecastRequest(Metric.REVENUE, Horizon(days, "d"), by)), reports
            )
            for days in range(24, 29)
        ]
        tell(f"forecast with backtest{f' by {by}' if by else ''}", seconds)
    pictures: list[bytes] = []
    tell("chart", [await timed(forecasts.chart(report), pictures) for report in reports])
    pool.close()
    await database.close()


async def timed(work: Awaitable[Result], results: list[Result]) -> float:
    started = time.perf_counter()
    results.append(await work)
    return time.perf_counter() - started


def tell(what: str, seconds: list[float]) -> None:
    print(
        f"{what}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s "
        f"of {len(seconds)} (goal {GOAL_SECONDS:g} s)"
    )


async def time_acknowledgements(url: str, folder: Path, options: argparse.Namespace) -> None:
    """React at a steady rate, alone and while ten forecasts run."""
    playground = await Playground.start()
    await playground.slack_faults(tier_scale=100, posts_per_second=100, posts_burst=100)
    regulars = Bot(environment(playground, url, folder, free_port(), **SHOP), folder / "bot.log")
    try:
        await regulars.start()
        await steady(playground, options, "bot alone")
        asked = asyncio.create_task(ask_ten(playground))
        await steady(playground, options, "while ten forecasts run", until=asked)
        print(f"ten forecasts with charts: {await asked:.1f} s beside the reactions")
    finally:
        await regulars.stop()
        await playground.stop()


async def ask_ten(playground: Playground) -> float:
    """Ask for ten forecasts at once and wait for their ten charts."""
    started = time.monotonic()
    before = await charts(playground)
    await asyncio.gather(*(playground.command(BEN, "/forecast", text) for text in ASKED))
    while await charts(playground) < before + len(ASKED):
        if time.monotonic() - started > 120:
            raise SystemExit("Ten forecasts were not answered within two minutes.")
        await asyncio.sleep(0.5)
    return time.monotonic() - started


async def charts(playground: Playground) -> int:
    return sum(bool(message["files"]) for message in await playground.messages())


if __name__ == "__main__":
    asyncio.run(main())
