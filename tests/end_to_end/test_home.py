"""Journey 1: install and self-check, on the Home tab and on the command line."""

import asyncio
import json
import sys

import pytest

from tests.end_to_end.playground import BEN, GUS, OLIVIA, Bot, Playground
from tests.end_to_end.surfaces import buttons, direct, home_of, open_home, press

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

SECRETS = ("xoxb-playground", "xapp-playground", "playground-key")


async def doctor(bot: Bot, *options: str) -> tuple[int | None, str]:
    """Run `regulars doctor` as an operator would, beside the running bot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "doctor",
        *options,
        cwd=bot.environment["DATA_DIR"],
        env=bot.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_home_tab_of_an_admin_shows_the_checklist_and_every_section(
    playground: Playground,
) -> None:
    home = await open_home(playground, OLIVIA, "Set-up")
    text = str(home["blocks"])
    assert len(home["blocks"]) <= 100
    for name in ("Slack scopes", "Gorgias login", "Database", "Channels", "Emoji"):
        assert f"✔ {name}" in text
    assert "Colleague 0, Colleague 1" in text  # the crowd has no Gorgias users
    assert "✘ Data age: no orders have been imported yet" in text
    assert "regulars import orders.csv" in text
    assert "*I am in* #orders, #shared-acme, #support" in text
    assert "*I am not in* #random" in text
    assert {"Send a test ticket", "New ticket", "Look up customer", "Look again"} <= buttons(
        home["blocks"]
    )
    assert not any(secret in text for secret in SECRETS)


async def test_doctor_says_the_same_sentences_as_the_home_tab(
    playground: Playground, bot: Bot
) -> None:
    home = str((await open_home(playground, OLIVIA, "Set-up"))["blocks"])
    code, output = await doctor(bot)
    assert code == 1  # no data yet
    assert len(output.splitlines()) == 7
    for line in output.splitlines():
        assert line.replace("&", "&amp;").replace(">", "&gt;") in home
    assert not any(secret in output for secret in SECRETS)
    _, as_json = await doctor(bot, "--json")
    assert [each["ok"] for each in json.loads(as_json)["checks"]].count(False) == 2


async def test_first_visit_is_onboarding_and_later_ones_are_not(playground: Playground) -> None:
    first = await open_home(playground, "U0MAYA")
    if "Welcome to Regulars" not in str(first["blocks"]):  # the other database came before
        return
    second = await open_home(playground, "U0MAYA", "Your tickets")
    assert "Welcome to Regulars" not in str(second["blocks"])


async def test_agent_sees_work_but_neither_set_up_nor_test_ticket(playground: Playground) -> None:
    home = await open_home(playground, BEN, "Your tickets")
    assert "Send a test ticket" not in buttons(home["blocks"])
    assert "Slack scopes" not in str(home["blocks"])


async def test_guest_finds_only_how_to_ask(playground: Playground) -> None:
    home = await open_home(playground, GUS, "You are not in it")
    assert buttons(home["blocks"]) == set()


async def test_test_ticket_is_made_tagged_and_closed_once_per_double_click(
    playground: Playground, bot: Bot
) -> None:
    before = {ticket["id"] for ticket in await playground.tickets()}
    home = await open_home(playground, OLIVIA, "Send a test ticket")
    await asyncio.gather(
        press(playground, OLIVIA, home, "home_send_test_ticket"),
        press(playground, OLIVIA, home, "home_send_test_ticket"),
    )
    await home_of(playground, OLIVIA, "A test ticket is on its way")
    await direct(playground, OLIVIA, "Resolved by")
    await bot.quiet(playground)
    made = [ticket for ticket in await playground.tickets() if ticket["id"] not in before]
    (ticket,) = made
    assert ticket["status"] == "closed"
    assert {tag["name"] for tag in ticket["tags"]} == {"slack", "regulars-test"}
    assert ticket["subject"] == "Test ticket from Regulars"
    assert "in the Home tab" in ticket["messages"][0]["body_text"]


async def test_my_ticket_on_the_home_tab_can_be_resolved_there(playground: Playground) -> None:
    ts = await playground.say(BEN, "Home tab: the lamp flickers")
    await playground.react(BEN, ts)
    ticket = await playground.ticket(ts)
    home = await open_home(playground, BEN, f"Ticket {ticket['id']}")
    value = f"C0SUPPORT:{ts}"
    block_id = next(
        block["block_id"]
        for block in home["blocks"]
        if (block.get("accessory") or {}).get("value") == value
    )
    await press(playground, BEN, home, "work_resolve", block_id=block_id)
    await home_of(playground, BEN, "Saved. The card of the ticket says when it is done.")
    await playground.status_of(ts, "closed")
    await playground.card_saying(ts, "Resolved by <@U0BEN>")


async def test_outage_is_a_banner_while_it_lasts(playground: Playground, bot: Bot) -> None:
    ts = await playground.say(BEN, "Home tab: during the outage")
    await playground.gorgias_faults(down=True)
    await playground.react(BEN, ts)
    await playground.card_saying(ts, "Gorgias is not answering")
    await open_home(playground, BEN, "1 ticket is waiting")
    await playground.gorgias_faults(down=False)
    await playground.ticket(ts)
    await bot.quiet(playground)
    home = await open_home(playground, BEN, "Your tickets")
    assert "Gorgias is not answering" not in str(home["blocks"])
