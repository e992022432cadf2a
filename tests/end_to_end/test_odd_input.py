"""The bad inputs of our reliability notes that people can type into Slack, by their numbers.

Each gets one clear sentence or the right result; nothing is half done. Tests elsewhere that are
named by their number too: 8, 10 and 11 of forms, 13, 14, 17 and 18 of tickets and people, 21 to 26
of imports.
"""

import asyncio
import base64
import re

import pytest

from tests.end_to_end.playground import (
    BEN,
    MAYA,
    OLIVIA,
    ORDERS,
    VIP,
    Bot,
    Json,
    Playground,
)
from tests.end_to_end.surfaces import ask, direct, heard

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

COMMANDS = ("/customer", "/tickets", "/regulars")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "text", ["", "   ", "\u200b\u200b"], ids=["nothing", "blanks", "invisible"]
)
async def test_1_empty_text_shows_help(playground: Playground, command: str, text: str) -> None:
    answer = await ask(playground, BEN, command, text, f"{command}")
    assert answer["ephemeral"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("length", "said"), [(3_001, "3,001"), (40_000, "40,000")])
async def test_2_too_long_text_says_by_how_much(
    playground: Playground, command: str, length: int, said: str
) -> None:
    text = ("abcd " * 10_000)[: length - 1] + "x"
    await ask(playground, BEN, command, text, f"That is too long ({said}; limit 3,000).")


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        ("/tickets", "\u2014help", "Type /tickets and"),
        ("/tickets", "\u00a0open\u00a0", "open"),
        ("/tickets", "\u2003queue", "Gorgias"),
        ("/customer", "\u201cnobody@example.test\u201d", "No customer"),
    ],
)
async def test_3_what_phones_make_of_quotes_dashes_and_blanks_is_understood(
    playground: Playground, command: str, text: str, words: str
) -> None:
    await ask(playground, BEN, command, text, words)


@pytest.mark.parametrize(
    "text", ["1_0", "0x10", "\u0661\u0660", "\uff11\uff10", "1e3", "-1", "1e400", "1.5"]
)
async def test_4_only_plain_decimal_digits_are_a_number(playground: Playground, text: str) -> None:
    await ask(playground, BEN, "/tickets", text, "A ticket number is written in plain digits")


@pytest.mark.parametrize("text", ["0", str(2**63), "9" * 2_900])
async def test_5_number_out_of_range_names_the_range(playground: Playground, text: str) -> None:
    await ask(playground, BEN, "/tickets", text, "must be between 1 and 999,999,999,999")


@pytest.mark.parametrize(
    ("command", "text", "suggestion"),
    [("/tickets", "urgnt", "/tickets urgent"), ("/regulars", "statsu", "/regulars status")],
)
async def test_6_near_miss_gets_a_suggestion_and_does_nothing(
    playground: Playground, command: str, text: str, suggestion: str
) -> None:
    told = await ask(playground, BEN, command, text, "so nothing was done")
    assert f"Did you mean {suggestion}?" in told["text"]


@pytest.mark.parametrize(
    "text", ["@Maya Lindqvist", "#support", "<b>&amp;</b>", "<!channel>", "nobody@example.test"]
)
async def test_7_slack_markup_is_read_and_shown_back_escaped(
    playground: Playground, text: str
) -> None:
    told = await ask(playground, BEN, "/customer", text, "No customer")
    assert "<!channel" not in told["text"]
    assert "<b>" not in told["text"]
    assert "<@U0MAYA" not in told["text"]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ("2026-02-30", "“2026-02-30” is not a day."),
        ("2026-12-05..2026-12-01", "ends before it starts"),
    ],
)
async def test_9_day_that_does_not_exist_or_an_end_before_its_start_is_named(
    playground: Playground, days: str, words: str
) -> None:
    await ask(playground, BEN, "/forecast", f"revenue 8w promo {days}", words)


async def test_12_long_list_is_paged_and_never_refused_by_slack(
    playground: Playground, bot: Bot
) -> None:
    said = [
        await playground.say(BEN, f"{number} " + "\U0001f469\u200d\U0001f467" * 900, channel=ORDERS)
        for number in range(12)
    ]
    await asyncio.gather(*(playground.react(MAYA, ts, channel=ORDERS) for ts in said))
    await bot.quiet(playground, seconds=60)
    answer = await ask(playground, MAYA, "/tickets", "mine", "Show")
    assert len(answer["blocks"]) <= 50
    await playground.click(MAYA, answer["ts"], "work_show_more")
    second = await heard(playground, MAYA, "tickets of yours")
    assert len(second["blocks"]) <= 50


async def test_15_message_the_bot_cannot_see_gets_a_hint_to_invite_it(
    playground: Playground, bot: Bot
) -> None:
    await playground.person("member", channel=VIP, user="U0BOT", **{"in": False})
    ts = await playground.say(BEN, "Hidden from the bot", channel=VIP)
    told = await playground.direct_messages(BEN)
    after = max((each["ts"] for each in told), default="")
    await playground.person("shortcut", user=BEN, callback_id="create_ticket", channel=VIP, ts=ts)
    await direct(playground, BEN, "/invite @regulars", after=after)
    await bot.quiet(playground)
    assert await playground.tickets_of(ts, VIP) == []


