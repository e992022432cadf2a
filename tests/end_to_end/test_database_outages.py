"""A database that is away: what was not stored is not acknowledged, and Slack sends it again."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.cuttable import CuttableProxy
from tests.end_to_end.playground import BEN, OLIVIA, SUPPORT, Bot, Json, Playground, eventually
from tests.end_to_end.surfaces import ask, direct, form_of, heard, submit

pytestmark = pytest.mark.asyncio(loop_scope="module")

SILENT = "The database does not answer"


@pytest_asyncio.fixture(loop_scope="module")
async def proxied(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path
) -> AsyncIterator[tuple[Bot, CuttableProxy]]:
    """A bot whose way to PostgreSQL can be cut."""
    address = make_url(make_database("postgresql"))
    proxy = await CuttableProxy.start(address)
    bot = new_bot(playground, proxy.url, tmp_path)
    await bot.start()
    yield bot, proxy
    await bot.stop()
    await proxy.stop()


async def first_attempt(playground: Playground, count: int) -> Json:
    """Wait until the newest event has been delivered once without an acknowledgement."""

    async def unanswered() -> list[Json]:
        deliveries = (await playground.slack_log())["deliveries"][count:]
        return [each for each in deliveries if each["outcome"] == "unacked"]

    return (await eventually(unanswered, what="a delivery without acknowledgement"))[0]


@pytest.mark.parametrize("how", ["refused", "starting up", "silent"])
async def test_event_while_postgresql_is_away_is_handled_on_redelivery(
    playground: Playground, proxied: tuple[Bot, CuttableProxy], how: str
) -> None:
    bot, proxy = proxied
    ts = await playground.say(BEN, f"PostgreSQL is {how}")
    await bot.quiet(playground)
    before = len((await playground.slack_log())["deliveries"])
    await proxy.cut(how)
    await playground.react(OLIVIA, ts)
    await first_attempt(playground, before)
    assert not await bot.is_ready()
    assert await bot.status("/health/live") == 200
    assert await playground.tickets_of(ts) == []
    proxy.mend()
    await playground.ticket(ts)
    await bot.wait_ready()
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_who_asks_or_presses_while_postgresql_is_silent_is_told_so(
    playground: Playground, proxied: tuple[Bot, CuttableProxy]
) -> None:
    bot, proxy = proxied
    ts = await playground.say(BEN, "A card to press on")
    await playground.react(OLIVIA, ts)
    card = await playground.card_saying(ts, "Ticket")
    await bot.quiet(playground)
    await playground.command(OLIVIA, "/regulars", "settings")
    form = await form_of(playground, OLIVIA, SUPPORT)
    await proxy.cut("silent")

    told = await ask(playground, OLIVIA, "/customer", "anna@example.com", SILENT)
    assert "so /customer was not carried out. Try again in a minute" in str(told)
    assert re.search(r"give your admin the reference \w{8}", str(told))
    await playground.click(OLIVIA, card["ts"], "ticket_resolve")
    await heard(playground, OLIVIA, "what you chose was not carried out", after=told["ts"])
    with pytest.raises(AssertionError, match="trouble connecting"):  # so Slack keeps the form open
        await submit(playground, OLIVIA, form)
    await direct(playground, OLIVIA, "what you filled in was not stored")
    proxy.mend()
    await bot.wait_ready()


async def test_work_in_hand_survives_a_cut_to_postgresql(
    playground: Playground, proxied: tuple[Bot, CuttableProxy]
) -> None:
    bot, proxy = proxied
    ts = await playground.say(BEN, "Cut in the middle")
    await playground.gorgias_faults(slow_ms=500)
    await playground.react(OLIVIA, ts)

    async def posting() -> bool:
        calls = (await playground.gorgias_log())["calls"]
        return any(call["method"] == "POST" for call in calls)

    await eventually(posting, what="the ticket to be on its way")
    await proxy.cut("refused")
    await asyncio.sleep(1)  # Gorgias's answer comes while there is nowhere to write it down
    proxy.mend()
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_event_while_sqlite_is_locked_is_handled_on_redelivery(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path
) -> None:
    url = make_database("sqlite")
    bot = new_bot(playground, url, tmp_path)
    await bot.start()
    await bot.quiet(playground)
    ts = await playground.say(BEN, "Somebody else is writing")
    before = len((await playground.slack_log())["deliveries"])
    lock = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await playground.react(OLIVIA, ts)
    await first_attempt(playground, before)
    assert await bot.status("/health/live") == 200
    lock.execute("ROLLBACK")
    lock.close()
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1
    assert await bot.stop() == 0
