"""Forms: a new ticket, and looking a customer up."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from commands.customer import require_agent, show
from commands.grammar import clean, has_words
from commands.people import Caller
from listeners.answers import customer_card
from listeners.markup import escape_mrkdwn
from listeners.middleware import Asker
from listeners.views import forms as view
from services.container import Services
from services.customer_search import AmbiguousCustomerError
from services.errors import ExpectedError, NotFoundError
from services.tickets.intake import FORM_CHANNEL, FormSent
from services.tickets.subjects import LONGEST, shorten
from services.tickets.telling import MAY_NOT

log = structlog.get_logger()

Json = Mapping[str, Any]

EXPIRED = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
TOO_SLOW = (
    "The form could not open, because Slack allows three seconds for that and they had passed. "
    "Nothing was changed. Please try again."
)
SAVED_BEFORE = "This ticket is already saved. Its card is in your messages with me."
MOST_TAGS = 10
LONGEST_TAG = 50
LONGEST_PROBLEM = 300


async def open_form(client: AsyncWebClient, body: Json, form: Json) -> str | None:
    """Open a form and return its id; a spent permission to do so is explained directly."""
    try:
        opened = await client.views_open(trigger_id=str(body["trigger_id"]), view=dict(form))
    except SlackApiError as error:
        if error.response.get("error") not in EXPIRED:
            raise
        log.info("form.too_late")
        await client.chat_postMessage(channel=str(body["user"]["id"]), text=TOO_SLOW)
        return None
    return str(opened["view"]["id"])


async def open_new_ticket(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
    """Open the form of a new ticket."""
    await ack()
    await open_form(client, body, view.new_ticket_form())


async def open_ticket_about(
    ack: AsyncAck, action: Json, body: Json, client: AsyncWebClient
) -> None:
    """Open the form of a new ticket for the customer whose card this is."""
    await ack()
    await open_form(client, body, view.new_ticket_form(str(action.get("value") or "")))


async def open_look_up(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
    """Open the form that asks who a customer is."""
    await ack()
    await open_form(client, body, view.look_up_form())


async def send_new_ticket(ack: AsyncAck, body: Json, services: Services, asker: Asker) -> None:
    """Store a new ticket before the form closes; what is wrong is said beside its field."""
    form: Json = body["view"]
    if view.read_new_ticket(str(form.get("private_metadata") or "")) is None:
        notice = view.notice_view("New ticket", view.OUT_OF_DATE)
        await ack(response_action="update", view=notice)
        return
    typed = _typed(form)
    problems = _problems(typed)
    if not (await asker.caller()).is_agent:
        problems = {view.SUBJECT: MAY_NOT}
    customer_id = None
    if not problems and has_words(typed[view.CUSTOMER]):
        try:
            customer_id = await services.customers.find(typed_words(typed[view.CUSTOMER]))
        except (AmbiguousCustomerError, NotFoundError) as error:
            problems = {view.CUSTOMER: error.sentence[:LONGEST_PROBLEM]}
    if problems:
        await ack(response_action="errors", errors=problems)
        return
    sent = _form_sent(body, typed, asker.user_id, customer_id)
    if await services.intake.form(sent, correlation_id=sent.form_id):
        await ack()
    else:
        await ack(response_action="update", view=view.notice_view("New ticket", SAVED_BEFORE))


def _typed(form: Json) -> dict[str, str]:
    """Read what stands in each field; an empty one is an empty text."""
    typed = {}
    for name, actions in form["state"]["values"].items():
        value: Json = actions.get(view.INPUT) or {}
        selected: Json = value.get("selected_option") or {}
        typed[name] = str(value.get("value") or selected.get("value") or "")
    return {name: typed.get(name, "") for name in _FIELDS}


_FIELDS = (view.SUBJECT, view.CUSTOMER, view.PRIORITY, view.MESSAGE, view.TAGS)


def _problems(typed: Json) -> dict[str, str]:
    problems = {}
    if not has_words(typed[view.SUBJECT]):
        problems[view.SUBJECT] = "Say in a few words what it is about."
    if not has_words(typed[view.MESSAGE]):
        problems[view.MESSAGE] = "Write what happened."
    if problem := tags_problem(read_tags(typed[view.TAGS])):
        problems[view.TAGS] = problem
    return problems


def read_tags(typed: str) -> list[str]:
    """Read tags separated by commas, each once."""
    tags = (typed_words(tag) for tag in typed.split(","))
    return list(dict.fromkeys(tag for tag in tags if has_words(tag)))


def tags_problem(tags: list[str]) -> str | None:
    """Say what is wrong with too many or too long tags."""
    if len(tags) <= MOST_TAGS and all(len(tag) <= LONGEST_TAG for tag in tags):
        return None
    return f"At most {MOST_TAGS} tags of {LONGEST_TAG} characters, separated by commas."


def typed_words(text: str) -> str:
    """Clean what was typed into a form, where "<" is only a character."""
    return clean(escape_mrkdwn(text))


def _form_sent(body: Json, typed: Json, actor: str, customer_id: int | None) -> FormSent:
    form: Json = body["view"]
    now = f"{time.time():.6f}"
    priority = str(typed[view.PRIORITY])
    return FormSent(
        team=str((body.get("team") or {}).get("id") or ""),
        form_id=str(form["id"]),
        actor=actor,
        act_ts=now,
        subject=shorten(typed_words(typed[view.SUBJECT]), LONGEST),
        message={
            "ts": now,
            "user": actor,
            # What is typed into a form comes without Slack's escapes.
            "text": escape_mrkdwn(typed[view.MESSAGE]),
            "channel": FORM_CHANNEL,
            "channel_name": "the New ticket form",
        },
        customer_id=customer_id,
        priority=priority if priority in view.PRIORITIES else "normal",
        tags=read_tags(typed[view.TAGS]),
    )


async def look_up_in_message(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Show whom a message is about, or ask."""
    await ack()
    view_id = await open_form(client, body, view.waiting_view())
    if view_id is None:
        return
    try:
        caller = await asker.caller()
        require_agent(caller)
        text = clean(str((body.get("message") or {}).get("text") or ""))
        matches = await services.customers.identify(text)
        found = list(dict.fromkeys(match.customer_id for match in matches))
        shown = await _found(found, caller, services)
    except ExpectedError as error:
        shown = view.notice_view("Customer", error.sentence)
    await client.views_update(view_id=view_id, view=shown)


