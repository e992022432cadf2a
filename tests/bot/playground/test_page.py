"""The playground page in a real browser, over both emulators and without our bot."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    async_playwright,
    expect,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.gorgias import GorgiasEmulator
from bot.playground.marketing import MarketingEmulator
from bot.playground.slack import Manifest, SlackEmulator

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SUPPORT = "C0SUPPORT"
EMAIL = "anna.smith@example.com"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MANIFEST = {
    "features": {
        "app_home": {"home_tab_enabled": True},
        "slash_commands": [
            {
                "command": "/customer",
                "description": "Who is this",
                "usage_hint": "an e-mail or an order",
                "should_escape": True,
            }
        ],
        "shortcuts": [
            {
                "name": "Create ticket",
                "type": "message",
                "callback_id": "create_ticket",
                "description": "Files this message",
            }
        ],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "reactions:write"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened"]},
        "interactivity": {"is_enabled": True},
    },
}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@dataclass
class Playground:
    """Both emulators on real ports and people who use them from outside the page."""

    slack_url: str
    gorgias_url: str
    marketing_url: str
    http: aiohttp.ClientSession
    visitor: BrowserContext
    complaints: list[str] = field(default_factory=list)

    @property
    def app(self) -> AsyncWebClient:
        return AsyncWebClient(token="xoxb-playground", base_url=f"{self.slack_url}/api/")

    async def slack(self, path: str, **body: object) -> dict[str, Any]:
        return await self._post(f"{self.slack_url}/play/slack/{path}", body)

    async def gorgias(self, path: str, **body: object) -> dict[str, Any]:
        return await self._post(f"{self.gorgias_url}/play/gorgias/{path}", body)

    async def say(self, text: str, user: str = "U0MAYA", **more: object) -> str:
        answer = await self.slack("messages", user=user, channel=SUPPORT, text=text, **more)
        ts: str = answer["ts"]
        return ts

    async def messages(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.slack_url}/play/slack/state") as response:
            found: list[dict[str, Any]] = (await response.json())["messages"][SUPPORT]
        return found

    async def file_ticket(self, subject: str, html: str, email: str = EMAIL) -> int:
        message = {"channel": "api", "via": "api", "from_agent": False, "body_html": html}
        ticket = {
            "subject": subject,
            "channel": "api",
            "via": "api",
            "from_agent": False,
            "customer": {"email": email},
            "messages": [{**message, "body_text": "text", "sender": {"email": email}}],
        }
        key = aiohttp.encode_basic_auth("bot@playground.test", "playground-key")
        tickets = f"{self.gorgias_url}/api/tickets"
        headers = {"Authorization": key}
        async with self.http.post(tickets, json=ticket, headers=headers) as response:
            number: int = (await response.json())["id"]
        return number

    async def look(self, width: int = 1400, height: int = 900) -> Page:
        """Open the page as somebody who has never been here: as Olivia, in #support."""
        page = await self.visitor.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        page.on("console", lambda said: self._complain(said.type, said.text))
        page.on("pageerror", lambda error: self._complain("error", str(error)))
        await page.goto(self.slack_url)
        await expect(page.get_by_role("heading", name="# support")).to_be_attached()
        return page

    def _complain(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    async def _post(self, url: str, body: dict[str, object]) -> dict[str, Any]:
        async with self.http.post(url, json=body) as response:
            answer: dict[str, Any] = await response.json()
        assert answer["ok"], answer
        return answer


class Bot:
    """A Socket Mode app that acknowledges everything and keeps what it was told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @staticmethod
    async def connect(playground: Playground) -> "Bot":
        client = AsyncWebClient(base_url=f"{playground.slack_url}/api/")
        opened = await client.apps_connections_open(app_token="xapp-playground")
        bot = Bot(await playground.http.ws_connect(str(opened["url"])))
        await bot._socket.receive_str(timeout=5)
        return bot

    async def take(self, answer: object = None) -> dict[str, Any]:
        """Receive the next envelope, acknowledge it and return its payload."""
        frame = json.loads(await self._socket.receive_str(timeout=5))
        ack = {"envelope_id": frame["envelope_id"]}
        await self._socket.send_str(json.dumps(ack | ({"payload": answer} if answer else {})))
        payload: dict[str, Any] = frame["payload"]
        return payload


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def playground(browser: Browser) -> AsyncIterator[Playground]:
    async with AsyncExitStack() as stack:
        gorgias = await stack.enter_async_context(TestServer(GorgiasEmulator().make_app()))
        gorgias_url = str(gorgias.make_url("")).rstrip("/")
        marketing = await stack.enter_async_context(TestServer(MarketingEmulator().make_app()))
        marketing_url = str(marketing.make_url("")).rstrip("/")
        emulator = SlackEmulator(
            Manifest.parse(MANIFEST),
            gorgias=gorgias_url,
            marketing=marketing_url,
            hints=[EMAIL],
        )
        slack = await stack.enter_async_context(TestServer(emulator.make_app()))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        # A context of its own forgets what an earlier visitor chose.
        context = await browser.new_context()
        stack.push_async_callback(context.close)
        slack_url = str(slack.make_url("")).rstrip("/")
        yield Playground(slack_url, gorgias_url, marketing_url, http, context)


def message(page: Page, text: str) -> Locator:
    return page.locator(".chat .message", has_text=text)


async def become(page: Page, name: str) -> None:
    await page.locator(f".persona[title^='{name}']").click()
    await expect(page.locator(".persona-name strong")).to_have_text(name)


async def test_what_one_types_arrives_as_slack_marks_it_up(playground: Playground) -> None:
    page = await playground.look()
    await page.get_by_label("Message #support").fill(f"*Broken* parcel, wrote from {EMAIL} :truck:")
    await page.keyboard.press("Enter")
    sent = message(page, "Broken")
    await expect(sent.locator("strong", has_text="Broken")).to_be_visible()
    await expect(sent.get_by_role("link", name=EMAIL)).to_have_attribute("href", f"mailto:{EMAIL}")
    await expect(sent.get_by_role("img", name="truck")).to_have_text("🚚")
    assert (await playground.messages())[0]["text"].count("<mailto:") == 1
    assert playground.complaints == []


async def test_second_click_on_a_reaction_takes_it_back(playground: Playground) -> None:
    ts = await playground.say("Order 1042 arrived broken")
    await playground.slack("react", user="U0BEN", channel=SUPPORT, ts=ts, name="eyes")
    page = await playground.look()
    parcel = message(page, "Order 1042")
    await parcel.hover()
    await parcel.locator("[data-quick=ticket]").click()
    ticket = parcel.locator("[data-reaction=ticket]")
    await expect(ticket).to_have_attribute("aria-pressed", "true")
    await expect(parcel.locator("[data-reaction=eyes]")).to_have_attribute("aria-pressed", "false")
    await ticket.click()
    await expect(ticket).to_have_count(0)
    assert playground.complaints == []


async def test_emoji_picker_finds_any_emoji_by_name(playground: Playground) -> None:
    await playground.say("Order 1042 arrived broken")
    page = await playground.look()
    parcel = message(page, "Order 1042")
    await parcel.hover()
    await parcel.get_by_label("Add another reaction").click()
    await page.get_by_placeholder("Search emoji").fill("octopus")
    await page.keyboard.press("Enter")
    await expect(parcel.locator("[data-reaction=octopus]")).to_contain_text("🐙")
    assert playground.complaints == []


async def test_reply_goes_into_the_thread_and_is_counted(playground: Playground) -> None:
    await playground.say("Order 1042 arrived broken")
    page = await playground.look()
    await message(page, "Order 1042").hover()
    await page.get_by_label("Reply in thread").click()
    await page.locator(".thread").get_by_role("combobox").fill("I take it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thread .message", has_text="I take it")).to_be_visible()
    await expect(page.locator(".chat .thread-link")).to_contain_text("1 reply")
    await expect(page.locator(".chat .message", has_text="I take it")).to_have_count(0)
    assert playground.complaints == []


async def test_slash_suggests_the_commands_of_the_manifest(playground: Playground) -> None:
    page = await playground.look()
    composer = page.get_by_label("Message #support")
    await composer.fill("/")
    offer = page.get_by_role("option")
    await expect(offer).to_contain_text("/customer an e-mail or an order")
    await page.keyboard.press("Tab")
    await expect(composer).to_have_value("/customer ")
    await composer.fill("/unknown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("/unknown is not a valid command")
    assert await playground.messages() == []
    assert playground.complaints == []


async def test_modal_opened_by_the_app_is_drawn_and_submitted(playground: Playground) -> None:
    await playground.say("Order 1042 arrived broken")
    bot = await Bot.connect(playground)
    page = await playground.look()
    await message(page, "Order 1042").hover()
    await page.get_by_label("More message actions").click()
    await page.get_by_role("menuitem", name="Create ticket").click()
    shortcut = await bot.take()
    await playground.app.views_open(trigger_id=shortcut["trigger_id"], view=modal())
    dialog = page.get_by_role("dialog", name="New ticket")
    await expect(dialog.get_by_label("Subject")).to_have_value("Order 1042")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await dialog.get_by_label("Priority").select_option("High")
    await dialog.get_by_label("Fragile").check()
    await dialog.get_by_role("button", name="Create").click()
    refusal = {"response_action": "errors", "errors": {"subject": "Somebody has that one."}}
    typed = (await bot.take(refusal))["view"]["state"]["values"]
    assert typed["priority"]["value"]["selected_option"]["value"] == "high"
    assert [each["value"] for each in typed["marks"]["value"]["selected_options"]] == ["fragile"]
    await expect(dialog).to_contain_text("Somebody has that one.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_label("More message actions")).to_be_focused()
    assert playground.complaints == []


async def test_enter_in_a_field_tells_the_app_once_where_it_asked_for_that(
    playground: Playground,
) -> None:
    await playground.say("Order 1042 arrived broken")
    bot = await Bot.connect(playground)
    page = await playground.look()
    await message(page, "Order 1042").hover()
    await page.get_by_label("More message actions").click()
    await page.get_by_role("menuitem", name="Create ticket").click()
    shortcut = await bot.take()
    asked = modal()
    asked["blocks"] = [{**asked["blocks"][0], "dispatch_action": True}]
    await playground.app.views_open(trigger_id=shortcut["trigger_id"], view=asked)
    dialog = page.get_by_role("dialog", name="New ticket")
    await dialog.get_by_label("Subject").fill("Order 7")
    await page.keyboard.press("Enter")
    told = await bot.take()
    assert (told["type"], told["actions"][0]["value"]) == ("block_actions", "Order 7")
    await dialog.get_by_role("button", name="Create").click()
    assert (await bot.take())["type"] == "view_submission"
    assert playground.complaints == []


async def test_only_its_addressee_sees_an_ephemeral_message(playground: Playground) -> None:
    await playground.say("Order 1042 arrived broken")
    page = await playground.look()
    await playground.app.chat_postEphemeral(channel=SUPPORT, user="U0OLIVIA", text="For your eyes")
    card = message(page, "For your eyes")
    await expect(card).to_contain_text("Only visible to you")
    await become(page, "Ben Okafor")
    await expect(message(page, "Order 1042")).to_be_visible()
    await expect(card).to_have_count(0)
    await become(page, "Olivia Hart")
    await card.get_by_role("button", name="Dismiss").click()
    await expect(card).to_have_count(0)
    assert playground.complaints == []


async def test_button_asks_first_and_then_reaches_the_app(playground: Playground) -> None:
    bot = await Bot.connect(playground)
    page = await playground.look()
    await playground.app.chat_postMessage(channel=SUPPORT, text="Card", blocks=card_blocks())
    card = message(page, "Ticket 77")
    await expect(card.get_by_text("Status")).to_be_visible()
    await card.get_by_role("button", name="Undo").click()
    question = page.get_by_role("dialog", name="Undo ticket 77?")
    await question.get_by_role("button", name="Undo").click()
    clicked = await bot.take()
    assert clicked["actions"][0]["value"] == "77"
    await expect(question).to_have_count(0)
    assert playground.complaints == []


async def test_one_edits_and_deletes_only_what_one_wrote(playground: Playground) -> None:
    await playground.say("Written by Maya")
    await playground.say("Written by Olivia, <b>", user="U0OLIVIA")
    page = await playground.look()
    await message(page, "by Maya").hover()
    await message(page, "by Maya").get_by_label("More message actions").click()
    await expect(page.get_by_role("menuitem", name="Delete message…")).to_have_count(0)
    await page.keyboard.press("Escape")
    await message(page, "by Olivia").hover()
    await message(page, "by Olivia").get_by_label("More message actions").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    editor = page.get_by_label("Edit message")
    await expect(editor).to_have_value("Written by Olivia, <b>")
    await editor.fill("Rewritten")
    await page.keyboard.press("Enter")
    await expect(message(page, "Rewritten")).to_contain_text("(edited)")
    await message(page, "Rewritten").hover()
    await message(page, "Rewritten").get_by_label("More message actions").click()
    await page.get_by_role("menuitem", name="Delete message…").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(message(page, "Rewritten")).to_have_count(0)
    assert playground.complaints == []


async def test_picked_file_is_sent_and_shown(playground: Playground) -> None:
    page = await playground.look()
    chooser = page.locator(".chat input[type=file]")
    text = FilePayload(name="invoice.txt", mimeType="text/plain", buffer=b"12.50")
    await chooser.set_input_files(text)
    await page.get_by_role("button", name="Send").click()
    link = message(page, "invoice.txt").get_by_role("link", name="invoice.txt")
    await expect(link).to_be_visible()
    address = await link.get_attribute("href")
    async with playground.http.get(f"{playground.slack_url}{address}") as response:
        assert await response.read() == b"12.50"
    picture = {"name": "parcel.png", "mimetype": "image/png", "content_base64": PNG}
    await playground.say("A photo", files=[picture])
    image = message(page, "A photo").get_by_role("img", name="parcel.png")
    await expect(image).to_have_js_property("naturalWidth", 1)
    assert playground.complaints == []


async def test_text_never_becomes_markup(playground: Playground) -> None:
    hostile = '<img src="x" onerror="document.title=1">'
    await playground.say(f"{hostile} <javascript:alert(1)|press me>", raw=True)
    html = "<p>Safe<script>document.title=1</script></p><a href='javascript:alert(1)'>press</a>"
    await playground.file_ticket("Hostile", html)
    page = await playground.look()
    await expect(message(page, "press me")).to_be_visible()
    await page.get_by_role("button", name="Hostile").click()
    mail = page.locator(".mail-body")
    await expect(mail).to_have_text("Safepress")
    assert await page.locator(".message img, .mail-body script, a[href^=javascript]").count() == 0
    assert await page.title() == "Regulars Playground"
    assert playground.complaints == []


async def test_agent_works_on_a_ticket_in_the_helpdesk(playground: Playground) -> None:
    number = await playground.file_ticket("Order 1042 arrived broken", "<p>It is <b>wet</b>.</p>")
    page = await playground.look()
    await page.locator(f"[data-ticket='{number}']").click()
    inbox = page.get_by_role("region", name="Helpdesk")
    await expect(inbox.locator(".mail-body b")).to_have_text("wet")
    await inbox.get_by_label("Answer in the helpdesk").fill("Ask the carrier")
    await inbox.get_by_role("button", name="Note").click()
    await expect(inbox.locator("[data-mail=note]")).to_contain_text("Ask the carrier")
    await inbox.get_by_label("Answer in the helpdesk").fill("A new one is on its way")
    await inbox.get_by_role("button", name="Reply").click()
    await expect(inbox.locator("[data-mail=reply]")).to_contain_text("Olivia Hart")
    await inbox.get_by_label("Assignee").select_option("Maya Lindqvist")
    await inbox.get_by_label("Priority").select_option("high")
    await inbox.get_by_label("Add tag").fill("damaged")
    await page.keyboard.press("Enter")
    await expect(inbox.get_by_label("Remove tag damaged")).to_be_visible()
    await inbox.get_by_role("button", name="Close ticket").click()
    await inbox.get_by_label("Back to the list").click()
    await inbox.get_by_role("button", name="Closed 1").click()
    row = inbox.locator(f"[data-ticket='{number}']")
    for shown in ("Closed", "high priority", "damaged", "Maya Lindqvist"):
        await expect(row).to_contain_text(shown)
    assert playground.complaints == []


async def test_links_into_the_helpdesk_open_beside_the_chat(playground: Playground) -> None:
    number = await playground.file_ticket("Order 1042 arrived broken", "<p>It is wet.</p>")
    await playground.file_ticket("Somebody else", "<p>Hello</p>", "eva@example.com")
    app = f"{playground.gorgias_url}/app"
    await playground.say(f"<{app}/ticket/{number}|ticket> <{app}/customer/20001|Anna>", raw=True)
    page = await playground.look()
    inbox = page.get_by_role("region", name="Helpdesk")
    await page.get_by_role("link", name="ticket").click()
    await expect(inbox.get_by_role("heading", name="Order 1042")).to_be_visible()
    await page.get_by_role("link", name="Anna").click()
    await expect(inbox.locator("[data-ticket]")).to_have_count(1)
    await inbox.get_by_role("button", name="Show all").click()
    await expect(inbox.locator("[data-ticket]")).to_have_count(2)
    assert playground.complaints == []


async def test_fault_switch_breaks_the_emulator_and_says_so(playground: Playground) -> None:
    page = await playground.look()
    await page.get_by_role("button", name="Break things").click()
    await page.get_by_role("switch", name="Gorgias is down").check()
    banner = page.get_by_role("status").filter(has_text="Every call answers 503")
    await expect(banner).to_be_visible()
    account = f"{playground.gorgias_url}/api/account"
    async with playground.http.get(account) as response:
        assert response.status == 503
    await banner.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_role("switch", name="Gorgias is down")).not_to_be_checked()
    async with playground.http.get(account) as response:
        assert response.status == 401
    assert playground.complaints == []


async def test_page_tells_whether_the_bot_is_connected(playground: Playground) -> None:
    page = await playground.look()
    state = page.locator(".bot-state")
    await expect(state).to_have_text("Bot is not connected")
    _kept_open = await Bot.connect(playground)
    await expect(state).to_have_text("Bot connected")
    await page.get_by_role("button", name="Break things").click()
    await page.get_by_role("switch", name="Slack drops its sockets").check()
    await expect(state).to_have_text("Bot is not connected")
    assert playground.complaints == []


async def test_typing_survives_what_others_write(playground: Playground) -> None:
    page = await playground.look()
    composer = page.get_by_label("Message #support")
    await composer.press_sequentially("Half a sen")
    await playground.say("Something new")
    await expect(message(page, "Something new")).to_be_visible()
    await page.keyboard.type("tence")
    await expect(composer).to_have_value("Half a sentence")
    await expect(page.locator("#announcer")).to_contain_text("Maya Lindqvist: Something new")
    assert playground.complaints == []


async def test_guest_sees_neither_private_nor_foreign_channels(playground: Playground) -> None:
    page = await playground.look()
    vip = page.locator("[data-place=C0VIP]")
    await vip.click()
    await expect(page.get_by_role("button", name="Invite Regulars")).to_be_visible()
    await become(page, "Gus Tremblay")
    await expect(vip).to_have_count(0)
    await become(page, "Eve Calder")
    await expect(page.locator(".side-item")).to_have_count(2)
    await expect(page.get_by_role("heading", name="# shared-acme")).to_be_visible()
    assert playground.complaints == []


async def test_home_of_the_app_is_drawn_when_it_is_opened(playground: Playground) -> None:
    bot = await Bot.connect(playground)
    page = await playground.look()
    await page.locator("[data-place=app]").click()
    opened = (await bot.take())["event"]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Good* morning"}}]
    home = {"type": "home", "blocks": blocks}
    await playground.app.views_publish(user_id=opened["user"], view=home)
    await expect(page.get_by_role("tabpanel")).to_contain_text("Good morning")
    await page.get_by_role("tab", name="Messages").click()
    await page.get_by_label("Message Regulars").fill("Hello")
    await page.keyboard.press("Enter")
    await expect(message(page, "Hello")).to_be_visible()
    assert playground.complaints == []


async def test_newcomer_is_shown_what_to_try(playground: Playground) -> None:
    page = await playground.look()
    guide = page.get_by_role("region", name="Try this")
    await guide.get_by_role("button", name="Write an example message").click()
    await expect(message(page, "arrived broken")).to_contain_text(EMAIL)
    await guide.get_by_role("button", name="Type it for me").click()
    await expect(page.get_by_label("Message #support")).to_have_value(f"/customer {EMAIL}")
    await guide.get_by_label("Dismiss the list").click()
    await page.reload()
    await expect(message(page, "arrived broken")).to_be_visible()
    await expect(guide).to_have_count(0)
    assert playground.complaints == []


async def test_nothing_scrolls_sideways_on_a_phone(playground: Playground) -> None:
    ts = await playground.say("A" * 300 + " https://example.com/" + "b" * 200)
    await playground.app.chat_postMessage(channel=SUPPORT, text="Card", blocks=card_blocks())
    await playground.say("Reply", thread_ts=ts)
    await playground.file_ticket("S" * 200, f"<p>{'x' * 300}</p><pre>{'y' * 300}</pre>")
    page = await playground.look(width=400, height=800)
    tabs = page.get_by_role("navigation", name="Panes")
    await assert_fits(page)
    await page.locator(".thread-link").click()
    await expect(page.get_by_role("heading", name="Thread")).to_be_visible()
    await assert_fits(page)
    await tabs.get_by_role("button", name="Channels").click()
    await assert_fits(page)
    await tabs.get_by_role("button", name="Helpdesk").click()
    await assert_fits(page)
    await page.locator("[data-ticket]").click()
    await assert_fits(page)
    await page.get_by_role("button", name="Break things").click()
    await assert_fits(page)
    assert playground.complaints == []


async def assert_fits(page: Page) -> None:
    wide = await page.evaluate(
        """() => [...document.querySelectorAll("html, .messages, .inbox-body, .mail, .side")]
            .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className)"""
    )
    assert wide == []


def modal() -> dict[str, Any]:
    options = [option("High"), option("Normal")]
    return {
        "type": "modal",
        "callback_id": "new_ticket",
        "title": plain("New ticket"),
        "submit": plain("Create"),
        "blocks": [
            field_block("subject", {"type": "plain_text_input", "initial_value": "Order 1042"}),
            field_block("priority", {"type": "static_select", "options": options}),
            {
                **field_block("marks", {"type": "checkboxes", "options": [option("Fragile")]}),
                "optional": True,
            },
        ],
    }


def card_blocks() -> list[dict[str, Any]]:
    confirm = {
        "title": plain("Undo ticket 77?"),
        "text": plain("It goes to the trash."),
        "confirm": plain("Undo"),
        "deny": plain("Keep"),
    }
    undo = {"type": "button", "action_id": "undo", "text": plain("Undo"), "value": "77"}
    return [
        {"type": "header", "text": plain("Ticket 77")},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Status*\nOpen"}]},
        {"type": "actions", "elements": [{**undo, "confirm": confirm}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "by <@U0BEN>"}]},
    ]


def field_block(name: str, element: dict[str, Any]) -> dict[str, Any]:
    element = {**element, "action_id": "value"}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name.title()),
        "element": element,
    }


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


async def test_lists_in_klaviyo_and_tags_in_shopify_are_seen_as_they_come(
    playground: Playground,
) -> None:
    page = await playground.look()
    await page.get_by_role("button", name="Klaviyo and Shopify").click()
    await expect(page.get_by_text("No lists and no tags yet.")).to_be_visible()
    klaviyo = {"Authorization": "Klaviyo-API-Key pk_playground", "revision": "2026-04-15"}
    made = {"data": {"type": "list", "attributes": {"name": "Come back"}}}
    lists = f"{playground.marketing_url}/api/lists"
    async with playground.http.post(lists, json=made, headers=klaviyo) as response:
        list_id = (await response.json())["data"]["id"]
    profile = {"type": "profile", "attributes": {"email": EMAIL, "first_name": "<b>Ida</b>"}}
    job = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": [profile]}},
        "relationships": {"lists": {"data": [{"type": "list", "id": list_id}]}},
    }
    imports = f"{playground.marketing_url}/api/profile-bulk-import-jobs"
    async with playground.http.post(imports, json={"data": job}, headers=klaviyo) as response:
        assert response.status == 202
    card = page.locator("details", has_text="List: Come back")
    await expect(card).to_contain_text("1 profile, 1 import")
    await card.locator("summary").click()
    await expect(card.get_by_text(f"<b>Ida</b> {EMAIL}")).to_be_visible()
    await page.get_by_role("button", name="Break things").click()
    await page.get_by_label("Klaviyo and Shopify are down").check()
    async with playground.http.get(lists, headers=klaviyo) as response:
        assert response.status == 503
    await page.get_by_label("Klaviyo and Shopify are down").uncheck()
    assert playground.complaints == []