async def test_16_bots_own_message_becomes_no_ticket(playground: Playground, bot: Bot) -> None:
    await playground.person("member", channel=VIP, user="U0BOT", **{"in": False})
    await bot.quiet(playground)
    await playground.person("member", channel=VIP, user="U0BOT", **{"in": True})
    await bot.quiet(playground)
    own = [m for m in await playground.messages(VIP) if m["user"] == "U0BOT" and m["text"]][-1]
    before = len(await playground.tickets())
    await playground.react(BEN, own["ts"], channel=VIP)
    await bot.quiet(playground)
    await playground.person(
        "shortcut", user=BEN, callback_id="create_ticket", channel=VIP, ts=own["ts"]
    )
    await heard(playground, BEN, "That message is my own", VIP)
    await bot.quiet(playground)
    assert len(await playground.tickets()) == before


@pytest.mark.parametrize("name", ["thumbsup", "tada", "ok_hand"])
async def test_19_emoji_that_mean_nothing_to_us_are_ignored(
    playground: Playground, bot: Bot, name: str
) -> None:
    ts = await playground.say(BEN, f"Only a {name}")
    await playground.react(MAYA, ts, name)
    await bot.quiet(playground)
    assert await playground.tickets_of(ts) == []


def attached(name: str) -> Json:
    content = base64.b64encode(b"%PDF-1.4 ...").decode()
    return {"name": name, "mimetype": "application/pdf", "content_base64": content}


async def test_20_message_with_only_a_file_gets_a_subject(playground: Playground) -> None:
    ts = await playground.say(BEN, "", files=[attached("invoice.pdf")])
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    assert ticket["subject"] == "Files from Ben Okafor: invoice.pdf"


@pytest.mark.parametrize("middle", ["and so on " * 3_990, "x" * 39_900], ids=["words", "one word"])
async def test_20_forty_thousand_characters_are_kept_whole(
    playground: Playground, middle: str
) -> None:
    ts = await playground.say(BEN, f"Long story. {middle} THE END", raw=True)
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    assert ticket["subject"].startswith("Long story.")
    assert len(ticket["subject"]) <= 80
    assert "THE END" in ticket["messages"][0]["body_text"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..\\..\\etc\\passwd", "etc_passwd"),
        ("CON.csv", "CON.csv"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\r\nContent-Type: b", "aContent-Type: b"),
        ("\U0001f4ce\U0001f600.pdf", "\U0001f4ce\U0001f600.pdf"),
        ("\u200b", "file"),
    ],
    ids=["path", "device", "reversed", "header", "emoji", "invisible"],
)
async def test_41_name_of_a_file_is_cleaned_before_anybody_sees_it(
    playground: Playground, name: str, shown: str
) -> None:
    ts = await playground.say(BEN, "A file with an odd name", files=[attached(name)])
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    (attachment,) = ticket["messages"][0]["attachments"]
    assert attachment["name"] == shown


async def test_41_very_long_name_of_a_file_keeps_its_ending(playground: Playground) -> None:
    ts = await playground.say(BEN, "A long name", files=[attached("x" * 300 + ".pdf")])
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    (attachment,) = ticket["messages"][0]["attachments"]
    assert len(attachment["name"]) == 150
    assert attachment["name"].endswith(".pdf")


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <!here> <!everyone> <!subteam^S0SUPPORT> <@U0MAYA>",
        "<https://evil.test|bank.test> ```fence``` *_~noise~_*",
        "&lt;!here&gt; @here @channel",
    ],
)
async def test_42_relayed_text_notifies_nobody_and_disguises_no_link(
    playground: Playground, bot: Bot, text: str
) -> None:
    ts = await playground.say(BEN, text, raw=True)
    await playground.react(MAYA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    answer = await ask(playground, MAYA, "/tickets", "mine", "tickets of yours")
    for shown in (str(await playground.card(ts)), str(answer)):
        assert not re.search(r"<!(channel|here|everyone|subteam)", shown)
        assert "<https://evil.test" not in shown
    (ticket,) = await playground.tickets_of(ts)
    body = ticket["messages"][0]["body_html"]
    assert "bank.test" not in body or "https://evil.test" in body


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u0631\u062d\u0628\u0627 " * 40,
        "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e" * 90,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 90 + " family",
        "\u76f4\u9aa8\u6d77 " * 60,
    ],
    ids=["right-to-left", "combining", "family", "han"],
)
async def test_43_text_is_cut_between_what_people_see_as_characters(
    playground: Playground, text: str
) -> None:
    ts = await playground.say(OLIVIA, text)
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    subject = ticket["subject"].rstrip("\u2026")
    assert subject
    assert not subject.endswith("\u200d")
    assert "\ufffd" not in subject


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a> javascript:alert(1)",
        "<table><tr><td><table>",
    ],
)
async def test_44_html_arrives_as_inert_text(playground: Playground, text: str) -> None:
    ts = await playground.say(BEN, text)
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    body = ticket["messages"][0]["body_html"]
    assert not re.search(r"<(script|img|table)|href=.javascript", body)
    assert "&lt;" in body
