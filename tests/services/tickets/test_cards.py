"""The one card of a thread: posted once, then only changed, and replaced if it is deleted."""

import pytest

from listeners.workspace import SlackWorkspace
from services.cards import TicketCard
from services.tickets.intake import Invitation
from storage.jobs import NewJob
from tests.wired import BEN, BOT, OLIVIA, SUPPORT, Wired


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
    await wired.work_until(lambda: _has_card(wired, ts))
    assert len(await wired.cards(ts)) == 1


async def _has_card(wired: Wired, root_ts: str) -> bool:
    return (await wired.link(root_ts)).card_ts is not None


async def test_card_posted_while_its_message_turns_out_to_be_gone_says_so(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = await wired.say("Here and gone")
    wired.gorgias_faults(down=True)
    await wired.react(ts)
    post = SlackWorkspace.post_card

    async def slowly(workspace: SlackWorkspace, card: TicketCard) -> str:
        posted = await post(workspace, card)
        wired.gorgias_faults(down=False)
        await wired.person("delete", user=BEN, channel=SUPPORT, ts=ts)
        await wired.work_until(lambda: _is_withdrawn(wired, ts))
        return posted

    monkeypatch.setattr(SlackWorkspace, "post_card", slowly)
    await wired.work()
    [card] = await wired.cards(ts)
    assert card["text"] == "Withdrawn before a ticket was made."


async def _is_withdrawn(wired: Wired, root_ts: str) -> bool:
    return (await wired.link(root_ts)).state == "withdrawn"


async def test_card_of_a_closed_channel_moves_to_who_reported_and_back_after_an_invitation(
    wired: Wired, root: str
) -> None:
    await wired.person("archive", channel=SUPPORT, archived=True)
    await wired.react(root, "resolve")
    await wired.work()
    moved = await wired.link(root)
    assert moved.card_channel is not None
    [card] = [each for each in await wired.messages(moved.card_channel) if "Ticket" in each["text"]]
    assert "Resolved" in card["text"]
    assert await wired.parts.ledger.dead() == []
    assert [ticket["status"] for ticket in wired.tickets()] == ["closed"]

    await wired.person("archive", channel=SUPPORT, archived=False)
    await wired.parts.services.intake.invitation(Invitation("T0", SUPPORT, "1.0", OLIVIA), "test")
    await wired.work_until(lambda: _is_back(wired, root))
    [back] = await wired.cards(root)
    assert "Resolved" in back["text"]


async def _is_back(wired: Wired, root_ts: str) -> bool:
    link = await wired.link(root_ts)
    return link.card_channel is None and link.card_digest is not None


async def test_card_nobody_can_be_shown_is_a_dead_letter(wired: Wired, root: str) -> None:
    await wired.person("archive", channel=SUPPORT, archived=True)
    wired.slack.slack.faults.merge({"fail": {"conversations.open": {"error": "user_disabled"}}})
    await wired.react(root, "resolve")
    await wired.work()
    [letter] = await wired.parts.ledger.dead()
    assert letter.kind == "card.sync"
    assert letter.error is not None
    assert "nobody who reported it can be reached" in letter.error
