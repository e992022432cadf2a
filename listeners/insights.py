"""`/insights`: the shop's figures for the channel, names and problems for the asker."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.help import Help
from commands.insight_answers import ChurnAnswer, InsightAnswer
from commands.insight_answers.churn_list import churn_csv
from commands.insight_choices import changed
from commands.insights import InsightsRequest, parse, run
from commands.people import Caller
from listeners.answers import answer
from listeners.middleware import Asker
from listeners.pictures import Picture, show_picture
from listeners.places import Place, direct_channel, place_for_figures
from listeners.views import insights as view
from listeners.views.customers import sentence
from listeners.views.parts import View, context
from services.container import Services
from services.errors import ExpectedError, NotAllowedError, WrongInputError

Json = Mapping[str, Any]

PROGRESS = "⏳ Counting …"
SENT = (
    "I sent it to you directly: I am not a member here, or people of other organisations are. In a "
    "channel of yours, type /invite @regulars first."
)
NO_PICTURE = "The picture could not be shown; the figures are complete."
PICTURE_SENT = "Its picture, which names nobody, is in our direct messages."
OUT_OF_DATE = "This card is out of date. Type /insights to get a new one."
EXPORTED = "The CSV file is in our direct messages."
ONLY_ADMINS = "Only an admin may export lists of customers. Ask one."


async def ask(
    ack: AsyncAck,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Post figures where everybody sees them; names, help and refusals are for the asker."""
    await ack()
    asked = f"{command['command']} {command.get('text') or ''}"
    caller = await asker.caller()
    try:
        wanted = commands.parse(asked)
    except ExpectedError:
        wanted = None  # answered like any other command that was not understood
    if not isinstance(wanted, InsightsRequest) or wanted.request is None or not caller.is_agent:
        text, blocks = await answer(asked, caller, services)
        await respond(text=text, blocks=blocks, response_type="ephemeral")
        return
    await respond(text=PROGRESS, response_type="ephemeral")
    try:
        told = await post(wanted, str(command["channel_id"]), caller, client, services)
    except ExpectedError as error:
        told = sentence(error.sentence)
    if told:
        text, blocks = told
        await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def post(
    wanted: InsightsRequest,
    channel: str,
    caller: Caller,
    client: AsyncWebClient,
    services: Services,
    thread_ts: str | None = None,
) -> View | None:
    """Post what names nobody; returns what only the asker sees, None where all was posted.

    Raises ExpectedError for what cannot be answered.
    """
    found = await run(wanted.as_shown(), caller, services)
    if isinstance(found, Help) or wanted.request is None:
        return sentence(found.to_text())
    text, blocks = view.insight_card(found, wanted.request)
    if isinstance(found, ChurnAnswer):
        direct = Place(await direct_channel(client, caller.user_id))
        is_shown = await _show_picture(found, direct, client, services)
        blocks.append(context(PICTURE_SENT if is_shown else NO_PICTURE))
        return text, blocks
    place = await place_for_figures(client, channel, caller.user_id, thread_ts)
    await client.chat_postMessage(
        channel=place.channel,
        thread_ts=place.thread_ts,
        text=text,
        blocks=blocks,
        unfurl_links=False,
        unfurl_media=False,
    )
    said = [] if place.as_asked else [SENT]
    if found.picture and not await _show_picture(found, place, client, services):
        said.append(NO_PICTURE)
    return sentence(" ".join(said)) if said else None


async def open_change(ack: AsyncAck, action: Json, body: Json, client: AsyncWebClient) -> None:
    """Open the form at once; it shows no figures."""
    await ack()
    request = parse(str(action.get("value") or "")).request
    if request is None:
        raise WrongInputError(OUT_OF_DATE)
    modal = view.change_modal(request, str(body["channel"]["id"]))
    await client.views_open(trigger_id=str(body["trigger_id"]), view=modal)


async def change(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Look again as the form says; what only the asker may see comes by direct message."""
    await ack()
    submitted: Json = body["view"]
    form = view.read_metadata(str(submitted.get("private_metadata") or ""))
    if not await services.double_clicks.is_first(asker.user_id, f"insight {submitted['id']}"):
        return
    try:
        if form is None:
            raise WrongInputError(OUT_OF_DATE)
        wanted = changed(form.typed, view.read_choices(submitted.get("state") or {}))
        told = await post(wanted, form.channel, await asker.caller(), client, services)
    except ExpectedError as error:
        told = sentence(error.sentence)
    if told is None:
        return
    text, blocks = told
    channel = await direct_channel(client, asker.user_id)
    await client.chat_postMessage(channel=channel, text=text, blocks=blocks)


async def export(
    ack: AsyncAck,
    action: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Send the list to the admin who pressed, by direct message: a file cannot be ephemeral."""
    await ack()
    caller = await asker.caller()
    if not caller.is_admin:
        raise NotAllowedError(ONLY_ADMINS)
    found = await run(parse(str(action.get("value") or "")), caller, services)
    if not isinstance(found, ChurnAnswer):
        raise WrongInputError(OUT_OF_DATE)
    await services.insights.note_export(caller.user_id, found.churn)
    await client.files_upload_v2(
        channel=await direct_channel(client, asker.user_id),
        filename=f"churn-{found.churn.source.as_of}.csv",
        content=churn_csv(found.churn),
        title=f"{len(found.churn.customers):,} customers by {found.churn.by}",
        initial_comment=found.formula,
    )
    text, blocks = sentence(EXPORTED)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def _show_picture(
    found: InsightAnswer, place: Place, client: AsyncWebClient, services: Services
) -> bool:
    if found.picture is None:
        return False
    picture = Picture(
        filename=f"{found.to_json()['insight']}.png",
        title=found.heading,
        described=found.alt_text,
        png=services.insights.chart(found.picture),
    )
    return await show_picture(client, place, picture)
