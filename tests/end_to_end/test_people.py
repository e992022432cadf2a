"""Journeys 11, 12 and 9: who may act, everybody at once, and messages that are gone."""

import asyncio

import pytest

from tests.end_to_end.crowd import CROWD
from tests.end_to_end.playground import (
    BEN,
    EVE,
    GUS,
    MAYA,
    OLIVIA,
    SHARED,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

CHECK = "white_check_mark"
REFUSAL = "nothing was changed"


async def new_whisper(playground: Playground, user: str, known: list[Json], channel: str) -> Json:
    """Wait for one more word to this person alone."""
    seen = {whisper["ts"] for whisper in known}

    async def heard() -> list[Json]:
        return [w for w in await playground.whispers(user, channel) if w["ts"] not in seen]

    (whisper,) = await eventually(heard, what=f"a word to {user}")
    return whisper


@pytest.mark.parametrize(
    ("outsider", "channel"), [(GUS, SUPPORT), (EVE, SHARED)], ids=["guest", "other organisation"]
)
async def test_outsiders_ticket_reaction_changes_nothing_and_is_refused_in_private(
    playground: Playground, bot: Bot, outsider: str, channel: str
) -> None:
    ts = await playground.say(BEN, "anna@example.test wants a refund", channel=channel)
    known = await playground.whispers(outsider, channel)
    others = await playground.whispers(BEN, channel)
    await playground.react(outsider, ts, channel=channel)
    whisper = await new_whisper(playground, outsider, known, channel)
    await bot.quiet(playground)
    assert REFUSAL in whisper["text"]
    assert "anna" not in str(whisper)
    assert await playground.tickets_of(ts, channel) == []
    assert await playground.cards(ts, channel) == []
    assert await playground.whispers(BEN, channel) == others


@pytest.mark.parametrize(
    ("outsider", "channel"), [(GUS, SUPPORT), (EVE, SHARED)], ids=["guest", "other organisation"]
)
async def test_outsiders_check_mark_and_click_leave_the_ticket_open(
    playground: Playground, bot: Bot, outsider: str, channel: str
) -> None:
    ts = await playground.say(BEN, "Only we may close this", channel=channel)
    await playground.react(OLIVIA, ts, channel=channel)
    await playground.ticket(ts, channel)
    known = await playground.whispers(outsider, channel)
    await playground.react(outsider, ts, CHECK, channel=channel)
    assert REFUSAL in (await new_whisper(playground, outsider, known, channel))["text"]
    known = await playground.whispers(outsider, channel)
    card = await playground.card(ts, channel)
    await playground.click(outsider, card["ts"], "ticket_resolve", channel=channel)
    assert REFUSAL in (await new_whisper(playground, outsider, known, channel))["text"]
    await bot.quiet(playground)
    (ticket,) = await playground.tickets_of(ts, channel)
    assert ticket["status"] == "open"


async def test_outsiders_check_mark_elsewhere_is_passed_over_in_silence(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Nothing to do with tickets")
    known = await playground.whispers(GUS)
    await playground.react(GUS, ts, CHECK)
    await bot.quiet(playground)
    assert await playground.whispers(GUS) == known


async def test_outsiders_reaction_beside_a_colleagues_does_not_count_as_reporting(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Guest and colleague agree")
    await asyncio.gather(playground.react(GUS, ts), playground.react(MAYA, ts))
    await playground.ticket(ts)
    await bot.quiet(playground)
    card = await playground.card(ts)
    assert "<@U0MAYA>" in str(card["blocks"])
    assert GUS not in str(card["blocks"])


async def test_two_people_at_once_and_a_redelivery_make_one_ticket_with_both_names(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "We both saw it")
    known = {user: await playground.whispers(user) for user in (OLIVIA, MAYA)}
    await playground.slack_faults(deliver_times=2)
    await asyncio.gather(
        playground.react(OLIVIA, ts),
        playground.react(MAYA, ts, "admission_tickets"),
    )
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1
    card = await playground.card(ts)
    assert "<@U0OLIVIA>" in str(card["blocks"])
    assert "<@U0MAYA>" in str(card["blocks"])
    assert {user: await playground.whispers(user) for user in known} == known


async def test_18_fifty_people_at_once_make_one_ticket(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "The shop is down!")
    await asyncio.gather(*(playground.react(user, ts) for user in CROWD))
    await playground.ticket(ts)
    await bot.quiet(playground, seconds=60)
    assert len(await playground.tickets_of(ts)) == 1
    card = await playground.card(ts)
    assert "and 40 more" in str(card["blocks"])


async def test_fifty_check_marks_at_once_close_the_ticket_once(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "The shop is up again")
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    await asyncio.gather(*(playground.react(user, ts, CHECK) for user in CROWD))
    await playground.status_of(ts, "closed")
    await bot.quiet(playground, seconds=60)
    closes = [
        call
        for call in (await playground.gorgias_log())["calls"]
        if call["method"] == "PUT" and call["path"] == f"/api/tickets/{ticket['id']}"
    ]
    assert len(closes) == 1


async def test_deleted_message_is_said_on_the_card_and_in_the_ticket(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Something private about a customer")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    # A root with replies, such as the card, is deleted as an edit to a tombstone.
    await playground.person("delete", user=BEN, channel=SUPPORT, ts=ts)
    card = await playground.card_saying(ts, "Original message deleted in Slack")
    await bot.quiet(playground)
    assert "private" not in str(card)
    (kept,) = await playground.tickets_of(ts)
    assert kept["id"] == ticket["id"]
    assert "was deleted in Slack" in kept["messages"][-1]["body_text"]
    assert {message["channel"] for message in kept["messages"]} == {"internal-note"}


async def test_deleted_reply_is_noted_in_the_ticket(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Something with a reply")
    reply = await playground.say(MAYA, "Wrong thread, sorry", thread_ts=ts)
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await playground.person("delete", user=MAYA, channel=SUPPORT, ts=reply)

    async def noted() -> bool:
        (ticket,) = await playground.tickets_of(ts)
        return "A reply was deleted in Slack" in ticket["messages"][-1]["body_text"]

    await eventually(noted, what="the note about the reply")
    await bot.quiet(playground)
    assert "deleted in Slack" not in str(await playground.card(ts))


@pytest.mark.parametrize("with_reply", [False, True], ids=["gone", "tombstone"])
async def test_13_message_deleted_between_reaction_and_fetch_makes_no_ticket(
    playground: Playground, bot: Bot, *, with_reply: bool
) -> None:
    neighbour = await playground.say(MAYA, "An innocent neighbour")
    ts = await playground.say(BEN, "Here and gone")
    if with_reply:
        await playground.say(MAYA, "What was that?", thread_ts=ts)
    known = await playground.whispers(OLIVIA)
    await playground.slack_faults(drop_delivery=1.0, ack_deadline=1.0)
    await playground.react(OLIVIA, ts)
    await playground.person("delete", user=BEN, channel=SUPPORT, ts=ts)
    await playground.slack_faults(drop_delivery=0.0)
    whisper = await new_whisper(playground, OLIVIA, known, SUPPORT)
    await bot.quiet(playground)
    assert whisper["text"] == "That message is gone, so no ticket was made."
    assert await playground.tickets_of(ts) == []
    assert await playground.tickets_of(neighbour) == []
    assert await playground.cards(ts) == []


async def test_message_deleted_while_gorgias_is_down_makes_no_ticket(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Gone before anybody filed it")
    await playground.gorgias_faults(down=True)
    await playground.react(OLIVIA, ts)
    await playground.card_saying(ts, "Gorgias is not answering")
    await playground.person("delete", user=BEN, channel=SUPPORT, ts=ts)
    # Only now: an attempt that had read the message before could still make its ticket.
    await playground.card_saying(ts, "Withdrawn before a ticket was made")
    await playground.gorgias_faults(down=False)
    await bot.quiet(playground)
    assert await playground.tickets_of(ts) == []


async def test_ticket_reaction_where_the_bot_may_not_read_is_refused_with_the_remedy(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "The bot has just been removed")
    known = await playground.whispers(OLIVIA)
    await playground.slack_faults(
        fail={"conversations.replies": {"error": "not_in_channel", "times": 2}}
    )
    await playground.react(OLIVIA, ts)
    whisper = await new_whisper(playground, OLIVIA, known, SUPPORT)
    await bot.quiet(playground)
    assert "/invite" in whisper["text"]
    assert await playground.tickets_of(ts) == []
