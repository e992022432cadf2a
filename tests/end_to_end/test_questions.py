"""Commands, mentions and direct messages: the same questions, answered to who asked only."""

import asyncio

import pytest

from tests.end_to_end.playground import BEN, GUS, MAYA, OLIVIA, SUPPORT, Bot, Playground
from tests.end_to_end.surfaces import ask, buttons, direct, heard

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]


async def direct_room(playground: Playground, user: str) -> str:
    await playground.person("home", user=user)  # opening the tab opens the conversation
    state = await playground.slack_state(user)
    return next(str(c["id"]) for c in state["channels"] if c["is_im"])


async def test_help_is_in_the_askers_words(playground: Playground) -> None:
    assert "as an admin" in str(await ask(playground, OLIVIA, "/regulars", "", "What you can do"))
    assert "as an admin" not in str(
        await ask(playground, BEN, "/regulars", "help", "What you can do")
    )
    await ask(playground, GUS, "/regulars", "help", "You are not in it")


@pytest.mark.parametrize("text", ["help", "\u200b", "?"])
@pytest.mark.parametrize("command", ["/customer", "/tickets"])
async def test_every_command_helps(playground: Playground, command: str, text: str) -> None:
    await ask(playground, BEN, command, text, f"Type {command} and")


async def test_status_is_the_self_check(playground: Playground) -> None:
    await ask(playground, BEN, "/regulars", "status", "✔ Gorgias login: accepted.")
    await ask(playground, GUS, "/regulars", "status", "Only the support team")


async def test_my_tickets_are_listed_and_resolved_from_the_list(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(MAYA, "Listed: the kettle leaks & hisses <loudly>")
    await playground.react(MAYA, ts)
    ticket = await playground.ticket(ts)
    answer = await ask(playground, MAYA, "/tickets", "mine", f"Ticket {ticket['id']}")
    assert "kettle leaks &amp; hisses &lt;loudly&gt;" in str(answer["blocks"])
    assert "Resolve ticket" in buttons(answer["blocks"])
    await playground.person(
        "click",
        user=MAYA,
        channel=SUPPORT,
        ts=answer["ts"],
        action_id="work_resolve",
        block_id=next(b["block_id"] for b in answer["blocks"] if b.get("accessory")),
    )
    await heard(playground, MAYA, "Saved. The card of the ticket says", after=answer["ts"])
    await playground.card_saying(ts, "Resolved by <@U0MAYA>")
    await playground.status_of(ts, "closed")
    await bot.quiet(playground)


async def test_one_ticket_is_shown_with_the_way_to_its_thread(playground: Playground) -> None:
    ts = await playground.say(BEN, "Shown by its number")
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    answer = await ask(playground, BEN, "/tickets", str(ticket["id"]), "Shown by its number")
    assert {"Resolve ticket", "Open in Gorgias"} <= buttons(answer["blocks"])
    assert f"/archives/C0SUPPORT/p{ts.replace('.', '')}" in str(answer["blocks"])
    await ask(playground, BEN, "/tickets", "999999", "Ticket 999999 was not made from Slack")


async def test_queue_lists_what_waits_during_an_outage(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Queued: the printer jams")
    await playground.gorgias_faults(down=True)
    await playground.react(BEN, ts)
    await playground.card_saying(ts, "Gorgias is not answering")
    answer = await ask(playground, BEN, "/tickets", "queue", "Queued: the printer jams")
    assert "nobody needs to repeat anything" in str(answer)
    await playground.gorgias_faults(down=False)
    await playground.ticket(ts)
    await bot.quiet(playground)
    await ask(playground, BEN, "/tickets", "queue", "Nothing waits for Gorgias")


async def refused(playground: Playground, text: str) -> str:
    """File a message that Gorgias refuses for good, while other tickets may be followed."""
    ts = await playground.say(BEN, text)
    await playground.gorgias_faults(read_only=True)
    await playground.react(BEN, ts)
    await playground.card_saying(ts, "No ticket was made")
    await playground.gorgias_faults(read_only=False)
    return ts


async def test_admin_retries_what_gorgias_refused(playground: Playground, bot: Bot) -> None:
    ts = await refused(playground, "Refused at first")
    answer = await ask(playground, BEN, "/tickets", "queue", "Refused at first")
    assert "Retry" not in buttons(answer["blocks"])
    answer = await ask(playground, OLIVIA, "/tickets", "queue", "Refused at first")
    assert {"Retry", "Discard"} <= buttons(answer["blocks"])
    await playground.click(OLIVIA, answer["ts"], "work_retry")
    await heard(playground, OLIVIA, "tried again now")
    await playground.card_saying(ts, "Ticket")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_admin_discards_after_reading_the_consequence(
    playground: Playground, bot: Bot
) -> None:
    ts = await refused(playground, "Refused for good")
    answer = await ask(playground, OLIVIA, "/tickets", "queue", "Refused for good")
    (element,) = [
        element
        for block in answer["blocks"]
        for element in block.get("elements") or ()
        if element.get("action_id") == "work_discard"
    ]
    assert "will never reach Gorgias" in element["confirm"]["text"]["text"]
    await asyncio.gather(
        playground.click(OLIVIA, answer["ts"], "work_discard"),
        playground.click(OLIVIA, answer["ts"], "work_discard"),
        return_exceptions=True,
    )
    await heard(playground, OLIVIA, "discarded")
    await bot.quiet(playground)
    assert await playground.tickets_of(ts) == []


async def test_mention_is_answered_once_and_to_the_asker_only(
    playground: Playground, bot: Bot
) -> None:
    known = len(await playground.whispers(BEN))
    others = await playground.whispers(MAYA)
    await playground.slack_faults(deliver_times=2)
    await playground.say(BEN, "@Regulars what can you do?")
    await heard(playground, BEN, "What you can do")
    await bot.quiet(playground)
    assert len(await playground.whispers(BEN)) == known + 1
    assert await playground.whispers(MAYA) == others


async def test_mention_that_is_not_understood_gets_the_nearest_commands(
    playground: Playground,
) -> None:
    ts = await playground.say(BEN, "@Regulars show tikets that are urgnt <!channel>")
    told = await heard(playground, BEN, "I did not understand", after=ts)
    assert "/tickets urgent" in told["text"]
    assert "<!channel>" not in str(told["blocks"])


async def test_direct_message_is_answered_in_plain_words(playground: Playground) -> None:
    room = await direct_room(playground, BEN)
    ts = await playground.say(BEN, "who is nobody@example.test?", channel=room)
    told = await direct(playground, BEN, "No customer", after=ts)
    assert not told["ephemeral"]
    ts = await playground.say(BEN, "what waits?", channel=room)
    await direct(playground, BEN, "Gorgias", after=ts)
    ts = await playground.say(BEN, "the coffee machine leaks", channel=room)
    await direct(playground, BEN, "I did not understand", after=ts)


async def test_guest_who_asks_directly_learns_nothing(playground: Playground) -> None:
    room = await direct_room(playground, GUS)
    ts = await playground.say(GUS, "who is anna@example.test?", channel=room)
    told = await direct(playground, GUS, "Only the support team", after=ts)
    assert "anna" not in told["text"]


async def test_bot_does_not_answer_itself(playground: Playground, bot: Bot) -> None:
    room = await direct_room(playground, MAYA)
    ts = await playground.say(MAYA, "help", channel=room)
    await direct(playground, MAYA, "What you can do", after=ts)
    await bot.quiet(playground)
    later = [m for m in await playground.direct_messages(MAYA) if m["ts"] > ts]
    assert len(later) == 1