async def _found(customer_ids: list[int], caller: Caller, services: Services) -> dict[str, Any]:
    if len(customer_ids) == 1:
        answer = await show(customer_ids[0], caller, services)
        return view.customer_view(customer_card(answer, services))
    if customer_ids:
        return view.choices_view(await services.customers.choices(customer_ids[:5]))
    return view.look_up_form("This message names no customer I know.")


async def look_up(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Show the customer in the form that asked; a miss is put right there."""
    form: Json = body["view"]
    typed = typed_words(_typed(form)[view.CUSTOMER])
    caller = await asker.caller()
    try:
        require_agent(caller)
        if not has_words(typed):
            raise NotFoundError("Type an e-mail, a phone, an order number, an id or a name.")
        customer_id = await services.customers.find(typed)
    except AmbiguousCustomerError as error:
        await ack(response_action="update", view=view.choices_view(error.choices))
        return
    except ExpectedError as error:
        problems = {view.CUSTOMER: error.sentence[:LONGEST_PROBLEM]}
        await ack(response_action="errors", errors=problems)
        return
    # Gorgias may take two of the three seconds there are.
    await ack(response_action="update", view=view.waiting_view())
    await _show(str(form["id"]), customer_id, caller, client, services)


async def choose_in_form(
    ack: AsyncAck,
    body: Json,
    action: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Show the one that was meant."""
    await ack()
    view_id = str(body["view"]["id"])
    await _show(view_id, int(action["value"]), await asker.caller(), client, services)


async def _show(
    view_id: str, customer_id: int, caller: Caller, client: AsyncWebClient, services: Services
) -> None:
    try:
        answer = await show(customer_id, caller, services)
        shown = view.customer_view(customer_card(answer, services))
    except ExpectedError as error:
        shown = view.notice_view("Customer", error.sentence)
    await client.views_update(view_id=view_id, view=shown)
