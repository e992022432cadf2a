"""Milliseconds of the API under 50, 100 and 200 programs that think 1 to 3 s between questions.

    pip install 'locust>=2.47'             # the group `benchmark` of pyproject.toml
    python -m benchmarks.http_api [--customers 1000000] [--orders-each 5] [--seconds 60]
                                  [--database URL] [--users 50,100,200]

Fills its own PostgreSQL database, or uses the one of `--database`, into which it writes, and starts
`regulars run --role http` on it. Goals: p95 below 50 ms remembered and 200 ms otherwise, more than
99.9 % answered. Printed beside what a bare aiohttp answering "hello" does in the same run.

Then the same load on one process that serves Slack too, as most shops run it, and on a process of
its own beside those for sockets and work, while people react thirty times a second: envelope to
acknowledgement, goal p99 below 50 ms. The nightly work is done before.
"""

import argparse
import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import aiohttp
from aiohttp import web
from sqlalchemy import delete, insert, literal, select

from benchmarks.acknowledgement import SHOP, steady
from benchmarks.customer_lookup import fill
from services.scoring.storing import KIND
from storage import orders, scores
from storage.cache import Cache, Namespace
from storage.database import Database, Lane
from storage.migrate import upgrade
from storage.models import (
    bookmarks,
    customer_scores,
    customers,
    jobs,
    reactions,
    relayed_messages,
    thread_links,
    thread_messages,
)
from storage.orders import Totals
from tests.end_to_end.playground import Bot, Playground, environment, free_port
from tests.postgres import execute, postgres_server

TOTALS: Namespace[dict[int, Totals]] = Namespace("totals", seconds=300)
ADMIN_KEY = "benchmark-key-0123456789abcdef"
OPEN_WIDE = {
    "ADMIN_KEY": ADMIN_KEY,
    "HTTP_CONNECTIONS": "1000",
    "HTTP_CONNECTIONS_PER_ADDRESS": "1000",
    "API_CALLS_PER_MINUTE": "1000000",
    "API_ADDRESS_CALLS_PER_MINUTE": "1000000",
}
"""One address and one key stand for all the programs."""
REACTIONS_PER_SECOND = 30
RUSH_SECONDS = 3
NIGHTLY_SECONDS = 600
AT_ONCE = 8
THROUGHPUT_SECONDS = 5.0
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


async def prepare(url: str, people: int, each: int) -> None:
    """Fill a database and give everybody scores, without fitting models."""
    await upgrade(url)
    database = Database(url)
    await fill(database, people, each)
    fixed = {
        column.name: literal(1)
        for column in customer_scores.c
        if column.name not in {"run_id", "customer_id", "segment", "churn_band"}
    }
    async with database.transaction(Lane.JOBS) as connection:
        await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        now = scores.NewRun(KIND, "benchmark", 20_700, 90, "benchmark", people, people)
        run = await scores.start_run(connection, now)
        names = ["run_id", "customer_id", "segment", "churn_band", *fixed]
        drawn = select(
            literal(run), customers.c.id, customers.c.id % 8, customers.c.id % 3, *fixed.values()
        )
        await connection.execute(insert(customer_scores).from_select(names, drawn))
        await scores.activate(connection, KIND, run)
    async with database.transaction(Lane.JOBS) as connection:
        await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        await connection.exec_driver_sql("ANALYZE")
    await database.close()


@contextmanager
def api(url: str, port: int) -> Iterator[str]:
    """Run the real process; yields its address."""
    nowhere = "http://127.0.0.1:9"
    settings = {
        "DATABASE_URL": url,
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_APP_TOKEN": "xapp-benchmark",
        "SLACK_API_URL": f"{nowhere}/api/",
        "GORGIAS_BASE_URL": nowhere,
        "GORGIAS_USERNAME": "bot@example.com",
        "GORGIAS_API_KEY": "benchmark",
        "HTTP_PORT": str(port),
        "SHOP_CURRENCY": "GBP",
        "LOG_LEVEL": "ERROR",
        **OPEN_WIDE,
    }
    command = [sys.executable, "-m", "bot", "run", "--role", "http"]
    with subprocess.Popen(command, env={**os.environ, **settings}) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def wait_for(address: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            try:
                async with http.get(f"{address}/health/live") as response:
                    if response.ok:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.2)


async def hello(_request: web.Request) -> web.Response:
    return web.json_response({"hello": "world"})


