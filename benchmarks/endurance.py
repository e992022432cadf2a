"""What the bot costs at rest, whether it grows, and how it comes through what goes wrong.

    python -m benchmarks.endurance idle                # a minute of nothing to do
    python -m benchmarks.endurance growth              # 100,000 events in a row
    python -m benchmarks.endurance sockets             # silent, refused, 100 requests to leave
    python -m benchmarks.endurance outage --database postgresql://…/empty

`--database` takes an empty database; without it SQLite is used (`outage` needs PostgreSQL). Reads
/proc, so Linux only. Each figure stands beside its goal of docs/benchmarks.md.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from tests.end_to_end.cuttable import CuttableProxy
from tests.end_to_end.playground import (
    BEN,
    MAYA,
    OLIVIA,
    Bot,
    Playground,
    environment,
    eventually,
    free_port,
)

SHOP = {
    "GORGIAS_CALLS_PER_SECOND": "1.75",
    "GORGIAS_CALL_BURST": "5",
    "LEASE_SECONDS": "15",
    "LOG_LEVEL": "WARNING",
}
"""What a real shop runs with; the other figures use a test's budgets."""
REACTORS = (OLIVIA, BEN, MAYA)
AT_ONCE = 40
AGAIN = [1.0, 2.0, 4.0, 8.0, 16.0]


@asynccontextmanager
async def running(url: str, **settings: str) -> AsyncIterator[tuple[Playground, Bot]]:
    """A bot and its emulators; an empty `url` is a SQLite file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        playground = await Playground.start()
        await playground.slack_faults(tier_scale=1000.0, posts_per_second=1000.0, posts_burst=1000)
        database = url or f"sqlite:///{folder}/regulars.db"
        told = environment(playground, database, Path(folder), free_port(), **settings)
        bot = Bot(told, Path(folder) / "bot.log")
        try:
            await bot.start()
            yield playground, bot
        finally:
            await bot.stop()
            await playground.stop()


async def idle(options: argparse.Namespace) -> None:
    """Measure a minute after everything that follows a start is done."""
    async with running(options.database, **SHOP) as (playground, bot):
        await bot.quiet(playground, 120)
        await asyncio.sleep(20)
        before, transactions = cpu_seconds(bot), await committed(options.database)
        await asyncio.sleep(options.seconds)
        share = (cpu_seconds(bot) - before) / options.seconds
        print(f"at rest: {share:.2%} of a processor (goal 1 %), {memory_mb(bot)} MB (goal 200)")
        if options.database:
            each = (await committed(options.database) - transactions) / options.seconds
            print(f"at rest: {each:.1f} transactions/s of three or four statements (goal 5 in all)")


async def growth(options: argparse.Namespace) -> None:
    """Toggle reactions on messages without a ticket, and on a hundred that have one."""
    async with running(options.database) as (playground, bot):
        stamps = [await playground.say(MAYA, f"Message {number}") for number in range(100)]
        for ts in stamps[:20]:
            await playground.react(OLIVIA, ts)
        await bot.quiet(playground, 120)
        warm, done, started = 0, 0, time.monotonic()
        while done < options.events:
            await toggle_all(playground, stamps)
            done += len(stamps) * len(REACTORS)
            await playground.http.delete(f"{playground.slack_url}/play/slack/log")
            if done % 3_000 == 0:
                print(f"{done:,} events: {memory_mb(bot)} MB", flush=True)
            if not warm and done >= options.events // 10:
                warm = memory_mb(bot)
        seconds = time.monotonic() - started
        await bot.quiet(playground, 600)
        grown = memory_mb(bot) / warm - 1
        print(
            f"{done:,} events at {done / seconds:,.0f}/s: {warm} MB warm, {memory_mb(bot)} MB at "
            f"the end, {grown:+.1%} (goal under 5 %)"
        )


async def toggle_all(playground: Playground, stamps: list[str]) -> None:
    """Each of three people puts 👀 where it is not, and takes it where it is."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def toggle(ts: str, user: str, *, there: bool) -> None:
        async with gate:
            await (playground.unreact if there else playground.react)(user, ts, "eyes")

    messages = {message["ts"]: message for message in await playground.messages()}
    await asyncio.gather(
        *(toggle(ts, user, there=has(messages[ts], user)) for ts in stamps for user in REACTORS)
    )


def has(message: dict[str, Any], user: str) -> bool:
    return any(each["name"] == "eyes" and user in each["users"] for each in message["reactions"])


