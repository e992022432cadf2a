"""After a gap: what stands in Slack and was never told to us is taken in, once."""

import time
from uuid import uuid4

import pytest

from services.channel_settings import OwnSettings
from services.tickets.desk import REPAIR_GAP
from storage.jobs import NewJob
from tests.wired import BEN, GUS, OLIVIA, SUPPORT, Wired

CHECK = "white_check_mark"


async def put(wired: Wired, ts: str, name: str, *, user: str = OLIVIA, gone: bool = False) -> None:
    """React in Slack while nobody tells us."""
    action = "unreact" if gone else "react"
    await wired.person(action, user=user, channel=SUPPORT, ts=ts, name=name)


async def repair(wired: Wired) -> None:
    payload = {"team": "T0", "since": time.time()}
    job = NewJob(REPAIR_GAP, f"gap:{uuid4().hex}", payload)
    async with wired.parts.database.transaction() as connection:
        await wired.parts.ledger.enqueue(connection, job)
    await wired.work()


@pytest.fixture
async def root(wired: Wired) -> str:
    """A message with a ticket, known to both sides."""
    ts = await wired.say("Mug arrived broken")
    await put(wired, ts, "ticket")
    await wired.react(ts)
    await wired.work()
    return ts


async def test_missed_ticket_reaction_makes_its_ticket_and_only_one(wired: Wired) -> None:
    ts = await wired.say("Nobody told us")
    await put(wired, ts, "ticket")
    await put(wired, ts, "ticket", user=BEN)
    for _ in range(2):
        await repair(wired)
    [ticket] = wired.tickets()
    assert ticket["subject"] == "Nobody told us"
    assert sorted((await wired.link(ts)).reported_by) == [BEN, OLIVIA]
    assert len(await wired.cards(ts)) == 1


async def test_missed_check_mark_resolves_and_its_missed_removal_reopens(
    wired: Wired, root: str
) -> None:
    await put(wired, root, CHECK)
    await repair(wired)
    assert (await wired.link(root)).state == "resolved"
    await put(wired, root, CHECK, gone=True)
    await repair(wired)
    assert (await wired.link(root)).state == "open"


async def test_missed_removal_of_the_ticket_reaction_withdraws(wired: Wired, root: str) -> None:
    await put(wired, root, "ticket", gone=True)
    await repair(wired)
    assert wired.tickets() == []


async def test_where_nothing_was_missed_nothing_happens(wired: Wired, root: str) -> None:
    before = await wired.link(root)
    await repair(wired)
    assert await wired.link(root) == before


async def test_who_may_not_is_refused_after_a_gap_too(wired: Wired) -> None:
    ts = await wired.say("A guest reacts")
    await put(wired, ts, "ticket", user=GUS)
    await repair(wired)
    assert wired.tickets() == []


async def test_renamed_emoji_are_those_of_the_channel_and_older_ones_keep_their_meaning(
    wired: Wired, root: str
) -> None:
    own = OwnSettings(SUPPORT, ticket_emoji=["sos"])
    await wired.parts.services.channels.change(own, OLIVIA)
    other = await wired.say("With the channel's own emoji")
    await put(wired, other, "sos")
    unnoticed = await wired.say("With an emoji that means nothing here any more")
    await put(wired, unnoticed, "ticket")
    await repair(wired)
    assert {ticket["subject"] for ticket in wired.tickets()} == {
        "Mug arrived broken",
        "With the channel's own emoji",
    }
    await put(wired, root, "ticket", gone=True)
    await repair(wired)
    assert (await wired.link(root)).state == "withdrawn"
