"""The one card of a thread: posted once, then only changed, and replaced if it is deleted."""

import asyncio

import pytest

from storage.jobs import NewJob
from tests.wired import BOT, SUPPORT, Wired


@pytest.fixture
async def root(wired: Wired) -> str:
    """A message with a ticket and its card."""
    ts = await wired.say("Mug arrived broken")
    await wired.react(ts)
    await wired.work()
    return ts


async def test_ticket_gets_one_card_and_our_mark(wired: Wired, root: str) -> None:
    [card] = await wired.cards(root)
    assert "Mug arrived broken" in card["text"]
    [message] = [each for each in await wired.messages() if each["ts"] == root]
    assert [r["name"] for r in message["reactions"] if BOT in r["users"]] == ["ticket"]


async def test_change_is_made_on_the_same_card(wired: Wired, root: str) -> None:
    [before] = await wired.cards(root)
    await wired.react(root, "resolve")
    await wired.work()
    [after] = await wired.cards(root)
    assert after["ts"] == before["ts"]
    assert "Resolved" in after["text"]


async def test_nothing_is_posted_when_nothing_changed(wired: Wired, root: str) -> None:
    link = await wired.link(root)
    wired.slack.slack.log.clear()
    async with wired.parts.database.transaction() as connection:
        job = NewJob("card.sync", "card:again", {"link_id": link.id})
        await wired.parts.ledger.enqueue(connection, job)
    await wired.work()
    called = {call["method"] for call in wired.slack.slack.log.as_json()["calls"]}
    assert not called & {"chat.postMessage", "chat.update"}


async def test_change_after_the_card_was_deleted_posts_a_new_one_once(
    wired: Wired, root: str
) -> None:
    [card] = await wired.cards(root)
    await wired.parts.slack.chat_delete(channel=SUPPORT, ts=card["ts"])
    assert await wired.cards(root) == []
    await wired.react(root, "resolve")
    await wired.work()
    [replaced] = await wired.cards(root)
    assert "Resolved" in replaced["text"]
    assert (await wired.link(root)).card_ts == replaced["ts"]


async def test_post_whose_answer_was_lost_is_not_repeated(wired: Wired) -> None:
    ts = await wired.say("Mug arrived broken")
    wired.slack.slack.faults.merge({"lose_reply": {"chat.postMessage": {"times": 1}}})
    await wired.react(ts)
    async with asyncio.timeout(30):
        while (await _card_ts(wired, ts)) is None:
            await wired.work()
            await asyncio.sleep(0.05)
    assert len(await wired.cards(ts)) == 1


async def _card_ts(wired: Wired, root_ts: str) -> str | None:
    await wired.work()
    return (await wired.link(root_ts)).card_ts


async def test_card_slack_refuses_for_good_is_a_dead_letter_not_a_day_of_trying(
    wired: Wired, root: str
) -> None:
    await wired.person("archive", channel=SUPPORT, archived=True)
    await wired.react(root, "resolve")
    await wired.work()
    [letter] = await wired.parts.ledger.dead()
    assert (letter.kind, letter.error) == ("card.sync", "Slack refused the card (is_archived).")
    assert [ticket["status"] for ticket in wired.tickets()] == ["closed"]
