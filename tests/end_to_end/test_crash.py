"""No ticket lost, none made twice, whatever dies in between.

Reactions are delivered one to three times under new event ids; a fifth of Gorgias's writes fail,
some are done although their answer is lost, some are done late, its lists lag, and the bot is
killed every few seconds. The control makes look-ups useless and must show duplicates, so that
the test is known to be able to fail.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import BEN, MAYA, OLIVIA, Bot, Playground, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 7
"""Gives the emulated Gorgias a sequence of fates with lost and late writes early in it."""

STORM = {
    "error_rate": 0.2,
    "lose_reply_rate": 0.05,
    "late_commit_rate": 0.05,
    "late_commit_seconds": 0.6,
    "list_lag_seconds": 0.6,
    "seed": SEED,
}
SETTLE = {"GORGIAS_SETTLE_SHORT_SECONDS": "2"}
"""Longer than a late commit and the lag of lists together, as three seconds are in a shop."""

OFTEN = [0.5, *[2.0] * 60]
"""Deliver until somebody is there: this is about crashes, not about Slack giving up."""


HANDFUL = 6


@dataclass(frozen=True)
class Outcome:
    """What a storm left behind; each counts root messages."""

    lost: int
    duplicate_tickets: int
    cards: Counter[int]
    """How many threads have how many cards."""


@pytest_asyncio.fixture(loop_scope="module")
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """Emulators of this storm alone, because its faults outlast their moment."""
    playground = await Playground.start(tmp_path)
    yield playground
    await playground.stop()


async def react_to(playground: Playground, numbers: range) -> list[str]:
    """Put 🎫 on new messages, each delivered one to three times."""
    roots = []
    for number in numbers:
        ts = await playground.say(BEN, f"Crash test {number}: parcel lost")
        await playground.slack_faults(deliver_times=number % 3 + 1)
        await playground.react(random.choice((OLIVIA, MAYA)), ts)
        roots.append(ts)
        await asyncio.sleep(random.uniform(0, 0.3))
    return roots


async def all_filed(playground: Playground, roots: Sequence[str]) -> bool:
    """Whether every message has a ticket and a card that shows it."""
    shown = {
        message["thread_ts"]
        for message in await playground.messages()
        if message["user"] == "U0BOT" and "Ticket" in message["text"]
    }
    return shown >= set(roots)


async def outcome(playground: Playground, roots: Sequence[str]) -> Outcome:
    """Count what there is for these messages."""
    tickets = Counter(ticket["external_id"] for ticket in await playground.tickets())
    made = [tickets[f"slack:T0PLAY:C0SUPPORT:{ts}"] for ts in roots]
    posts = Counter(
        message["thread_ts"]
        for message in await playground.messages()
        if message["user"] == "U0BOT" and not message["ephemeral"]
    )
    return Outcome(
        lost=made.count(0),
        duplicate_tickets=sum(n > 1 for n in made),
        cards=Counter(posts[ts] for ts in roots),
    )


async def storm(
    playground: Playground,
    bots: Sequence[Bot],
    count: int,
    **faults: float,
) -> Outcome:
    """React to `count` messages in foul weather and return what is left when it is over.

    A bot is killed whenever a handful of messages is in work, and starts while the next come in;
    of several, the last that was killed stays dead.
    """
    await playground.slack_faults(redeliver_after=OFTEN, ack_deadline=1.0)
    await playground.gorgias_faults(**{**STORM, **faults})
    await asyncio.gather(*(bot.start() for bot in bots))
    roots: list[str] = []
    victim: Bot | None = None
    for first in range(0, count, HANDFUL):
        starting = victim.start() if victim else asyncio.sleep(0)
        handful = range(first, first + HANDFUL)
        _, more = await asyncio.gather(starting, react_to(playground, handful))
        roots += more
        await asyncio.sleep(random.uniform(0, 1))
        victim = random.choice(bots)
        await victim.die()
    alive = [bot for bot in bots if bot is not victim]
    if not alive and victim:
        await victim.start()
        alive = [victim]
    await eventually(
        lambda: all_filed(playground, roots), seconds=60 + count, what="every ticket and card"
    )
    await alive[0].quiet(playground, seconds=60)
    return await outcome(playground, roots)


async def stop(bots: Sequence[Bot]) -> None:
    for bot in bots:
        await bot.die()


LENGTHS = [pytest.param(30, id="30"), pytest.param(300, id="300", marks=pytest.mark.soak)]


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_kills_and_faults_lose_nothing_and_double_nothing(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path, database: str, count: int
) -> None:
    bots = [new_bot(playground, make_database(database), tmp_path, **SETTLE)]
    try:
        result = await storm(playground, bots, count)
    finally:
        await stop(bots)
    assert result == Outcome(lost=0, duplicate_tickets=0, cards=Counter({1: count}))


@pytest.mark.parametrize("count", LENGTHS)
async def test_replica_killed_for_good_leaves_its_work_to_the_other(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path, count: int
) -> None:
    database_url = make_database("postgresql")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    bots = [new_bot(playground, database_url, folder, **SETTLE) for folder in folders]
    try:
        result = await storm(playground, bots, count)
    finally:
        await stop(bots)
    assert result == Outcome(lost=0, duplicate_tickets=0, cards=Counter({1: count}))


async def test_control_without_useful_look_ups_makes_duplicates(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path
) -> None:
    bots = [new_bot(playground, make_database("sqlite"), tmp_path, **SETTLE)]
    try:
        result = await storm(playground, bots, 30, list_lag_seconds=3600)
    finally:
        await stop(bots)
    assert result.lost == 0
    assert result.duplicate_tickets > 0
