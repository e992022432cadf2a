"""Journey 2: 🎫 on a message makes one ticket that holds what was said, and one card."""

import base64
import re

import httpx
import pytest

from tests.end_to_end.playground import (
    BEN,
    MAYA,
    OLIVIA,
    ORDERS,
    Bot,
    Json,
    Playground,
    eventually,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

PINGS = re.compile(r"<!(channel|here|everyone|subteam)")


def note_of(ticket: Json) -> Json:
    (note,) = ticket["messages"]
    return dict(note)


async def test_ticket_reaction_makes_one_ticket_that_holds_the_whole_thread(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Parcel arrived *broken* <b>now</b>, customer is furious @Maya")
    await playground.say(MAYA, "I saw & photographed it", thread_ts=ts)
    await playground.say(BEN, "Courier says 3 < 4 parcels", thread_ts=ts)

    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    await bot.quiet(playground)

    assert ticket["external_id"] == f"slack:T0PLAY:C0SUPPORT:{ts}"
    assert ticket["status"] == "open"
    assert ticket["customer"] is None
    assert [tag["name"] for tag in ticket["tags"]] == ["slack"]
    assert ticket["subject"].startswith("Parcel arrived *broken* <b>now</b>, customer is furious")
    html = note_of(ticket)["body_html"]
    said = ["<b>Ben Okafor", "broken", "<b>Maya Lindqvist", "I saw &amp; photo", "3 &lt; 4"]
    assert [html.index(words) for words in said] == sorted(html.index(words) for words in said)
    assert "<b>broken</b>" in html
    assert "&lt;b&gt;now&lt;/b&gt;" in html
    assert "@Maya Lindqvist" in html
    assert "U0MAYA" not in html
    assert "#support" in html
    assert f"/archives/C0SUPPORT/p{ts.replace('.', '')}" in html


async def test_card_names_the_ticket_and_offers_what_can_be_done(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "The discount code is refused")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    await bot.quiet(playground)

    card = await playground.card(ts)
    assert f"Ticket {ticket['id']}" in card["text"]
    assert "Open" in card["text"]
    buttons = [
        element["text"]["text"]
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]
    assert {"Resolve ticket", "Undo", "Add customer", "Open in Gorgias"} <= set(buttons)
    assert "requester unknown" in str(card["blocks"])
    assert "<@U0OLIVIA>" in str(card["blocks"])
    assert await playground.marks(ts) == {"ticket"}


async def test_nothing_is_sent_to_a_customer(playground: Playground) -> None:
    ts = await playground.say(BEN, "anna@example.test asks where her parcel is")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await playground.say(MAYA, "She is right, it is late", thread_ts=ts)

    async def two_notes() -> bool:
        (ticket,) = await playground.tickets_of(ts)
        return len(ticket["messages"]) == 2

    await eventually(two_notes, what="the reply to become a note")
    (ticket,) = await playground.tickets_of(ts)
    assert {message["channel"] for message in ticket["messages"]} == {"internal-note"}
    assert {message["public"] for message in ticket["messages"]} == {False}
    assert {message["from_agent"] for message in ticket["messages"]} == {True}
    assert not (await playground.gorgias_state())["emails_sent"]


async def test_admission_tickets_emoji_makes_a_ticket_too(playground: Playground) -> None:
    ts = await playground.say(BEN, "Label printer is out of paper", channel=ORDERS)
    await playground.react(MAYA, ts, "admission_tickets", channel=ORDERS)
    ticket = await playground.ticket(ts, ORDERS)
    assert ticket["subject"] == "Label printer is out of paper"


async def test_14_ticket_reaction_on_a_reply_files_the_thread(playground: Playground) -> None:
    ts = await playground.say(BEN, "Anybody seen the blue crates?")
    reply = await playground.say(MAYA, "A customer got one by mistake", thread_ts=ts)
    await playground.react(OLIVIA, reply)
    ticket = await playground.ticket(ts)
    html = note_of(ticket)["body_html"]
    assert html.index("blue crates") < html.index("by mistake")
    assert await playground.tickets_of(reply) == []


async def test_ticket_reaction_on_another_reply_finds_the_same_ticket(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(BEN, "Two parcels, one label")
    reply = await playground.say(MAYA, "Looking", thread_ts=ts)
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await playground.react(BEN, reply)
    await playground.card_saying(ts, "<@U0OLIVIA>, <@U0BEN>")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1
    await playground.card(ts)


async def test_message_of_another_app_becomes_a_ticket(playground: Playground) -> None:
    ts = await playground.say(
        "", "Order 1042 could not be charged", channel=ORDERS, as_app={"name": "Order Bot"}
    )
    await playground.react(BEN, ts, channel=ORDERS)
    ticket = await playground.ticket(ts, ORDERS)
    html = note_of(ticket)["body_html"]
    assert "<b>Order Bot</b>" in html
    assert "could not be charged" in html


async def test_files_of_the_thread_are_attached(playground: Playground) -> None:
    photo = b"\x89PNG not really, but these exact bytes"
    ts = await playground.say(
        BEN,
        "Photo of the damage",
        files=[
            {
                "name": "damage.png",
                "mimetype": "image/png",
                "content_base64": base64.b64encode(photo).decode(),
            }
        ],
    )
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    (attachment,) = note_of(ticket)["attachments"]
    assert attachment["name"] == "damage.png"
    async with httpx.AsyncClient() as http:
        key = attachment["url"].split("/")[-2]
        copy = await http.get(f"{playground.gorgias_url}/play/gorgias/files/{key}")
    assert copy.content == photo


async def test_later_reply_becomes_an_internal_note_by_its_author(playground: Playground) -> None:
    ts = await playground.say(BEN, "Wrong size delivered")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await playground.say(MAYA, "Customer wants `XL` instead", thread_ts=ts)

    async def noted() -> bool:
        (ticket,) = await playground.tickets_of(ts)
        return len(ticket["messages"]) == 2

    await eventually(noted, what="the note")
    (ticket,) = await playground.tickets_of(ts)
    note = ticket["messages"][1]
    assert "<b>Maya Lindqvist</b>" in note["body_html"]
    assert "<code>XL</code>" in note["body_html"]
    assert note["external_id"].startswith(ticket["external_id"])


async def test_reactions_on_the_card_act_on_its_ticket(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Card test: the kettle leaks")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    card = await playground.card(ts)
    await playground.react(BEN, card["ts"])
    await playground.card_saying(ts, "<@U0OLIVIA>, <@U0BEN>")
    await playground.react(MAYA, card["ts"], "white_check_mark")
    await playground.status_of(ts, "closed")
    await bot.quiet(playground)
    assert await playground.tickets_of(card["ts"]) == []
    assert len(await playground.tickets_of(ts)) == 1


async def test_ticket_closes_by_its_link_and_never_by_a_number_in_the_text(
    playground: Playground, bot: Bot
) -> None:
    other = await playground.say(BEN, "Some other trouble")
    await playground.react(BEN, other)
    other_ticket = await playground.ticket(other)
    ts = await playground.say(BEN, f"About ticket #{other_ticket['id']} and #1002")
    await playground.react(BEN, ts)
    await playground.ticket(ts)
    await playground.react(OLIVIA, ts, "white_check_mark")
    await playground.status_of(ts, "closed")
    await bot.quiet(playground)
    (untouched,) = await playground.tickets_of(other)
    assert untouched["status"] == "open"


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <!here> <!subteam^S0SUPPORT> everything is broken",
        "&lt;!channel&gt; &lt;@U0BEN&gt; typed by hand",
    ],
)
async def test_relayed_text_pings_nobody(playground: Playground, bot: Bot, text: str) -> None:
    ts = await playground.say(BEN, text, raw=True)
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    card = await playground.card(ts)
    assert not PINGS.search(card["text"])
    assert not PINGS.search(str(card["blocks"]))
    assert "<@U0BEN>" not in card["text"]


async def test_long_text_gets_a_short_subject_and_a_whole_body(playground: Playground) -> None:
    ts = await playground.say(BEN, "word " * 2_000 + "the very end")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    assert len(ticket["subject"]) <= 80
    assert "the very end" in note_of(ticket)["body_html"]


async def test_message_without_words_gets_a_subject_a_person_would_write(
    playground: Playground,
) -> None:
    ts = await playground.say(BEN, ":fire::fire:")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    assert ticket["subject"] == "Message from Ben Okafor in #support"
