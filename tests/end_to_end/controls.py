"""Every control there is in Slack: what one press of it does, or that it only reads.

A test compares the two tables with what the bot listens to, so that none can be forgotten.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert

from listeners import inbox
from listeners.views import campaign_cards as campaign_view
from listeners.views import campaign_forms as campaign_form_view
from listeners.views import channel_settings as settings_view
from listeners.views import customer_details as details_view
from listeners.views import customers as customer_view
from listeners.views import forecast_form
from listeners.views import forecasts as forecast_view
from listeners.views import forms as form_view
from listeners.views import home as home_view
from listeners.views import insights as insight_view
from listeners.views import privacy as privacy_view
from listeners.views import tickets as ticket_view
from listeners.views import work_lists as work_view
from services import cards
from services.campaigns import Person
from services.campaigns.files import Layout
from services.campaigns.plan import Goal, Plan, Suppression
from storage import channel_settings
from storage.channel_settings import OwnSettings
from storage.database import now_ms
from storage.models import bookmarks, customers, jobs
from tests.end_to_end.playground import (
    BEN,
    BOT,
    OLIVIA,
    ORDERS,
    SUPPORT,
    VIP,
    Json,
    eventually,
)
from tests.end_to_end.stage import Click, Effects, Stage
from tests.end_to_end.surfaces import direct, open_home

Name = tuple[str, str]
"""Kind of a trigger, and its action or callback id."""

Scene = Callable[[Stage, Sequence[str]], Awaitable[list[Click]]]
"""Sets a control before some people; returns what each of them can press, in the same order."""

ADMIN = Person(OLIVIA, is_admin=True)
PLAN = Plan(
    "Everybody", Goal.CUSTOM, suppression=Suppression(contacted_days=0, in_experiment=False)
)


@dataclass(frozen=True, slots=True)
class Control:
    """One that writes: how it comes on the screen, and all that one press of it does."""

    scene: Scene
    effect: Effects
    of_another: Effects | None = None
    """What is added when somebody else presses the same at once; None: nobody else can."""


# --- tickets -----------------------------------------------------------------------------------


async def filed(stage: Stage, text: str = "The lamp flickers") -> str:
    """Make a ticket of a message; returns the message."""
    ts = await stage.playground.say(BEN, stage.words(text))
    await stage.playground.react(BEN, ts)
    await stage.playground.ticket(ts)
    return ts


def on_card(action_id: str, **more: str) -> Scene:
    """Show the card of an open ticket."""

    async def scene(stage: Stage, people: Sequence[str]) -> list[Click]:
        card = await stage.playground.card(await filed(stage))
        return [stage.card(each, card["ts"], action_id, **more) for each in people]

    return scene


async def resolved_card(stage: Stage, people: Sequence[str]) -> list[Click]:
    ts = await filed(stage)
    card = await stage.playground.card(ts)
    await stage.playground.click(BEN, card["ts"], cards.RESOLVE_TICKET)
    await stage.playground.card_saying(ts, "Resolved by")
    return [stage.card(each, card["ts"], cards.REOPEN_TICKET) for each in people]


async def two_customers(stage: Stage, people: Sequence[str]) -> list[Click]:
    """Show the card of a ticket that two customers with one phone number fit."""
    number = next(stage.numbers)
    phone = f"+44770090{number:04}"
    mine, _ = [await new_customer(stage, phone=phone) for _ in range(2)]
    ts = await filed(stage, f"She called from {phone}, number")
    card = await stage.playground.card_saying(ts, "More than one customer fits")
    choose = cards.CHOOSE_CUSTOMER
    return [stage.card(each, card["ts"], choose, value=str(mine)) for each in people]


async def new_customer(stage: Stage, **known: str) -> int:
    own_id = 100_000 + next(stage.numbers)
    row = {"id": own_id, "email": f"c{own_id}@example.test", "name": f"Customer {own_id}", **known}
    async with stage.database.transaction() as connection:
        await connection.execute(insert(customers), [row])
    return own_id


async def offered_card(stage: Stage, people: Sequence[str]) -> list[Click]:
    """Offer to file one message of a channel that the bot is not in."""
    (owner,) = people
    await stage.playground.person("member", channel=VIP, user=BOT, by=OLIVIA, **{"in": False})
    words = stage.words("The engraving is wrong")
    ts = await stage.playground.say(BEN, words, channel=VIP)
    told = await stage.playground.direct_messages(owner)
    after = max((each["ts"] for each in told), default="")
    await stage.playground.person(
        "shortcut", user=owner, callback_id=inbox.CREATE_TICKET, channel=VIP, ts=ts
    )
    offer = await direct(stage.playground, owner, "/invite @regulars", after)
    room = await stage.room(owner)
    return [stage.card(owner, offer["ts"], cards.FILE_ANYWAY, room)]


async def triage_question(stage: Stage, people: Sequence[str]) -> list[Click]:
    """Have those who put a check mark asked whether to make a ticket, as nobody was asked today."""
    triage = OwnSettings(SUPPORT, is_triage=True)
    async with stage.database.transaction() as connection:
        await channel_settings.save(connection, triage, OLIVIA)
        await connection.execute(delete(bookmarks).where(bookmarks.c.name.startswith("triage:")))
    ts = await stage.playground.say(BEN, stage.words("Sorted on the phone"))
    clicks = []
    for each in people:
        check = stage.playground.react(each, ts, "white_check_mark")
        asked = await stage.told(each, check, "Create and resolve?")
        clicks.append(stage.card(each, asked["ts"], cards.CREATE_AND_RESOLVE))
    return clicks


async def name_customer_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    own_id = await new_customer(stage)
    card = await stage.playground.card(await filed(stage))
    clicks = []
    for each in people:
        await stage.playground.click(each, card["ts"], ticket_view.ADD_CUSTOMER)
        form = await stage.opened(each, "Who is it?")
        values = {"customer": {"who": f"c{own_id}@example.test"}}
        clicks.append(stage.form(each, form, values))
    return clicks


async def new_ticket_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    (owner,) = people
    await stage.playground.person("shortcut", user=owner, callback_id=form_view.NEW_TICKET)
    form = await stage.opened(owner, "First message")
    values = {"subject": {"value": stage.words("By form")}, "message": {"value": "Please look"}}
    return [stage.form(owner, form, values)]


async def shortcut_on_message(stage: Stage, people: Sequence[str]) -> list[Click]:
    ts = await stage.playground.say(BEN, stage.words("The lid is loose"))
    what = {"callback_id": inbox.CREATE_TICKET, "channel": SUPPORT, "ts": ts}
    return [Click(stage, "shortcut", each, what) for each in people]


async def home_tab(stage: Stage, people: Sequence[str]) -> list[Click]:
    (owner,) = people
    home = await open_home(stage.playground, owner, "Send a test ticket")
    what = {"view_id": home["id"], "action_id": home_view.TEST_TICKET}
    return [Click(stage, "view/click", owner, what)]


# --- lists that only their asker sees ----------------------------------------------------------


def after_command(command: str, text: str, action_id: str, words: str = "") -> Scene:
    """Let each ask, and show them the answer."""

    async def scene(stage: Stage, people: Sequence[str]) -> list[Click]:
        clicks = []
        for each in people:
            told = await stage.told(each, stage.playground.command(each, command, text), words)
            clicks.append(stage.card(each, told["ts"], action_id))
        return clicks

    return scene


async def open_ticket_in_list(stage: Stage, people: Sequence[str]) -> list[Click]:
    ticket = await stage.playground.ticket(await filed(stage))
    shown = after_command("/tickets", str(ticket["id"]), work_view.RESOLVE_FROM_LIST, "Resolve")
    return await shown(stage, people)


async def resolved_ticket_in_list(stage: Stage, people: Sequence[str]) -> list[Click]:
    ts = await filed(stage)
    ticket = await stage.playground.ticket(ts)
    card = await stage.playground.card(ts)
    await stage.playground.click(BEN, card["ts"], cards.RESOLVE_TICKET)
    await stage.playground.card_saying(ts, "Resolved by")
    shown = after_command("/tickets", str(ticket["id"]), work_view.REOPEN_FROM_LIST, "Re-open")
    return await shown(stage, people)


def dead_letter(action_id: str) -> Scene:
    """Show some work that was given up; to do it again does no harm."""

    async def scene(stage: Stage, people: Sequence[str]) -> list[Click]:
        key = stage.words("given up")
        async with stage.database.transaction() as connection:
            dead = insert(jobs).values(kind="nightly", key=key, payload={}, state="dead")
            await connection.execute(dead.values(run_at=now_ms(), created_at=now_ms()))
        return await after_command("/tickets", "queue", action_id, "Discard")(stage, people)

    return scene


async def settings_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    values = {"tags": {"value": f"tag-{next(stage.numbers)}"}}
    clicks = []
    for each in people:
        await stage.playground.command(each, "/regulars", "settings", ORDERS)
        clicks.append(stage.form(each, await stage.opened(each, ORDERS), values))
    return clicks


async def sure_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    own_id = await new_customer(stage)
    clicks = []
    for each in people:
        asking = stage.playground.command(each, "/regulars", "privacy")
        told = await stage.told(each, asking, "Erase a customer")
        await stage.playground.click(each, told["ts"], privacy_view.OPEN_ERASE)
        form = await stage.opened(each, "Who asks to be erased?")
        await stage.form(each, form, {"who": {"value": f"c{own_id}@example.test"}})(each)
        clicks.append(stage.form(each, await stage.opened(each, "cannot be undone")))
    return clicks


async def share_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    (owner,) = people
    who = f"c{await new_customer(stage)}@example.test"
    told = await stage.told(owner, stage.playground.command(owner, "/customer", who), "Share")
    await stage.playground.click(owner, told["ts"], customer_view.SHARE_CUSTOMER)
    return [stage.form(owner, await stage.opened(owner, "This is what everybody"))]


# --- figures -----------------------------------------------------------------------------------


async def shown_in_channel(stage: Stage, owner: str, command: str, text: str) -> str:
    """Ask for figures; returns their card, behind which the picture follows."""
    before = {each["ts"] for each in await stage.posts()}
    await stage.playground.command(owner, command, text)

    async def card_and_picture() -> list[Json]:
        new = [each for each in await stage.posts() if each["ts"] not in before]
        return new if len(new) == len(FIGURES) else []

    found = await eventually(card_and_picture, seconds=60, what="card and picture")
    return str(found[0]["ts"])


FIGURES = ("card", "picture")


async def forecast_card(stage: Stage, people: Sequence[str]) -> list[Click]:
    ts = await shown_in_channel(stage, people[0], "/forecast", "revenue 4w")
    return [stage.card(each, ts, forecast_view.DOWNLOAD) for each in people]


async def forecast_change_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    (owner,) = people
    ts = await shown_in_channel(stage, owner, "/forecast", "revenue 4w")
    await stage.playground.click(owner, ts, forecast_view.CHANGE)
    return [stage.form(owner, await stage.opened(owner, "Change forecast"))]


async def insight_change_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    (owner,) = people
    ts = await shown_in_channel(stage, owner, "/insights", "cohorts")
    await stage.playground.click(owner, ts, insight_view.CHANGE)
    return [stage.form(owner, await stage.opened(owner, "Change insight"))]


# --- campaigns ---------------------------------------------------------------------------------


async def offer_form(stage: Stage, people: Sequence[str]) -> list[Click]:
    """Go through the form of a plan up to its last step."""
    (owner,) = people
    await stage.playground.command(owner, "/campaign", "custom")
    form = await stage.opened(owner, "1 of 3")
    (block_id,) = (
        block["block_id"] for block in form["blocks"] if "campaign_name" in block["block_id"]
    )
    name = {block_id: {campaign_form_view.RECOUNT: stage.words("Planned")}}
    await stage.form(owner, form, name)(owner)
    await stage.form(owner, await stage.opened(owner, "2 of 3"))(owner)
    return [stage.form(owner, await stage.opened(owner, "3 of 3"))]


async def planned(stage: Stage) -> int:
    return (await stage.campaigns.submit((await stage.campaigns.draft(PLAN, ADMIN)).id, ADMIN)).id


async def approved(stage: Stage) -> int:
    return (await stage.campaigns.approve(await planned(stage), ADMIN)).id


async def running(stage: Stage) -> int:
    campaign_id = await approved(stage)
    async for _ in stage.campaigns.export(campaign_id, Layout.MAILCHIMP, ADMIN):
        pass
    return campaign_id


def on_campaign(get: Callable[[Stage], Awaitable[int]], action_id: str) -> Scene:
    """Show each a campaign that is so far."""

    async def scene(stage: Stage, people: Sequence[str]) -> list[Click]:
        text = str(await get(stage))
        return await after_command("/campaign", text, action_id, PLAN.name)(stage, people)

    return scene


# --- the tables --------------------------------------------------------------------------------

MADE, CHANGED = "POST /api/tickets", "PUT /api/tickets/N"
TOLD, DIRECT, POSTED = "word to one person", "direct message", "post"
TOO_LATE = {TOLD: 1}
"""All that comes of the same press of somebody else: they are told that it is done."""

WRITES: dict[Name, Control] = {
    ("action", cards.RESOLVE_TICKET): Control(
        on_card(cards.RESOLVE_TICKET),
        {CHANGED: 1, "audit ticket_resolve": 1},
        {"audit ticket_resolve": 1},
    ),
    ("action", cards.REOPEN_TICKET): Control(
        resolved_card, {CHANGED: 1, "audit ticket_reopen": 1}, {"audit ticket_reopen": 1}
    ),
    ("action", cards.UNDO_TICKET): Control(
        on_card(cards.UNDO_TICKET),
        {CHANGED: 1, "audit ticket_undo": 1},
        {"audit ticket_undo": 1},
    ),
    ("action", cards.ASSIGN_TO_ME): Control(
        on_card(cards.ASSIGN_TO_ME), {CHANGED: 1, "audit ticket_assign_to_me": 1}
    ),
    ("action", cards.ASSIGN_TO): Control(
        on_card(cards.ASSIGN_TO, value=BEN), {CHANGED: 1, "audit ticket_assign_to": 1}
    ),
    ("action", cards.SET_PRIORITY): Control(
        on_card(cards.SET_PRIORITY, value="high"), {CHANGED: 1, "audit ticket_set_priority": 1}
    ),
    ("action", cards.CHOOSE_CUSTOMER): Control(
        two_customers,
        {CHANGED: 1, "POST /api/customers": 1},
        {TOLD: 1, "audit press.take.refused": 1},
    ),
    ("action", cards.FILE_ANYWAY): Control(offered_card, {MADE: 1, "audit ticket_file_anyway": 1}),
    ("action", cards.CREATE_AND_RESOLVE): Control(
        triage_question,
        {MADE: 1, CHANGED: 1, POSTED: 1, TOLD: -1, "audit ticket_create_and_resolve": 1},
        {TOLD: -1, "audit ticket_create_and_resolve": 1},
    ),
    ("view", ticket_view.NAME_CUSTOMER_MODAL): Control(
        name_customer_form, {CHANGED: 1, "POST /api/customers": 1}, {}
    ),
    ("shortcut", inbox.CREATE_TICKET): Control(shortcut_on_message, {MADE: 1, POSTED: 1}, {}),
    ("view", form_view.NEW_TICKET_FORM): Control(new_ticket_form, {MADE: 1, DIRECT: 1}),
    ("action", home_view.TEST_TICKET): Control(home_tab, {MADE: 1, CHANGED: 1, DIRECT: 1}),
    ("action", work_view.RESOLVE_FROM_LIST): Control(
        open_ticket_in_list,
        {CHANGED: 1, TOLD: 1, "audit ticket_resolve": 1},
        {TOLD: 1, "audit ticket_resolve": 1},
    ),
    ("action", work_view.REOPEN_FROM_LIST): Control(
        resolved_ticket_in_list,
        {CHANGED: 1, TOLD: 1, "audit ticket_reopen": 1},
        {TOLD: 1, "audit ticket_reopen": 1},
    ),
    ("action", work_view.RETRY): Control(
        dead_letter(work_view.RETRY), {"audit job.replay": 1}, TOO_LATE
    ),
    ("action", work_view.DISCARD): Control(
        dead_letter(work_view.DISCARD), {"audit job.discard": 1}, TOO_LATE
    ),
    ("view", settings_view.SETTINGS_FORM): Control(
        settings_form, {"audit channel.settings_changed": 1}, {}
    ),
    ("view", privacy_view.SURE_FORM): Control(sure_form, {"audit customer.erase": 1}, {}),
    ("view", customer_view.SHARE_MODAL): Control(share_form, {POSTED: 1}),
    ("action", forecast_view.DOWNLOAD): Control(
        forecast_card, {DIRECT: 1, TOLD: 1}, {DIRECT: 1, TOLD: 1}
    ),
    ("view", forecast_form.CHANGE_MODAL): Control(forecast_change_form, {POSTED: 2}),
    ("view", insight_view.CHANGE_MODAL): Control(insight_change_form, {POSTED: 2}),
    ("action", insight_view.EXPORT): Control(
        after_command("/insights", "churn top=7", insight_view.EXPORT, "expected to be lost"),
        {DIRECT: 1, TOLD: 1, "audit insights.export": 1},
    ),
    ("view", campaign_form_view.OFFER_STEP): Control(
        offer_form, {POSTED: 2, "row of campaigns": 1, "audit campaign.submit": 1}
    ),
    ("action", campaign_view.APPROVE): Control(
        on_campaign(planned, campaign_view.APPROVE),
        {TOLD: 1, "audit campaign.approve": 1},
        TOO_LATE,
    ),
    ("action", campaign_view.DISCARD): Control(
        on_campaign(planned, campaign_view.DISCARD), {"audit campaign.archive": 1}, TOO_LATE
    ),
    ("action", campaign_view.STOP): Control(
        on_campaign(running, campaign_view.STOP), {"audit campaign.stop": 1}, TOO_LATE
    ),
    ("action", campaign_view.EXPORT_KLAVIYO): Control(
        on_campaign(approved, campaign_view.EXPORT_KLAVIYO),
        {DIRECT: 1, TOLD: 2, "audit campaign.export": 1},
        {DIRECT: 1, TOLD: 2, "audit campaign.export": 1},
    ),
    ("action", campaign_view.EXPORT_MAILCHIMP): Control(
        on_campaign(approved, campaign_view.EXPORT_MAILCHIMP),
        {DIRECT: 1, TOLD: 2, "audit campaign.export": 1},
        {DIRECT: 1, TOLD: 2, "audit campaign.export": 1},
    ),
    ("action", campaign_view.DELIVER_KLAVIYO): Control(
        on_campaign(approved, campaign_view.DELIVER_KLAVIYO),
        {"list in Klaviyo": 1, DIRECT: 1, TOLD: 1, "audit campaign.deliver": 1},
        TOO_LATE,
    ),
    ("action", campaign_view.DELIVER_SHOPIFY): Control(
        on_campaign(approved, campaign_view.DELIVER_SHOPIFY),
        {"tag in Shopify": 1, DIRECT: 1, TOLD: 1, "audit campaign.deliver": 1},
        TOO_LATE,
    ),
    ("action", campaign_view.RESULTS): Control(
        on_campaign(running, campaign_view.RESULTS),
        {TOLD: 1, "row of campaign_results": 1},
        {TOLD: 1, "row of campaign_results": 1},
    ),
}

READS: dict[Name, str] = {
    **dict.fromkeys(
        (
            ("action", settings_view.OPEN_SETTINGS),
            ("action", privacy_view.OPEN_ERASE),
            ("action", customer_view.SHARE_CUSTOMER),
            ("action", customer_view.CREATE_TICKET),
            ("action", home_view.OPEN_NEW_TICKET),
            ("action", home_view.OPEN_LOOK_UP),
            ("action", forecast_view.CHANGE),
            ("action", insight_view.CHANGE),
            ("action", campaign_view.CHANGE),
            ("action", campaign_view.COPY),
            ("action", ticket_view.ADD_CUSTOMER),
            ("shortcut", form_view.NEW_TICKET),
            ("shortcut", form_view.LOOK_UP),
            ("shortcut", form_view.LOOK_UP_IN_MESSAGE),
        ),
        "opens a form",
    ),
    **dict.fromkeys(
        (
            ("view", privacy_view.WHO_FORM),
            ("view", form_view.LOOK_UP_FORM),
            ("view", campaign_form_view.AUDIENCE_STEP),
            ("view", campaign_form_view.LEFT_OUT_STEP),
            ("action", campaign_form_view.RECOUNT),
            ("action", campaign_form_view.BACK),
            ("action", form_view.CHOOSE_IN_FORM),
            ("action", details_view.TURN_ORDERS),
            ("action", details_view.NEWER_ORDERS),
        ),
        "turns to another page of a form",
    ),
    **dict.fromkeys(
        (
            ("action", customer_view.CHOOSE_CUSTOMER),
            ("action", customer_view.NONE_OF_THESE),
            ("action", customer_view.EXPLAIN_CUSTOMER),
            ("action", customer_view.SHOW_ORDERS),
            ("action", forecast_view.LAST_YEAR),
            ("action", campaign_view.SHOW),
            ("action", campaign_view.SHOW_PEOPLE),
            ("action", work_view.SHOW_MORE),
            ("action", work_view.WHY_URGENT),
            ("action", home_view.LOOK_AGAIN),
        ),
        "answers who asks alone",
    ),
    **dict.fromkeys(
        (
            ("action", customer_view.OPEN_IN_GORGIAS),
            ("action", work_view.OPEN_FROM_LIST),
            ("action", ticket_view.OPEN_TICKET),
        ),
        "is a link",
    ),
}
"""Pressed twice, it says the same twice."""
