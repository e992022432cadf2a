"""Journeys 3 and 14: ✅ and its removal, taking 🎫 back, and the buttons of the card."""

import asyncio
from collections.abc import Awaitable

import pytest

from tests.end_to_end.playground import (
    BEN,
    MAYA,
    OLIVIA,
    Bot,
    Json,
    Playground,
    eventually,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

CHECK = "white_check_mark"


async def filed(playground: Playground, text: str) -> tuple[str, Json]:
    """A message with a ticket."""
    ts = await playground.say(BEN, text)
    await playground.react(OLIVIA, ts)
    return ts, await playground.ticket(ts)


async def test_check_mark_closes_the_ticket_and_the_card_says_by_whom(
    playground: Playground,
) -> None:
    ts, _ = await filed(playground, "Refund please")
    await playground.react(MAYA, ts, CHECK)
    await playground.status_of(ts, "closed")
    card = await playground.card_saying(ts, "Resolved by <@U0MAYA>")
    assert "Resolved" in card["text"]


async def test_removed_check_mark_reopens(playground: Playground) -> None:
    ts, _ = await filed(playground, "Not done after all")
    await playground.react(MAYA, ts, CHECK)
    await playground.status_of(ts, "closed")
    await playground.unreact(MAYA, ts, CHECK)
    await playground.status_of(ts, "open")
    await playground.card_saying(ts, "Re-opened by <@U0MAYA>")


async def test_ticket_stays_resolved_until_the_last_check_mark_is_gone(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "Two of us checked this")
    await playground.react(MAYA, ts, CHECK)
    await playground.react(BEN, ts, CHECK)
    await playground.status_of(ts, "closed")
    await bot.quiet(playground)
    await playground.unreact(MAYA, ts, CHECK)
    await bot.quiet(playground)
    (still,) = await playground.tickets_of(ts)
    assert still["status"] == "closed"
    await playground.unreact(BEN, ts, CHECK)
    await playground.status_of(ts, "open")
    assert still["id"] == ticket["id"]


async def test_check_mark_put_with_the_ticket_reaction_resolves_the_new_ticket(
    playground: Playground,
) -> None:
    ts = await playground.say(BEN, "Filed and done in one go")
    await playground.react(OLIVIA, ts)
    await playground.react(OLIVIA, ts, CHECK)
    await playground.status_of(ts, "closed")
    await playground.card_saying(ts, "Resolved by <@U0OLIVIA>")


async def test_check_mark_without_a_ticket_does_nothing(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Lunch at noon?")
    before = await playground.messages()
    await playground.react(MAYA, ts, CHECK)
    await bot.quiet(playground)
    assert [m["ts"] for m in await playground.messages()] == [m["ts"] for m in before]
    assert await playground.tickets_of(ts) == []


async def test_check_mark_on_a_reply_does_nothing(playground: Playground, bot: Bot) -> None:
    ts, _ = await filed(playground, "A reply is not the ticket")
    reply = await playground.say(BEN, "I packed it", thread_ts=ts)
    await playground.react(MAYA, reply, CHECK)
    await bot.quiet(playground)
    (ticket,) = await playground.tickets_of(ts)
    assert ticket["status"] == "open"


async def test_check_mark_does_not_close_again_what_an_agent_reopened(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "The agent knows better")
    await playground.react(MAYA, ts, CHECK)
    await playground.status_of(ts, "closed")
    await bot.quiet(playground)
    await playground.agent("ticket", id=ticket["id"], status="open")
    await playground.react(BEN, ts)  # one more reporter, and so one more look at this thread
    await playground.card_saying(ts, "<@U0BEN>")
    await bot.quiet(playground)
    (standing,) = await playground.tickets_of(ts)
    assert standing["status"] == "open"


async def test_removed_ticket_reaction_withdraws_an_untouched_ticket(
    playground: Playground,
) -> None:
    ts, ticket = await filed(playground, "Oops, wrong message")
    await playground.unreact(OLIVIA, ts)
    await playground.card_saying(ts, "Withdrawn by <@U0OLIVIA>")
    (trashed,) = await playground.tickets_of(ts, trashed=True)
    assert trashed["id"] == ticket["id"]
    await eventually(lambda: unmarked(playground, ts), what="the mark to go")


async def unmarked(playground: Playground, ts: str) -> bool:
    return not await playground.marks(ts)


async def test_ticket_stays_while_another_reporter_stands_by_it(
    playground: Playground, bot: Bot
) -> None:
    ts, _ = await filed(playground, "Two reporters")
    await playground.react(BEN, ts)
    await playground.card_saying(ts, "<@U0OLIVIA>, <@U0BEN>")
    await playground.unreact(OLIVIA, ts)
    await playground.card_saying(ts, "Reported by <@U0BEN>")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_ticket_reaction_put_again_restores_the_same_ticket(playground: Playground) -> None:
    ts, ticket = await filed(playground, "On second thoughts")
    await playground.unreact(OLIVIA, ts)
    await playground.card_saying(ts, "Withdrawn")
    await playground.react(MAYA, ts)
    await playground.status_of(ts, "open")
    await playground.card_saying(ts, "Reported by <@U0MAYA>")
    assert (await playground.ticket(ts))["id"] == ticket["id"]
    assert await playground.tickets_of(ts, trashed=True) == []


@pytest.mark.parametrize(
    "touch",
    [
        {"status": "closed"},
        {"tags": ["slack", "vip"]},
        {"assignee": 1},
    ],
    ids=lambda touch: next(iter(touch)),
)
async def test_ticket_an_agent_has_touched_is_not_withdrawn(
    playground: Playground, bot: Bot, touch: Json
) -> None:
    ts, ticket = await filed(playground, f"Touched by {touch}")
    await bot.quiet(playground)
    await playground.agent("ticket", id=ticket["id"], **await existing(playground, touch))
    await playground.unreact(OLIVIA, ts)
    await told(playground, OLIVIA, f"Ticket {ticket['id']} stays")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def existing(playground: Playground, touch: Json) -> Json:
    """Name a real agent where a test only says "somebody"."""
    if "assignee" not in touch:
        return touch
    return {"assignee": (await playground.gorgias_state())["users"][0]["id"]}


async def told(playground: Playground, user: str, words: str) -> None:
    async def heard() -> bool:
        return any(words in whisper["text"] for whisper in await playground.whispers(user))

    await eventually(heard, what=f"{user} to be told {words!r}")


async def test_ticket_an_agent_has_answered_is_not_withdrawn(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "Already answered")
    await playground.agent(
        "reply",
        ticket_id=ticket["id"],
        user_id=None,
        text="Looking into it",
        from_agent=True,
        channel="internal-note",
    )
    await playground.unreact(OLIVIA, ts)
    await told(playground, OLIVIA, f"Ticket {ticket['id']} stays")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_kept_ticket_is_reopened_by_a_check_mark_taken_back_at_the_same_time(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "Touched, done, and all of it taken back")
    await bot.quiet(playground)
    await playground.agent("ticket", id=ticket["id"], tags=["slack", "vip"])
    await playground.gorgias_faults(slow_ms=600)
    await playground.react(MAYA, ts, CHECK)
    await eventually(lambda: at_work(bot), what="the check mark to be on its way")
    await playground.unreact(MAYA, ts, CHECK)
    await playground.unreact(OLIVIA, ts)
    await bot.quiet(playground)
    (standing,) = await playground.tickets_of(ts)
    assert standing["status"] == "open"
    await playground.card_saying(ts, "Re-opened by <@U0MAYA>")


async def test_resolve_and_undo_buttons_do_what_they_say(playground: Playground) -> None:
    ts, ticket = await filed(playground, "All by buttons")
    card = await playground.card(ts)
    await playground.click(BEN, card["ts"], "ticket_resolve")
    await playground.status_of(ts, "closed")
    await playground.card_saying(ts, "Resolved by <@U0BEN>")
    await playground.click(MAYA, card["ts"], "ticket_reopen")
    await playground.status_of(ts, "open")
    await playground.card_saying(ts, "Re-opened by <@U0MAYA>")
    await playground.click(OLIVIA, card["ts"], "ticket_undo")
    await playground.card_saying(ts, "Withdrawn by <@U0OLIVIA>")
    (trashed,) = await playground.tickets_of(ts, trashed=True)
    assert trashed["id"] == ticket["id"]


@pytest.mark.parametrize("action", ["ticket_resolve", "ticket_undo"])
async def test_double_click_acts_once(playground: Playground, bot: Bot, action: str) -> None:
    ts, ticket = await filed(playground, f"Impatient with {action}")
    card = await playground.card(ts)
    await asyncio.gather(
        playground.click(BEN, card["ts"], action),
        playground.click(BEN, card["ts"], action),
    )
    await playground.card_saying(
        ts, "Resolved by" if action == "ticket_resolve" else "Withdrawn by"
    )
    await bot.quiet(playground)
    calls = [
        call
        for call in (await playground.gorgias_log())["calls"]
        if call["method"] == "PUT" and call["path"] == f"/api/tickets/{ticket['id']}"
    ]
    assert len(calls) == 1


async def test_button_pressed_while_the_thread_is_at_work_is_not_lost(
    playground: Playground, bot: Bot
) -> None:
    ts, _ = await filed(playground, "Pressed in the middle of something")
    card = await playground.card(ts)
    await bot.quiet(playground)
    await playground.gorgias_faults(slow_ms=600)
    await playground.react(MAYA, ts, CHECK)
    await eventually(lambda: at_work(bot), what="the check mark to be on its way")
    await playground.click(BEN, card["ts"], "ticket_undo")
    await bot.quiet(playground)
    assert await playground.tickets_of(ts) == []
    await playground.card_saying(ts, "Withdrawn by <@U0BEN>")


async def at_work(bot: Bot) -> bool:
    return ("ticket.sync", "leased") in await bot.open_jobs()


async def test_17_reaction_added_removed_and_added_ends_as_it_stands_in_any_order_of_arrival(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Make up your mind")
    await delayed(playground, playground.react(OLIVIA, ts))
    await delayed(playground, playground.unreact(OLIVIA, ts))
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1
    assert await playground.tickets_of(ts, trashed=True) == []
    assert "Open" in (await playground.card(ts))["text"]


async def test_removal_that_overtakes_the_reaction_leaves_no_ticket(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Never mind")
    await delayed(playground, playground.react(OLIVIA, ts))
    await playground.unreact(OLIVIA, ts)
    await bot.quiet(playground)
    assert await playground.tickets_of(ts) == []
    assert await playground.cards(ts) == []


async def delayed(playground: Playground, act: Awaitable[None]) -> None:
    """Have the event of `act` lost on its first way, so that it arrives after later ones."""
    await playground.slack_faults(drop_delivery=1.0, ack_deadline=1.0)
    await act
    await playground.slack_faults(drop_delivery=0.0)


async def test_one_act_delivered_often_under_new_event_ids_counts_once(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Slack says everything three times today")
    await playground.slack_faults(deliver_times=3)
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    card = await playground.card(ts)
    await playground.react(MAYA, ts, CHECK)
    await playground.status_of(ts, "closed")
    await playground.unreact(MAYA, ts, CHECK)
    await playground.status_of(ts, "open")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1
    assert (await playground.card(ts))["ts"] == card["ts"]
