"""`/insights`: the shop's figures for the channel, names and problems for the asker."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.help import Help
from commands.insight_answers import ChurnAnswer, CohortsAnswer
from commands.insights import InsightsRequest, run
from commands.people import Caller
from listeners.answers import answer
from listeners.middleware import Asker
from listeners.places import Place, place_for_figures
from listeners.views.customers import sentence
from listeners.views.insights import insight_card
from listeners.views.parts import View
from services.container import Services
from services.errors import ExpectedError

log = structlog.get_logger()

Json = Mapping[str, Any]

PROGRESS = "⏳ Counting …"
POSTED = "Posted here, for everybody in the channel."
SENT = (
    "I sent it to you directly: I am not a member here, or people of other organisations are. In a "
    "channel of yours, type /invite @regulars first."
)
NO_PICTURE = "The picture could not be shown; the figures are complete."


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
        text, blocks = await post(wanted, str(command["channel_id"]), caller, client, services)
    except ExpectedError as error:
        text, blocks = sentence(error.sentence)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def post(
    wanted: InsightsRequest,
    channel: str,
    caller: Caller,
    client: AsyncWebClient,
    services: Services,
    thread_ts: str | None = None,
) -> View:
    """Post what names nobody; returns what only the asker sees.

    Raises ExpectedError for what cannot be answered.
    """
    found = await run(wanted, caller, services)
    if isinstance(found, Help):
        return sentence(found.to_text())
    text, blocks = insight_card(found)
    if isinstance(found, ChurnAnswer):
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
    said = POSTED if place.as_asked else SENT
    if isinstance(found, CohortsAnswer) and found.has_picture:
        is_shown = await _show_picture(found, place, client, services)
        said = said if is_shown else f"{said} {NO_PICTURE}"
    return sentence(said)


async def _show_picture(
    found: CohortsAnswer, place: Place, client: AsyncWebClient, services: Services
) -> bool:
    """Upload the heat-map, described in words; figures without it are still an answer."""
    try:
        picture = await services.insights.chart(found.cohorts)
        await client.files_upload_v2(
            channel=place.channel,
            thread_ts=place.thread_ts,
            filename="cohorts.png",
            content=picture,
            title=f"Chart: {found.heading}",
            alt_txt=found.alt_text[:1_000],
            initial_comment=found.alt_text,
        )
    except (ExpectedError, SlackApiError) as error:
        log.warning("insights.chart_failed", error=type(error).__name__)
        return False
    return True
