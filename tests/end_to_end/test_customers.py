"""Journeys 4, 7, 8 and 11 on imported orders: `/customer`, and the customer of a ticket."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from tests.end_to_end.playground import (
    BEN,
    BOT,
    GUS,
    MAYA,
    OLIVIA,
    ROOT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import form_of

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("bot", "imported"),
]

ORDERS_CSV = """\
number,name,email,phone,date,total
1038,Anna Jansen,anna@example.test,+447700900123,2026-01-05 10:00,40.00
1040,Anna Jansen,anna@example.test,+447700900123,2026-03-09 11:30,15.50
1041,Anna Jansen,anna@example.test,+447700900123,2026-05-11 09:15,100.00
1042,Anna Jansen,anna@example.test,+447700900123,2026-09-30 16:45,20.00
1050,John Smith,john.smith@example.test,,2026-02-01 12:00,10.00
1051,Jane Smith,jane.smith@example.test,,2026-02-02 12:00,20.00
1052,Adam Smith,adam.smith@example.test,,2026-02-03 12:00,30.00
1053,Zoe Smith,zoe.smith@example.test,,2026-02-04 12:00,40.00
"""
MAPPING = "number=number,name=name,email=email,phone=phone,placed_at=date,total=total"
FULL_ADDRESSES = ("anna@example.test", "900123", "smith@example.test")


async def regulars(bot: Bot, *arguments: str) -> tuple[int | None, str, str]:
    """Run the command line beside the bot; gives exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=ROOT,
        env=bot.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def imported(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The orders above, imported while the bot runs."""
    file = tmp_path_factory.mktemp("shop") / "orders.csv"
    file.write_text(ORDERS_CSV, encoding="utf-8")
    code, out, err = await regulars(bot, "import", str(file), "--map", MAPPING, "--json")
    assert code == 0, err
    assert json.loads(out)
    return file


async def answer(playground: Playground, user: str, command: str, text: str) -> Json:
    """Ask, and wait for what only the asker sees."""
    known = {whisper["ts"] for whisper in await playground.whispers(user)}
    await playground.command(user, command, text)

    async def heard() -> list[Json]:
        return [w for w in await playground.whispers(user) if w["ts"] not in known]

    return (await eventually(heard, what=f"an answer to {command} {text}"))[-1]


@pytest.mark.parametrize(
    "text", ["anna@example.test", "+44 7700 900123", "#1042", "1042", "Anna Jansen"]
)
async def test_customer_command_shows_the_true_figures_to_the_asker_only(
    playground: Playground, text: str
) -> None:
    public = [m["ts"] for m in await playground.messages() if not m["ephemeral"]]
    shown = await answer(playground, BEN, "/customer", text)
    words = shown["text"] + str(shown["blocks"])
    for fact in ("Anna Jansen", "anna@example.test", "£175.50", "1042", "1041", "1040"):
        assert fact in words
    assert "*Orders*\\n4" in words
    assert "1038" not in words  # only the last three
    assert "ata as of" in words
    assert shown["to"] == BEN
    assert [m["ts"] for m in await playground.messages() if not m["ephemeral"]] == public


async def test_terminal_gives_the_same_figures_as_json(bot: Bot) -> None:
    code, out, err = await regulars(bot, "ask", "/customer anna@example.test", "--json")
    assert code == 0, err
    said = json.loads(out)
    assert (said["orders"], said["spend"], said["currency"]) == (4, 175.5, "GBP")
    assert said["first_order_at"].startswith("2026-01-05")
    assert said["last_order_at"].startswith("2026-09-30")
    code, out, _ = await regulars(bot, "ask", "/customer nobody@example.test", "--json")
    assert code == 1
    code, out, _ = await regulars(bot, "ask", "/nonsense")
    assert code == 2


async def test_terminal_understands_plain_words_and_names_the_nearest_commands(bot: Bot) -> None:
    code, out, err = await regulars(bot, "ask", "what is anna@example.test worth?", "--json")
    assert (code, json.loads(out)["orders"]) == (0, 4), err
    code, out, err = await regulars(bot, "ask", "customers who fly")
    assert code == 2
    assert "Closest: /customer anna@example.com" in err


async def test_sharing_shows_first_exactly_what_the_channel_will_see(
    playground: Playground,
) -> None:
    card = await answer(playground, BEN, "/customer", "anna@example.test")
    await playground.click(BEN, card["ts"], "customer_share")

    async def previewed() -> list[Json]:
        views = (await playground.slack_state(BEN))["views"]
        return [view for view in views if view.get("submit")]

    (modal,) = await eventually(previewed, what="the preview")
    before = {m["ts"] for m in await playground.messages()}
    await playground.person("view/submit", user=BEN, view_id=modal["id"], values={})

    async def shared() -> list[Json]:
        return [
            m
            for m in await playground.messages()
            if m["ts"] not in before and m["user"] == BOT and not m["ephemeral"]
        ]

    (message,) = await eventually(shared, what="the shared card")
    assert "4 orders" in str(message)
    previewed_texts = [block["text"]["text"] for block in modal["blocks"][1:] if "text" in block]
    shared_texts = [block["text"]["text"] for block in message["blocks"] if "text" in block]
    assert shared_texts == previewed_texts
    for address in (*FULL_ADDRESSES, "Anna Jansen"):
        assert address not in str(message)


async def test_ticket_is_begun_from_the_card_with_the_customer_filled_in(
    playground: Playground,
) -> None:
    card = await answer(playground, BEN, "/customer", "#1042")
    await playground.click(BEN, card["ts"], "customer_create_ticket")
    form = await form_of(playground, BEN, "New ticket")
    (asked,) = [block for block in form["blocks"] if block["block_id"] == "customer"]
    assert asked["element"]["initial_value"] == "anna@example.test"


async def test_unknown_customer_is_told_with_the_closest(playground: Playground) -> None:
    shown = await answer(playground, BEN, "/customer", "anne@example.test")
    assert "No customer with that e-mail" in shown["text"]
    assert "Closest" in shown["text"]
    assert "anna@example.test" not in str(shown)  # a guess is masked
    assert "order number" in shown["text"]


async def test_ambiguous_customer_is_asked_for_and_the_choice_shows_the_card(
    playground: Playground,
) -> None:
    shown = await answer(playground, BEN, "/customer", "Smith")
    assert "4 customers match" in shown["text"]
    assert "None of these" in str(shown["blocks"])
    assert "smith@example.test" not in str(shown["blocks"])
    rows = [block for block in shown["blocks"] if "accessory" in block]
    assert len(rows) == 4
    await playground.click(
        BEN, shown["ts"], rows[0]["accessory"]["action_id"], block_id=rows[0]["block_id"]
    )

    async def card() -> bool:
        whispers = await playground.whispers(BEN)
        return any("smith@example.test" in str(whisper["blocks"]) for whisper in whispers)

    await eventually(card, what="the card of the one that was meant")


async def test_guest_gets_a_refusal_without_personal_data(playground: Playground) -> None:
    shown = await answer(playground, GUS, "/customer", "anna@example.test")
    for private in ("Anna", "£", "1042", "order"):
        assert private not in shown["text"]
    assert shown["to"] == GUS


@pytest.mark.parametrize(
    "text",
    [
        "Order 1042 arrived broken",
        "anna@example.test is waiting",
        "She called from +44 7700 900123",
    ],
)
async def test_ticket_knows_the_customer_named_in_the_text(
    playground: Playground, bot: Bot, text: str
) -> None:
    ts = await playground.say(MAYA, text)
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    await bot.quiet(playground)
    assert ticket["customer"]["email"] == "anna@example.test"
    card = await playground.card(ts)
    words = str(card["blocks"])
    assert "requester unknown" not in words
    assert "£20.00" in words  # the last order
    assert "Jansen" not in words
    if "anna@" not in text:
        assert "anna@example.test" not in words + card["text"]


async def test_ticket_knows_the_customer_named_in_a_reply(playground: Playground) -> None:
    ts = await playground.say(MAYA, "Somebody is furious")
    await playground.say(BEN, "That is order #1042", thread_ts=ts)
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    assert ticket["customer"]["email"] == "anna@example.test"


async def test_the_same_customer_is_made_in_gorgias_once(playground: Playground, bot: Bot) -> None:
    roots = [await playground.say(MAYA, f"Order 1053 again, {number}") for number in range(4)]
    await asyncio.gather(*(playground.react(OLIVIA, ts) for ts in roots))
    for ts in roots:
        await playground.ticket(ts)
    await bot.quiet(playground)
    found = [
        customer
        for customer in (await playground.gorgias_state())["customers"]
        if customer["email"] == "zoe.smith@example.test"
    ]
    assert len(found) == 1


async def test_open_tickets_are_counted_on_the_customers_card(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(MAYA, "Order 1052 is late")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    his = [
        ticket
        for ticket in await playground.tickets()
        if ticket["customer"] and ticket["customer"]["email"] == "adam.smith@example.test"
    ]
    shown = await answer(playground, BEN, "/customer", "adam.smith@example.test")
    assert f"{len(his)} open ticket" in shown["text"]


async def test_ticket_of_an_unknown_requester_gets_one_by_the_form(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(MAYA, "No idea who this is about")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    assert ticket["customer"] is None
    card = await playground.card_saying(ts, "requester unknown")
    await playground.click(BEN, card["ts"], "ticket_add_customer")

    async def form() -> list[Json]:
        return list((await playground.slack_state(BEN))["views"])

    (modal,) = await eventually(form, what="the form")
    (block,) = [block for block in modal["blocks"] if block["type"] == "input"]
    values = {block["block_id"]: {block["element"]["action_id"]: "nobody@example.test"}}
    refused = await playground.person("view/submit", user=BEN, view_id=modal["id"], values=values)
    assert refused["errors"]
    values[block["block_id"]][block["element"]["action_id"]] = "jane.smith@example.test"
    await playground.person("view/submit", user=BEN, view_id=modal["id"], values=values)

    async def known() -> bool:
        (found,) = await playground.tickets_of(ts)
        return bool(found["customer"]) and found["customer"]["email"] == "jane.smith@example.test"

    await eventually(known, what="the ticket to have its customer")
    await bot.quiet(playground)
    assert "requester unknown" not in str(await playground.card(ts))


async def test_ambiguous_ticket_is_filed_at_once_and_the_card_asks_who(
    playground: Playground, bot: Bot
) -> None:
    ts = await playground.say(MAYA, "john.smith@example.test or jane.smith@example.test?")
    await playground.react(OLIVIA, ts)
    ticket = await playground.ticket(ts)
    assert ticket["customer"] is None
    card = await playground.card_saying(ts, "Which one is it?")
    (select,) = [
        block["accessory"]
        for block in card["blocks"]
        if block.get("accessory", {}).get("type") == "static_select"
    ]
    labels = [option["text"]["text"] for option in select["options"]]
    assert len(labels) == 3
    assert labels[-1] == "None of these"
    wanted = select["options"][0]["value"]
    await playground.click(BEN, card["ts"], select["action_id"], value=wanted)

    async def chosen() -> bool:
        (found,) = await playground.tickets_of(ts)
        return bool(found["customer"])

    await eventually(chosen, what="the choice to reach Gorgias")
    await bot.quiet(playground)
    assert "Which one is it?" not in str(await playground.card(ts))
