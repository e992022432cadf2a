"""`/regulars settings`, and the same from the Home tab: what a channel does differently."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.people import Caller
from commands.regulars import RegularsRequest
from listeners.forms import LONGEST_PROBLEM, open_form, read_tags, tags_problem
from listeners.middleware import Asker
from listeners.places import is_direct
from listeners.slash_commands import run_command
from listeners.views import channel_settings as view
from listeners.views.customers import sentence
from listeners.views.forms import INPUT, notice_view
from services.channel_settings import OwnSettings
from services.container import Services
from services.emoji import emoji_names
from services.errors import ExpectedError, WrongInputError

Json = Mapping[str, Any]

ONLY_ADMINS = (
    "Only admins may change a channel's settings, so nothing was changed. Ask a workspace admin, "
    "or somebody listed in ADMIN_USERS."
)
NO_CHANNEL = "Type /regulars settings in the channel that it is about."
_EMOJI = (view.TICKET, view.RESOLVE, view.CLAIM)


async def ask(
    ack: AsyncAck,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Open the form for `settings`; everything else is answered like any command."""
    try:
        wanted = commands.parse(f"{command['command']} {command.get('text') or ''}")
    except ExpectedError:
        wanted = None  # answered like any other command that was not understood
    if not isinstance(wanted, RegularsRequest) or wanted.subject != "settings":
        await run_command(ack, command, respond, services, asker)
        return
    await ack()
    channel = str(command["channel_id"])
    problem = NO_CHANNEL if is_direct(channel) else _problem(await asker.caller())
    if problem:
        text, blocks = sentence(problem)
        await respond(text=text, blocks=blocks, response_type="ephemeral")
        return
    body = {**command, "user": {"id": command["user_id"]}}
    await open_form(client, body, await _form(channel, services))


async def open_from_home(
    ack: AsyncAck, body: Json, action: Json, client: AsyncWebClient, services: Services
) -> None:
    """Open the form of the channel that was chosen on the Home tab; saving asks who it is."""
    await ack()
    await open_form(client, body, await _form(str(action["selected_channel"]), services))


async def save(ack: AsyncAck, body: Json, services: Services, asker: Asker) -> None:
    """Check and save; what is wrong is said beside its field."""
    shown: Json = body["view"]
    form = view.read_form(str(shown.get("private_metadata") or ""))
    caller = await asker.caller()
    refused = view.OUT_OF_DATE if form is None else _problem(caller)
    if form is None or refused:
        await ack(
            response_action="update", view=notice_view(view.TITLE, refused or view.OUT_OF_DATE)
        )
        return
    own, problems = _read(form.channel, shown["state"]["values"])
    if not problems:
        try:
            rules = await services.channels.change(own, caller.user_id)
        except WrongInputError as error:
            problems = {view.TICKET: error.sentence}
    if problems:
        await ack(response_action="errors", errors=problems)
        return
    await ack(response_action="update", view=view.saved(own.channel, rules))


async def _form(channel: str, services: Services) -> dict[str, Any]:
    own = await services.channels.own(channel)
    return view.settings_form(own, services.channels.emoji, services.channels.tags)


def _problem(caller: Caller) -> str | None:
    return None if caller.is_admin else ONLY_ADMINS


def _read(channel: str, values: Json) -> tuple[OwnSettings, dict[str, str]]:
    """Read the fields; returns what is wrong with each beside it."""
    problems: dict[str, str] = {}
    emoji: dict[str, list[str]] = {}
    for name in _EMOJI:
        try:
            emoji[name] = list(emoji_names(_typed(values, name)))
        except WrongInputError as error:
            problems[name] = error.sentence[:LONGEST_PROBLEM]
    tags = read_tags(_typed(values, view.TAGS))
    if problem := tags_problem(tags):
        problems[view.TAGS] = problem
    boxes = ((values.get(view.TRIAGE) or {}).get(INPUT) or {}).get("selected_options") or ()
    own = OwnSettings(
        channel,
        is_triage=any(box["value"] == view.IS_TRIAGE for box in boxes),
        ticket_emoji=emoji.get(view.TICKET, []),
        resolve_emoji=emoji.get(view.RESOLVE, []),
        claim_emoji=emoji.get(view.CLAIM, []),
        tags=tags,
    )
    return own, problems


def _typed(values: Json, name: str) -> str:
    return str(((values.get(name) or {}).get(INPUT) or {}).get("value") or "")
