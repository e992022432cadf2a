"""`/regulars privacy`: what is kept, and a customer erased by an admin who was asked twice."""

import pytest
import pytest_asyncio
from sqlalchemy import select

from storage.database import Database
from storage.models import audit_log
from tests.end_to_end.playground import BEN, OLIVIA, Bot, Json, Playground
from tests.end_to_end.surfaces import ask, form_of, import_orders, submit
from tests.end_to_end.test_look_up import MAPPING, ORDERS_CSV

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("bot", "imported"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def imported(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    await import_orders(bot, path, ORDERS_CSV, MAPPING)


async def erase_form(playground: Playground) -> Json:
    told = await ask(playground, OLIVIA, "/regulars", "privacy", "Erase a customer")
    await playground.click(OLIVIA, told["ts"], "privacy_erase")
    return await form_of(playground, OLIVIA, "Who asks to be erased?")


async def erasures(bot: Bot) -> list[tuple[str, str]]:
    database = Database(bot.environment["DATABASE_URL"])
    own = audit_log.c
    query = select(own.actor, own.subject).where(own.action == "customer.erase")
    async with database.read() as connection:
        found = [(str(actor), str(subject)) for actor, subject in await connection.execute(query)]
    await database.close()
    return found


async def test_only_an_admin_is_told_what_is_kept_and_for_how_long(playground: Playground) -> None:
    told = await ask(playground, OLIVIA, "/regulars", "privacy", "for how long")
    assert "until they are erased" in str(told["blocks"])
    assert "names customers by number only" in str(told["blocks"])
    await ask(playground, BEN, "/regulars", "privacy", "Only admins may see what is kept")


async def test_admin_erases_a_customer_after_the_consequence_was_named(
    playground: Playground, bot: Bot
) -> None:
    form = await erase_form(playground)
    refused = await submit(playground, OLIVIA, form, who="nobody@example.test")
    assert "No customer" in refused["errors"]["who"]
    refused = await submit(playground, OLIVIA, form, who="Berg")
    assert "2 customers" in refused["errors"]["who"]
    await submit(playground, OLIVIA, form, who="tom.berg@example.test")
    sure = await form_of(playground, OLIVIA, "cannot be undone")
    assert "1 order" in str(sure["blocks"])
    assert await erasures(bot) == []
    await submit(playground, OLIVIA, sure)
    done = await form_of(playground, OLIVIA, "is erased")
    assert "Gorgias, Shopify, Klaviyo" in str(done["blocks"])
    ((actor, subject),) = await erasures(bot)
    assert (actor, subject.partition(":")[0]) == (OLIVIA, "customer")
    await ask(playground, OLIVIA, "/customer", "tom.berg@example.test", "No customer")
