"""Looking a customer up from a form or a message, on imported orders."""

import pytest
import pytest_asyncio

from tests.end_to_end.playground import BEN, SUPPORT, Bot, Json, Playground
from tests.end_to_end.surfaces import (
    buttons,
    direct,
    form_of,
    import_orders,
    open_home,
    press,
    submit,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("bot", "imported"),
]

MAPPING = "number=number,name=name,email=email,placed_at=date,total=total"
ORDERS_CSV = """\
number,name,email,date,total
2042,Lena Brandt,lena@example.test,2026-09-30 16:45,20.00
2043,Tom Berg,tom.berg@example.test,2026-02-01 12:00,10.00
2044,Ida Berg,ida.berg@example.test,2026-02-02 12:00,20.00
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def imported(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    await import_orders(bot, path, ORDERS_CSV, MAPPING)


async def look_up_in(playground: Playground, text: str) -> None:
    ts = await playground.say(BEN, text)
    await playground.person(
        "shortcut", user=BEN, callback_id="look_up_customer_in_message", channel=SUPPORT, ts=ts
    )


async def open_look_up(playground: Playground) -> Json:
    await playground.person("shortcut", user=BEN, callback_id="look_up_customer")
    return await form_of(playground, BEN, "Who is it?")


@pytest.mark.parametrize("typed", ["lena@example.test", "#2042", "Lena Brandt"])
async def test_form_shows_the_customer_that_was_named(playground: Playground, typed: str) -> None:
    await submit(playground, BEN, await open_look_up(playground), customer=typed)
    shown = await form_of(playground, BEN, "Lena Brandt")
    assert "£20.00" in str(shown["blocks"])
    assert "Share masked to channel" not in buttons(shown["blocks"])


async def test_form_asks_which_of_several_is_meant(playground: Playground) -> None:
    await submit(playground, BEN, await open_look_up(playground), customer="Berg")
    choices = await form_of(playground, BEN, "2 customers fit")
    assert "tom.berg@example.test" not in str(choices["blocks"])
    await press(playground, BEN, choices, "form_choose_customer")
    await form_of(playground, BEN, "berg@example.test")


async def test_message_shows_whom_it_is_about(playground: Playground) -> None:
    await look_up_in(playground, "Where is order #2042?")
    await form_of(playground, BEN, "lena@example.test")


async def test_message_about_several_asks_which(playground: Playground) -> None:
    await look_up_in(playground, "Mixed up #2043 and #2044")
    await form_of(playground, BEN, "2 customers fit")


async def test_new_ticket_is_filed_for_its_customer(playground: Playground, bot: Bot) -> None:
    before = {ticket["id"] for ticket in await playground.tickets()}
    await playground.person("shortcut", user=BEN, callback_id="new_ticket")
    form = await form_of(playground, BEN, "First message")
    answer = await submit(
        playground, BEN, form, subject="Lena called", message="About her mug", customer="Berg"
    )
    assert "2 customers match" in answer["errors"]["customer"]
    await submit(
        playground, BEN, form, subject="Lena called", message="About her mug", customer="#2042"
    )
    await direct(playground, BEN, "Lena called")
    await bot.quiet(playground)
    (ticket,) = [each for each in await playground.tickets() if each["id"] not in before]
    assert ticket["customer"]["email"] == "lena@example.test"


async def test_home_tab_shows_the_shop(playground: Playground) -> None:
    home = await open_home(playground, BEN, "The shop")
    assert "Whole days until Wed 30 Sep 2026" in str(home["blocks"])
    assert "*Last 7 days*  1 order (before: 0), £20 (before" in str(home["blocks"])
