"""What a channel does differently: its emoji and tags, and the question of journey 13."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.end_to_end.playground import (
    BEN,
    BOT,
    GUS,
    MAYA,
    OLIVIA,
    ORDERS,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import ask, form_of, heard

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

CHECK = "white_check_mark"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulators(database_url: str) -> AsyncIterator[Playground]:  # noqa: ARG001 - a pair each
    """A pair for each database: who was asked today is kept there."""
    playground = await Playground.start()
    yield playground
    await playground.stop()


async def settings_form(playground: Playground, channel: str) -> Json:
    await playground.command(OLIVIA, "/regulars", "settings", channel)
    return await form_of(playground, OLIVIA, channel)


async def save(playground: Playground, form: Json, *, triage: bool = False, **typed: str) -> Json:
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "is_triage"}
    values: Json = {block_id: {"value": text} for block_id, text in typed.items()}
    values["triage"] = {"value": [option["value"]] if triage else []}
    return await playground.person("view/submit", user=OLIVIA, view_id=form["id"], values=values)


async def spoken(playground: Playground) -> list[str]:
    """What everybody in the channel sees."""
    return [m["ts"] for m in await playground.messages() if not m["ephemeral"]]


async def close(playground: Playground, form: Json) -> None:
    await playground.person("view/close", user=OLIVIA, view_id=form["id"])


async def test_renamed_emoji_and_tags_hold_at_once_in_this_channel_only(
    playground: Playground, bot: Bot
) -> None:
    form = await settings_form(playground, ORDERS)
    await save(playground, form, ticket=":sos:", tags="wholesale, b2b")
    said = await form_of(playground, OLIVIA, "Saved. In")
    assert ":sos: files" in str(said)
    await close(playground, said)

    ts = await playground.say(BEN, "Pallet is short by two", channel=ORDERS)
    await playground.react(MAYA, ts, "ticket", channel=ORDERS)
    await bot.quiet(playground)
    assert await playground.tickets_of(ts, ORDERS) == []
    await playground.react(MAYA, ts, "sos", channel=ORDERS)
    ticket = await playground.ticket(ts, ORDERS)
    assert {tag["name"] for tag in ticket["tags"]} >= {"slack", "wholesale", "b2b"}
    marks = await eventually(lambda: playground.marks(ts, ORDERS), what="our mark")
    assert marks == {"sos"}

    other = await playground.say(BEN, "Elsewhere all is as it was")
    await playground.react(MAYA, other)
    ticket = await playground.ticket(other)
    assert "b2b" not in {tag["name"] for tag in ticket["tags"]}

    form = await settings_form(playground, ORDERS)
    assert ":sos:" in str(form)
    await save(playground, form, ticket="", tags="")
    await close(playground, await form_of(playground, OLIVIA, "Saved. In"))
    await playground.unreact(MAYA, ts, "sos", channel=ORDERS)  # means what it meant when put
    await playground.card_saying(ts, "Withdrawn by <@U0MAYA>", ORDERS)


async def test_what_is_no_emoji_or_means_two_things_is_said_beside_its_field(
    playground: Playground,
) -> None:
    form = await settings_form(playground, ORDERS)
    answer = await save(playground, form, ticket="🎫", tags=",".join(f"t{n}" for n in range(11)))
    assert "is not an emoji's name" in answer["errors"]["ticket"]
    assert "At most 10 tags" in answer["errors"]["tags"]
    answer = await save(playground, form, ticket=":eyes:", tags="")
    assert ":eyes: would mean two things" in answer["errors"]["ticket"]
    await close(playground, form)


async def test_only_admins_may_open_a_channels_settings(playground: Playground) -> None:
    await ask(playground, BEN, "/regulars", "settings", "Only admins may change")


async def test_check_mark_in_a_triage_channel_asks_its_author_alone_once_a_day(
    playground: Playground, bot: Bot
) -> None:
    form = await settings_form(playground, SUPPORT)
    await save(playground, form, triage=True)
    await close(playground, await form_of(playground, OLIVIA, "Saved. In"))

    ts = await playground.say(BEN, "Sorted with the customer on the phone")
    before = await spoken(playground)
    await playground.react(GUS, ts, CHECK)  # a guest is not asked
    await playground.react(MAYA, ts, CHECK)
    asked = await heard(playground, MAYA, "No ticket here. Create and resolve?")
    assert await spoken(playground) == before
    again = await playground.say(BEN, "And this one too")
    await playground.react(MAYA, again, CHECK)
    await bot.quiet(playground)
    questions = [m for m in await playground.whispers(MAYA) if "Create and resolve" in m["text"]]
    assert len(questions) == 1
    assert not [m for m in await playground.whispers(GUS) if "Create and resolve" in m["text"]]

    for _ in range(2):
        await playground.click(MAYA, asked["ts"], "ticket_create_and_resolve")
    await playground.card_saying(ts, "Resolved by <@U0MAYA>")
    await bot.quiet(playground)
    (ticket,) = await playground.tickets_of(ts)
    assert ticket["status"] == "closed"
    await playground.unreact(MAYA, ts, CHECK)
    await playground.card_saying(ts, "Re-opened by <@U0MAYA>")
    assert await playground.tickets_of(again) == []


async def test_check_mark_on_a_reply_or_on_our_own_words_asks_nothing(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(MAYA, "A thread about lunch")
    reply = await playground.say(MAYA, "Noon?", thread_ts=ts)
    await playground.react(BEN, reply, CHECK)
    hello = next((m["ts"] for m in await playground.messages() if m["user"] == BOT), None)
    if hello:
        await playground.react(BEN, hello, CHECK)
    await bot.quiet(playground)
    assert not [m for m in await playground.whispers(BEN) if "Create and resolve" in m["text"]]


async def test_invitation_is_asked_for_once_a_day_and_channel(
    playground: Playground, bot: Bot
) -> None:
    await playground.slack_faults(fail={"conversations.replies": {"error": "not_in_channel"}})
    for number in range(3):
        ts = await playground.say(BEN, f"Cannot be read {number}", channel=ORDERS)
        await playground.react(BEN, ts, channel=ORDERS)
    await bot.quiet(playground)
    told = await playground.whispers(BEN, ORDERS)
    assert len([m for m in told if "/invite @regulars" in m["text"]]) == 1