@contextmanager
def bare(port: int) -> Iterator[str]:
    """The yardstick: aiohttp that answers one small document."""
    code = (
        "from aiohttp import web; from benchmarks.http_api import hello; app = web.Application(); "
        f"app.router.add_get('/health/live', hello); "
        f"web.run_app(app, host='127.0.0.1', port={port}, print=None, access_log=None)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def throughput(url: str) -> float:
    """Answers a second with eight questions always open."""
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    count = 0
    until = time.perf_counter() + THROUGHPUT_SECONDS

    async def ask(http: aiohttp.ClientSession) -> None:
        nonlocal count
        while time.perf_counter() < until:
            async with http.get(url, headers=headers) as response:
                await response.read()
                assert response.ok, await response.text()
            count += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as http:
        await asyncio.gather(*(ask(http) for _ in range(AT_ONCE)))
    return count / THROUGHPUT_SECONDS


def load(address: str, users: int, seconds: int, people: int) -> None:
    """Run Locust and print its figures by path."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"),
            *("--host", address, "--users", str(users), "--spawn-rate", str(users)),
            *("--run-time", f"{seconds}s", "--csv", f"{folder}/found"),
            *("--only-summary", "--loglevel", "ERROR", "--reset-stats"),
        ]
        environment = {**os.environ, "REGULARS_KEY": ADMIN_KEY, "CUSTOMERS": str(people)}
        subprocess.run(command, env=environment, check=False, capture_output=True)
        with Path(folder, "found_stats.csv").open() as file:
            rows = list(csv.DictReader(file))
    print(f"{users} programs, {seconds} s")
    for row in rows:
        asked, failed = int(row["Request Count"]), int(row["Failure Count"])
        if asked:
            print(
                f"  {row['Name'] or 'all':32} p50 {float(row['50%']):6.0f} ms   "
                f"p95 {float(row['95%']):6.0f} ms   {1 - failed / asked:8.2%} of {asked:,}"
            )


async def at_the_service(url: str, people: int) -> None:
    """Compare what is remembered with the aggregate that was not."""
    database, cache = Database(url), Cache()
    ids = [1 + number * 7_919 % people for number in range(300)]

    async def read(customer_id: int) -> dict[int, Totals]:
        async with database.read() as connection:
            return await orders.totals(connection, [customer_id])

    times = []
    for _ in range(2):
        started = time.perf_counter()
        for customer_id in ids:
            await cache.get(TOTALS, str(customer_id), partial(read, customer_id))
        times.append((time.perf_counter() - started) / len(ids) * 1e6)
    await database.close()
    print(
        f"totals of a customer: {times[0]:,.0f} µs from the database, {times[1]:,.1f} µs "
        f"remembered, {times[0] / times[1]:,.0f} times faster (goal 10)"
    )


async def measure(url: str, people: int, seconds: int, users: list[int]) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {people:,} customers, load {os.getloadavg()}")
    await at_the_service(url, people)
    with api(url, 8791) as address:
        await wait_for(address)
        with bare(8792) as yardstick:
            await wait_for(yardstick)
            reference = await throughput(f"{yardstick}/health/live")
        for name in ("health/live", "api/v1/customers/c1", "api/v1/segments"):
            found = await throughput(f"{address}/{name}")
            print(f"  /{name:32} {found:7,.0f}/s   hello-world {reference:7,.0f}/s")
        for count in users:
            await asyncio.to_thread(load, address, count, seconds, people)
    for roles in (("all",), ("socket", "worker", "http")):
        await beside_slack(url, people, seconds, max(users), roles)


async def beside_slack(
    url: str, people: int, seconds: int, users: int, roles: tuple[str, ...]
) -> None:
    """Ask the last of these processes, and print how long Slack waits meanwhile."""
    playground = await Playground.start()
    await playground.slack_faults(tier_scale=100, posts_per_second=100, posts_burst=100)
    with tempfile.TemporaryDirectory() as folder:
        bots = [
            Bot(
                environment(playground, url, Path(folder), free_port(), **SHOP, **OPEN_WIDE),
                Path(folder) / f"{role}.log",
                role=role,
            )
            for role in roles
        ]
        try:
            for bot in bots:
                await bot.start()
            await bots[0].quiet(playground, NIGHTLY_SECONDS)
            address = f"http://127.0.0.1:{bots[-1].environment['HTTP_PORT']}"
            asking = asyncio.create_task(asyncio.to_thread(load, address, users, seconds, people))
            rush = argparse.Namespace(seconds=RUSH_SECONDS, rate=REACTIONS_PER_SECOND)
            told = f"roles {', '.join(roles)}: Slack"
            await steady(playground, rush, f"{told} while {users} programs begin at once")
            pace = argparse.Namespace(seconds=0, rate=REACTIONS_PER_SECOND)
            await steady(playground, pace, f"{told} beside {users} programs", until=asking)
        finally:
            for bot in bots:
                await bot.stop()
            await playground.stop()
    await forget(url)


async def forget(url: str) -> None:
    """Drop what this Slack had of tickets: the next one knows nothing of its messages."""
    database = Database(url)
    async with database.transaction(Lane.JOBS) as connection:
        for table in (jobs, reactions, thread_messages, relayed_messages, thread_links, bookmarks):
            await connection.execute(delete(table))
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders-each", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--users", default="50,100,200")
    parser.add_argument("--database", help="a database that is filled already")
    parser.add_argument("--fill-only", action="store_true", help="fill --database and end")
    parsed = parser.parse_args()
    users = [int(count) for count in parsed.users.split(",")]
    people = parsed.customers
    if parsed.fill_only:
        asyncio.run(prepare(parsed.database, people, parsed.orders_each))
    elif parsed.database:
        asyncio.run(measure(parsed.database, people, parsed.seconds, users))
    else:
        with postgres_server(uuid4().hex) as server:
            name = f"regulars_bench_{uuid4().hex[:8]}"
            execute(server, f"CREATE DATABASE {name}")
            url = server.set(database=name).render_as_string(hide_password=False)
            try:
                asyncio.run(prepare(url, people, parsed.orders_each))
                asyncio.run(measure(url, people, parsed.seconds, users))
            finally:
                execute(server, f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
