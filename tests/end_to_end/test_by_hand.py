"""Journeys 2 and 4 clicked through in a real browser, on the real bot."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.bot.playground.test_page import ARGUMENTS, CHROMIUM, message
from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import MAYA, Bot, Playground

SECONDS = 20_000
ORDERS = """Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Billing Name,Refunded Amount
#4711,anna.berg@example.com,paid,GBP,48.50,2026-10-03 10:11:02 +0100,1,Oat soap,48.50,SOAP,\
Anna Berg,0.00
#4799,anna.berg@example.com,paid,GBP,20.00,2026-11-03 09:00:00 +0000,2,Towel,10.00,TOWEL,\
Anna Berg,5.00
"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.database,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop_bot(
    emulators: Playground,
    make_database: MakeDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Bot]:
    """A bot on SQLite that knows one customer, imported as an operator would."""
    folder = tmp_path_factory.mktemp("by-hand")
    bot = new_bot(emulators, make_database("sqlite"), folder)
    orders = folder / "orders.csv"
    await asyncio.to_thread(Path.write_text, orders, ORDERS, "utf-8")
    importing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "import", str(orders), env=bot.environment
    )
    assert await importing.wait() == 0
    await bot.start()
    yield bot
    await bot.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, playground: Playground, shop_bot: Bot) -> AsyncIterator[Page]:
    assert await shop_bot.is_ready()
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(playground.slack_url)
    yield page
    await context.close()
    assert complaints == []


async def test_ticket_made_and_closed_by_clicking(page: Page, playground: Playground) -> None:
    await playground.say(MAYA, "Order #4711 arrived broken, customer is furious")
    parcel = message(page, "Order #4711")
    await parcel.hover()
    await parcel.locator("[data-quick=ticket]").click()

    listed = page.get_by_text("Order #4711 arrived broken").last
    await expect(listed).to_be_visible(timeout=SECONDS)
    await parcel.locator(".thread-link").click(timeout=SECONDS)
    card = page.locator(".thread .message", has_text="Ticket")
    await expect(card).to_contain_text("Anna B.", timeout=SECONDS)
    await expect(card).to_contain_text("#4799")
    await expect(card).not_to_contain_text("anna.berg@example.com")

    await parcel.hover()
    await parcel.locator("[data-quick=white_check_mark]").click()
    await expect(card).to_contain_text("Resolved by", timeout=SECONDS)
    (ticket,) = await playground.tickets()
    assert ticket["status"] == "closed"


async def test_customer_is_told_to_the_asker_alone(page: Page) -> None:
    await page.get_by_label("Message #support").fill("/customer anna.berg@example.com")
    await page.keyboard.press("Enter")
    answer = message(page, "Only visible to you").last
    await expect(answer).to_contain_text("Anna Berg", timeout=SECONDS)
    await expect(answer).to_contain_text("£63.50")

    await page.locator(".persona[title^='Ben']").click()
    await expect(message(page, "Anna Berg")).to_have_count(0)