async def sockets(options: argparse.Namespace) -> None:
    """Cut the bot off in four ways; each time something is said meanwhile and must arrive."""
    async with running(options.database) as (playground, bot):
        await bot.quiet(playground, 60)

        async def refused() -> None:
            await playground.slack_faults(refuse_sockets=3)
            await playground.person("reset")

        async def silent() -> None:
            await playground.person("silence")

        async def storm() -> None:
            await playground.person("disconnect", reason="refresh_requested", times=100)

        for title, break_it, goal in (
            ("refused hand-shakes", refused, 5),
            ("silent for ever", silent, 10),
            ("100 requests to leave", storm, 5),
        ):
            back, answered = await reconnected(playground, bot, break_it)
            print(
                f"{title}: another socket after {back:.1f} s (goal {goal}), what was said "
                f"meanwhile answered after {answered:.1f} s (Slack sends it again after {AGAIN})"
            )
            await playground.calm()
            await bot.wait_ready()


async def reconnected(
    playground: Playground, bot: Bot, break_it: Callable[[], Awaitable[None]]
) -> tuple[float, float]:
    """Seconds from the fault to another open socket, and to the card of what was reacted to."""
    ts = await playground.say(BEN, "Said while the sockets were away")
    await playground.slack_faults(redeliver_after=AGAIN)
    before = opened(bot)
    started = time.monotonic()
    await break_it()
    reacting = asyncio.create_task(playground.react(OLIVIA, ts))
    await eventually(lambda: more_opened(bot, before), seconds=60, what="another socket")
    back = time.monotonic() - started
    await reacting
    await playground.ticket(ts)
    answered = time.monotonic() - started
    await bot.quiet(playground, 60)
    assert len(await playground.tickets_of(ts)) == 1
    return back, answered


def opened(bot: Bot) -> int:
    """How many sockets the bot has opened, by its log."""
    return bot.log().count("socket.opened")


async def more_opened(bot: Bot, before: int) -> bool:
    return opened(bot) > before


async def outage(options: argparse.Namespace) -> None:
    """Take PostgreSQL away for a minute while ten reactions a second arrive."""
    proxy = await CuttableProxy.start(make_url(options.database))
    async with running(proxy.url) as (playground, bot):
        await playground.slack_faults(redeliver_after=[5.0] * 30)
        stamps = [await playground.say(MAYA, f"Message {number}") for number in range(200)]
        await bot.quiet(playground, 120)
        loading = asyncio.create_task(react_to_all(playground, stamps))
        await asyncio.sleep(2)
        await proxy.cut("silent")
        cut = time.monotonic()
        not_ready = await seconds_until(bot, "/health/ready", 503, cut)
        live = await bot.status("/health/live")
        await asyncio.sleep(max(0.0, cut + options.seconds - time.monotonic()))
        acknowledged = await acknowledged_since(playground, cut)
        proxy.mend()
        mended = time.monotonic()
        ready = await seconds_until(bot, "/health/ready", 200, mended)
        await loading
        await bot.quiet(playground, 300)
        made = len(await playground.tickets())
        print(
            f"PostgreSQL away for {options.seconds} s: not ready after {not_ready:.1f} s (goal 5), "
            f"live {live}, {acknowledged} acknowledged meanwhile (goal 0), ready {ready:.1f} s "
            f"after its return (goal 5), {made} tickets of {len(stamps)} reactions"
        )
    await proxy.stop()


async def react_to_all(playground: Playground, stamps: list[str]) -> None:
    for ts in stamps:
        await playground.react(OLIVIA, ts)
        await asyncio.sleep(0.1)


async def seconds_until(bot: Bot, path: str, status: int, since: float) -> float:
    async def is_so() -> bool:
        return await bot.status(path) == status

    await eventually(is_so, seconds=60, what=f"{path} to answer {status}")
    return time.monotonic() - since


async def acknowledged_since(playground: Playground, cut: float) -> int:
    """Count acknowledgements later than a second after the cut: earlier ones were on their way."""
    since = time.time() - (time.monotonic() - cut) + 1
    deliveries = (await playground.slack_log())["deliveries"]
    return sum((each["acked_at"] or 0) > since for each in deliveries)


def cpu_seconds(bot: Bot) -> float:
    fields = _proc(bot, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(bot: Bot) -> int:
    line = next(each for each in _proc(bot, "status").splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def _proc(bot: Bot, name: str) -> str:
    assert bot.process is not None
    return Path(f"/proc/{bot.process.pid}/{name}").read_text(encoding="utf-8")


async def committed(url: str) -> int:
    """Transactions that PostgreSQL has counted in this database; it tells with a delay."""
    if not url:
        return 0
    connection = await asyncpg.connect(url)
    try:
        counted = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        return int(await connection.fetchval(counted))
    finally:
        await connection.close()


ACTS = {"idle": idle, "growth": growth, "sockets": sockets, "outage": outage}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=ACTS)
    parser.add_argument("--database", default="", help="an empty database; default: SQLite")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(ACTS[options.what](options))


if __name__ == "__main__":
    main()
