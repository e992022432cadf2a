"""Journey 6: Gorgias or Slack is away; nothing is lost and nothing is made twice."""

import asyncio

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

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK = "white_check_mark"
WAITING = "Saved. Gorgias is not answering; I keep trying. Ref Q-"
HOURGLASS = {"hourglass_flowing_sand"}


async def has_marks(playground: Playground, ts: str, marks: set[str]) -> bool:
    return await playground.marks(ts) == marks


@pytest.mark.parametrize(
    "fault",
    [{"down": True}, {"refuse": True}, {"error_rate": 1.0}],
    ids=["503 to all", "connections cut", "every write fails"],
)
async def test_ticket_reaction_during_an_outage_is_saved_and_becomes_the_same_card(
    playground: Playground, bot: Bot, fault: Json
) -> None:
    ts = await playground.say(BEN, f"Filed during {fault}")
    await playground.gorgias_faults(**fault)
    await playground.react(OLIVIA, ts)
    waiting = await playground.card_saying(ts, WAITING)
    await eventually(lambda: has_marks(playground, ts, HOURGLASS), what="the hourglass")
    assert await playground.tickets_of(ts) == []

    await playground.calm()
    ticket = await playground.ticket(ts)
    await bot.quiet(playground)
    card = await playground.card(ts)
    assert card["ts"] == waiting["ts"]
    assert f"Ticket {ticket['id']}" in card["text"]
    assert WAITING not in str(card)
    assert await playground.marks(ts) == {"ticket"}


async def test_check_mark_during_an_outage_closes_the_ticket_afterwards(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Resolved while nobody answers")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    await playground.gorgias_faults(down=True)
    await playground.react(MAYA, ts, CHECK)
    await playground.card_saying(ts, "the change follows when it does")
    (ticket,) = await playground.tickets_of(ts)
    assert ticket["status"] == "open"
    await playground.calm()
    await playground.status_of(ts, "closed")
    card = await playground.card_saying(ts, "Resolved by <@U0MAYA>")
    assert "not answering" not in str(card)


async def test_answer_that_never_comes_makes_no_second_ticket(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Gorgias thinks about this for a long time")
    await playground.gorgias_faults(lose_reply_rate=1.0)
    await playground.react(OLIVIA, ts)
    await playground.card_saying(ts, WAITING)
    await playground.calm()
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_refusals_to_go_faster_are_obeyed(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Too many calls today")
    await playground.gorgias_faults(rate_limited=True)
    await playground.react(OLIVIA, ts)
    await playground.card_saying(ts, WAITING)
    await playground.gorgias_faults(rate_limited=False)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_card_whose_posting_went_unanswered_is_not_posted_again(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Slack swallows its answer")
    await playground.slack_faults(lose_reply={"chat.postMessage": {"times": 1}})
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    await playground.card(ts)


@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.replies", "users.info"])
async def test_slack_that_fails_for_a_while_delays_the_card_only(
    playground: Playground, bot: Bot, method: str
) -> None:
    ts = await playground.say(BEN, f"{method} is shaky")
    await playground.slack_faults(
        fail={method: {"error": "internal_error", "times": 2}},
        ratelimit={method: {"retry_after": 1, "times": 1}},
    )
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_admins_hear_of_an_outage_once(playground: Playground, bot: Bot) -> None:
    before = len(await playground.direct_messages(OLIVIA))
    roots = [await playground.say(BEN, f"Outage {number}") for number in range(4)]
    await playground.gorgias_faults(down=True)
    await asyncio.gather(*(playground.react(MAYA, ts) for ts in roots))

    async def told() -> bool:
        return len(await playground.direct_messages(OLIVIA)) > before

    await eventually(told, seconds=40, what="the admin to be told")
    await playground.calm()
    for ts in roots:
        await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.direct_messages(OLIVIA)) == before + 1
    assert await playground.direct_messages(BEN) == []
