"""The forms: a new ticket from nothing, and who a customer is."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.end_to_end.playground import BEN, GUS, SUPPORT, Bot, Json, Playground
from tests.end_to_end.surfaces import direct, form_of, submit

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulators(database_url: str) -> AsyncIterator[Playground]:  # noqa: ARG001 - see below
    """A pair for each database: a new ticket is found by its words, which both would share."""
    playground = await Playground.start()
    yield playground
    await playground.stop()


async def open_form(playground: Playground, user: str, callback_id: str, words: str) -> Json:
    await playground.person("shortcut", user=user, callback_id=callback_id)
    return await form_of(playground, user, words)


async def tickets_named(playground: Playground, subject: str) -> list[Json]:
    return [each for each in await playground.tickets() if each["subject"] == subject]


async def test_new_ticket_is_made_with_everything_the_form_says(
    playground: Playground, bot: Bot
) -> None:
    form = await open_form(playground, BEN, "new_ticket", "First message")
    answer = await submit(
        playground,
        BEN,
        form,
        subject="Phone call: <b>wrong</b> & broken",
        message="She called at 9.\n<!channel> 3 < 4 & *bold*",
        tags="phone, vip ,, phone",
        priority="high",
    )
    assert answer["response_action"] is None
    told = await direct(playground, BEN, "Phone call")
    await bot.quiet(playground)
    assert "<!channel>" not in str(told)
    (ticket,) = await tickets_named(playground, "Phone call: <b>wrong</b> & broken")
    assert ticket["priority"] == "high"
    assert {tag["name"] for tag in ticket["tags"]} == {"slack", "phone", "vip"}
    (note,) = ticket["messages"]
    assert note["channel"] == "internal-note"
    assert "&lt;!channel&gt; 3 &lt; 4 &amp; <b>bold</b>" in note["body_html"]
    assert "Reported from Slack by Ben Okafor in the New ticket form" in note["body_text"]


async def test_card_of_a_new_ticket_lives_in_the_direct_message_and_works(
    playground: Playground, bot: Bot
) -> None:
    form = await open_form(playground, BEN, "new_ticket", "First message")
    await submit(playground, BEN, form, subject="Resolve me here", message="Now")
    card = await direct(playground, BEN, "Resolve me here")
    state = await playground.slack_state(BEN)
    room = next(c["id"] for c in state["channels"] if c["is_im"])
    await playground.click(BEN, card["ts"], "ticket_resolve", channel=room)
    await direct(playground, BEN, "Resolved by")
    await bot.quiet(playground)
    (ticket,) = await tickets_named(playground, "Resolve me here")
    assert ticket["status"] == "closed"


@pytest.mark.parametrize("blank", ["\u200b\u200c\u2060", "\u200e\u200f", " \u00a0\u3000", "\u3164"])
async def test_8_required_field_of_only_invisible_marks_is_an_error_beside_it(
    playground: Playground, bot: Bot, blank: str
) -> None:
    before = len(await playground.tickets())
    form = await open_form(playground, BEN, "new_ticket", "First message")
    answer = await submit(playground, BEN, form, subject=blank, message=blank)
    assert answer["errors"] == {
        "subject": "Say in a few words what it is about.",
        "message": "Write what happened.",
    }
    await form_of(playground, BEN, "First message")  # it stays open
    await bot.quiet(playground)
    assert len(await playground.tickets()) == before


async def test_unknown_customer_and_too_many_tags_are_errors_beside_their_fields(
    playground: Playground,
) -> None:
    form = await open_form(playground, BEN, "new_ticket", "First message")
    typed = {"subject": "Fine", "message": "Fine"}
    answer = await submit(playground, BEN, form, **typed, customer="nobody@example.test")
    assert set(answer["errors"]) == {"customer"}
    assert "No customer" in answer["errors"]["customer"]
    tags = ",".join(f"tag{number}" for number in range(11))
    answer = await submit(playground, BEN, form, **typed, customer="", tags=tags)
    assert set(answer["errors"]) == {"tags"}
    assert await tickets_named(playground, "Fine") == []


async def test_10_form_sent_twice_within_a_moment_makes_one_ticket(
    playground: Playground, bot: Bot
) -> None:
    form = await open_form(playground, BEN, "new_ticket", "First message")
    typed = {"subject": "Sent twice", "message": "Once is enough"}
    await asyncio.gather(
        submit(playground, BEN, form, **typed),
        submit(playground, BEN, form, **typed),
    )
    await direct(playground, BEN, "Sent twice")
    await bot.quiet(playground)
    assert len(await tickets_named(playground, "Sent twice")) == 1


async def test_guest_is_told_in_the_form_and_nothing_is_made(
    playground: Playground, bot: Bot
) -> None:
    form = await open_form(playground, GUS, "new_ticket", "First message")
    answer = await submit(playground, GUS, form, subject="From a guest", message="Please")
    assert "Only full members" in answer["errors"]["subject"]
    await bot.quiet(playground)
    assert await tickets_named(playground, "From a guest") == []


@pytest.mark.parametrize("callback_id", ["new_ticket", "look_up_customer"])
async def test_10_form_that_could_not_open_in_time_is_explained_directly(
    playground: Playground, callback_id: str
) -> None:
    told = await playground.direct_messages(BEN)
    after = max((each["ts"] for each in told), default="")
    await playground.slack_faults(fail={"views.open": {"error": "expired_trigger_id", "times": 1}})
    await playground.person("shortcut", user=BEN, callback_id=callback_id)
    await direct(playground, BEN, "The form could not open", after=after)


async def test_look_up_puts_a_miss_right_in_the_form(playground: Playground) -> None:
    form = await open_form(playground, BEN, "look_up_customer", "Who is it?")
    answer = await submit(playground, BEN, form, customer="nobody@example.test")
    assert "No customer" in answer["errors"]["customer"]
    answer = await submit(playground, BEN, form, customer="\u200b")
    assert "Type an e-mail" in answer["errors"]["customer"]


async def test_message_that_names_nobody_asks_who_it_is(playground: Playground) -> None:
    ts = await playground.say(BEN, "Somebody is unhappy")
    await playground.person(
        "shortcut",
        user=BEN,
        callback_id="look_up_customer_in_message",
        channel=SUPPORT,
        ts=ts,
    )
    await form_of(playground, BEN, "This message names no customer I know.")


async def test_guest_may_not_look_anybody_up(playground: Playground) -> None:
    ts = await playground.say(BEN, "anna@example.test is unhappy")
    await playground.person(
        "shortcut",
        user=GUS,
        callback_id="look_up_customer_in_message",
        channel=SUPPORT,
        ts=ts,
    )
    form = await form_of(playground, GUS, "Only the support team")
    assert "anna" not in str(form["blocks"])


async def test_new_ticket_outlasts_an_outage_of_the_helpdesk(
    playground: Playground, bot: Bot
) -> None:
    await playground.gorgias_faults(down=True)
    form = await open_form(playground, BEN, "new_ticket", "First message")
    await submit(playground, BEN, form, subject="During the outage", message="Saved")
    await direct(playground, BEN, "Gorgias is not answering")
    await playground.gorgias_faults(down=False)
    await direct(playground, BEN, "During the outage")
    await bot.quiet(playground)
    assert len(await tickets_named(playground, "During the outage")) == 1
