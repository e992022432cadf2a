"""How long Slack waits: envelope to acknowledgement, alone and beside an import; intake a second.

    python -m benchmarks.acknowledgement                                  # SQLite
    python -m benchmarks.acknowledgement --database postgresql://…/empty  # PostgreSQL

A real bot process, real WebSockets, the emulated Slack. The times are taken by the emulator: from
sending a frame to receiving its acknowledgement. The yardstick is printed beside each figure:
Slack's own limit of 3 s, and the goal of docs/benchmarks.md.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.end_to_end.playground import BEN, MAYA, OLIVIA, Bot, Playground, environment, free_port

REACTORS = (OLIVIA, BEN, MAYA)
NAMES = ("ticket", "admission_tickets", "white_check_mark", "eyes")
SHOP = {"GORGIAS_CALLS_PER_SECOND": "1.75", "GORGIAS_CALL_BURST": "5", "LOG_LEVEL": "WARNING"}
"""What a real shop runs with."""
GOAL_MS, GOAL_PER_SECOND = 50, 200


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="an empty database; default: SQLite")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=30, help="events a second")
    parser.add_argument("--import-rows", type=int, default=500_000)
    parser.add_argument("--burst", type=int, default=2000, help="reactions for the intake figure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/regulars.db"
        kind = url.partition(":")[0]
        playground = await Playground.start()
        await playground.slack_faults(tier_scale=100, posts_per_second=100, posts_burst=100)
        bot = Bot(
            environment(playground, url, Path(folder), free_port(), **SHOP),
            Path(folder) / "bot.log",
        )
        try:
            await bot.start()
            await steady(playground, options, f"{kind}, alone")
            rows = Path(folder) / "orders.csv"
            write_orders(rows, options.import_rows)
            importing = asyncio.create_task(run_import(bot, rows))
            await asyncio.sleep(1)
            await steady(playground, options, f"{kind}, while an import runs", until=importing)
            seconds = await importing
            print(f"{kind}: import {options.import_rows / seconds:,.0f} rows/s (beside the bot)")
            await burst(playground, options.burst, kind)
        finally:
            await bot.stop()
            await playground.stop()


async def steady(
    playground: Playground,
    options: argparse.Namespace,
    title: str,
    until: asyncio.Task[Any] | None = None,
) -> None:
    """React at a steady rate and print how long acknowledgements took."""
    stamps = [await playground.say(MAYA, f"Message {number} about nobody") for number in range(40)]
    await playground.http.delete(f"{playground.slack_url}/play/slack/log")
    started = time.monotonic()
    sent = 0
    while time.monotonic() - started < options.seconds or (until and not until.done()):
        await react_once(playground, stamps, sent)
        sent += 1
        await asyncio.sleep(max(0.0, started + sent / options.rate - time.monotonic()))
    await asyncio.sleep(2)
    report(title, await acknowledged(playground), sent)


async def react_once(playground: Playground, stamps: list[str], number: int) -> None:
    """Toggle: an emoji that is there is taken away, else put."""
    ts = stamps[number % len(stamps)]
    turn = number // len(stamps)
    name, user = NAMES[turn % len(NAMES)], REACTORS[turn // len(NAMES) % len(REACTORS)]
    is_there = turn // (len(NAMES) * len(REACTORS)) % 2
    await (playground.unreact if is_there else playground.react)(user, ts, name)


async def burst(playground: Playground, count: int, kind: str) -> None:
    """React as fast as the emulator can tell, and print intake a second."""
    stamps = [await playground.say(MAYA, f"Burst message {n}") for n in range(count // 10)]
    await playground.http.delete(f"{playground.slack_url}/play/slack/log")
    acts = [(ts, user, name) for ts in stamps for user in REACTORS for name in NAMES[:3]]
    random.Random(1).shuffle(acts)
    gate = asyncio.Semaphore(40)

    async def act(ts: str, user: str, name: str) -> None:
        async with gate:
            await playground.react(user, ts, name)

    await asyncio.gather(*(act(*one) for one in acts[:count]))
    await asyncio.sleep(3)
    log = (await playground.slack_log())["deliveries"]
    done = [one for one in log if one["acked_at"]]
    seconds = max(one["acked_at"] for one in done) - min(one["sent_at"] for one in done)
    rate = len(done) / seconds
    print(
        f"{kind}: intake {rate:,.0f} reactions/s stored and acknowledged (goal {GOAL_PER_SECOND})"
    )


async def acknowledged(playground: Playground) -> list[float]:
    """Milliseconds of every reaction's delivery; one never acknowledged counts as 3 s."""
    log = (await playground.slack_log())["deliveries"]
    return [(one["acked_at"] - one["sent_at"]) * 1000 if one["acked_at"] else 3000 for one in log]


def report(title: str, times: list[float], sent: int) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(
        f"{title}: {sent} acts, ack p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, "
        f"max {max(times):.1f} ms (goal p99 < {GOAL_MS}, Slack allows 3000)"
    )


def write_orders(path: Path, rows: int) -> None:
    """Write an orders file for --map: one row an order, of the twelve months before today."""
    chosen = random.Random(7)
    today = datetime.now(UTC).date()
    with path.open("w", encoding="utf-8") as file:
        file.write("order,customer,date,total\n")
        for number in range(rows):
            day = today - timedelta(days=chosen.randint(1, 365))
            file.write(f"B{number},c{chosen.randint(1, rows // 5)},{day},{chosen.randint(5, 90)}\n")


async def run_import(bot: Bot, path: Path) -> float:
    started = time.monotonic()
    mapping = "customer_id=customer,placed_at=date,total=total,order_number=order"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "import", str(path), "--map", mapping),
        env=bot.environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaints = await process.communicate()
    if process.returncode:
        raise SystemExit(complaints.decode()[-500:])
    return time.monotonic() - started


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
