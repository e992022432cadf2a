"""Journey 3: what agents do in Gorgias reaches the thread once, and never the other way round."""

import pytest

from bot.playground.gorgias.messages import add_message
from bot.playground.gorgias.tickets import change_ticket
from services.ticket_mirror.jobs import POLL, standing_jobs
from tests.wired import BOT, OLIVIA, SUPPORT, Json, Wired

BEN_IN_GORGIAS = "ben@playground.test"


@pytest.fixture
async def root(wired: Wired) -> str:
    """A message with a ticket and its card."""
    ts = await wired.say("Mug arrived broken")
    await wired.react(ts)
    await wired.work()
    return ts


async def look(wired: Wired) -> None:
    """Let the mirror see what changed, and everything follow."""
    async with wired.parts.database.transaction() as connection:
        [job] = [each for each in standing_jobs("2026-01-01") if each.kind == POLL]
        fresh = type(job)(POLL, f"{POLL}:{len(wired.slack.slack.log.as_json()['calls'])}", {})
        await wired.parts.ledger.enqueue(connection, fresh)
    await wired.work()


def write(wired: Wired, text: str, *, channel: str = "email", **more: object) -> Json:
    [ticket] = wired.tickets()
    agent = next(user for user in wired.gorgias.desk.users.values() if user["name"] == "Ben Okafor")
    message = {
        "channel": channel,
        "via": "helpdesk",
        "from_agent": True,
        "body_text": text,
        "sender": {"id": agent["id"]},
        "source": {"type": channel, "from": {"address": "support@playground.test"}},
        **more,
    }
    return add_message(wired.gorgias.desk, ticket, message)


async def replies(wired: Wired, root_ts: str) -> list[Json]:
    """What the bot posted into the thread beside the card."""
    card_ts = (await wired.link(root_ts)).card_ts
    return [each for each in await wired.cards(root_ts) if each["ts"] != card_ts]


async def test_agents_reply_appears_once_with_their_name(wired: Wired, root: str) -> None:
    write(wired, "Hi Anna, a new mug is on its way.")
    await look(wired)
    await look(wired)
    [reply] = await replies(wired, root)
    assert reply["text"] == "Ben Okafor answered the customer: Hi Anna, a new mug is on its way."
    assert f"/app/ticket/{(await wired.link(root)).ticket_id}" in str(reply["blocks"])


async def test_internal_note_is_marked_as_one(wired: Wired, root: str) -> None:
    write(wired, "Ask the warehouse first", channel="internal-note")
    await look(wired)
    [reply] = await replies(wired, root)
    assert reply["text"].startswith("Ben Okafor wrote an internal note: Ask the warehouse")


async def test_agents_words_ping_nobody_and_disguise_no_link(wired: Wired, root: str) -> None:
    write(wired, "<!channel> see <https://evil.test|bank.test> <@U0OLIVIA>")
    await look(wired)
    [reply] = await replies(wired, root)
    assert "&lt;!channel&gt; see &lt;https://evil.test|bank.test&gt;" in reply["text"]
    assert "<!channel>" not in str(reply["blocks"])


async def test_what_came_from_slack_and_what_customers_write_is_not_echoed(
    wired: Wired, root: str
) -> None:
    await wired.say("I packed it myself", thread_ts=root)
    write(wired, "My parcel is late", from_agent=False, sender=None)
    await look(wired)
    assert await replies(wired, root) == []


async def test_post_whose_answer_was_lost_is_not_repeated(wired: Wired, root: str) -> None:
    write(wired, "Refunded")
    wired.slack.slack.faults.merge({"lose_reply": {"chat.postMessage": {"times": 1}}})
    await look(wired)

    async def nothing_waits() -> bool:
        counts = await wired.parts.ledger.counts()
        return not any(kind == "message.relay" for kind, _ in counts)

    await wired.work_until(nothing_waits)
    assert len(await replies(wired, root)) == 1


async def test_closing_and_reopening_in_gorgias_updates_the_card(wired: Wired, root: str) -> None:
    [ticket] = wired.tickets()
    change_ticket(wired.gorgias.desk, ticket, {"status": "closed", "priority": "high"})
    await look(wired)
    [card] = await wired.cards(root)
    assert "Resolved" in card["text"]
    assert "Resolved in Gorgias at" in str(card["blocks"])
    assert (await wired.link(root)).priority == "high"
    change_ticket(wired.gorgias.desk, ticket, {"status": "open"})
    await look(wired)
    [card] = await wired.cards(root)
    assert "Re-opened in Gorgias at" in str(card["blocks"])


async def test_assigning_in_gorgias_updates_the_card(wired: Wired, root: str) -> None:
    [ticket] = wired.tickets()
    agent = next(user for user in wired.gorgias.desk.users.values() if user["name"] == "Ben Okafor")
    change_ticket(wired.gorgias.desk, ticket, {"assignee_user": {"id": agent["id"]}})
    await look(wired)
    [card] = await wired.cards(root)
    assert "Ben Okafor" in str(card["blocks"])


async def test_trashed_in_gorgias_is_withdrawn_until_a_new_reaction_restores_it(
    wired: Wired, root: str
) -> None:
    [ticket] = wired.tickets()
    change_ticket(wired.gorgias.desk, ticket, {"trashed_datetime": "2026-01-01T00:00:00+00:00"})
    await look(wired)
    [card] = await wired.cards(root)
    assert "Withdrawn in Gorgias" in str(card["blocks"])
    await wired.react(root, "resolve")
    await wired.work()
    assert wired.tickets() == []  # a ✅ brings nothing back out of the trash
    await wired.react(root, user=BOT.replace("BOT", "BEN"))
    await wired.work()
    assert [each["id"] for each in wired.tickets()] == [ticket["id"]]


async def test_our_own_close_is_not_told_as_gorgias(wired: Wired, root: str) -> None:
    await wired.react(root, "resolve")
    await wired.work()
    await look(wired)
    [card] = await wired.cards(root)
    assert f"Resolved by <@{OLIVIA}>" in str(card["blocks"])


async def test_reply_follows_the_card_when_its_channel_is_closed(wired: Wired, root: str) -> None:
    await wired.person("member", channel=SUPPORT, user=BOT, by=OLIVIA, **{"in": False})
    write(wired, "Refunded")
    await look(wired)

    async def moved() -> bool:
        room = (await wired.link(root)).card_channel
        return room is not None and any(
            "Refunded" in each["text"] for each in await wired.messages(room)
        )

    await wired.work_until(moved)
    assert await wired.parts.ledger.dead() == []
