"""Mentions and direct messages: the same questions in people's own words."""

import re
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.forecast import ForecastCommand
from commands.insights import InsightsRequest
from commands.people import Caller
from commands.phrases import NotUnderstood, interpret
from listeners import forecasts, insights
from listeners.answers import answer
from listeners.middleware import Asker
from listeners.places import direct_channel
from listeners.views.customers import sentence
from listeners.views.parts import View
from services.container import Services
from services.errors import ExpectedError

Json = Mapping[str, Any]

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s,:]*")


async def answer_mention(
    event: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Answer to who asked only, for answers may hold personal data; figures are for everybody."""
    channel = str(event["channel"])
    told = await _answer(event, client, services, await asker.caller())
    if told is None:
        return
    text, blocks = told
    try:
        await client.chat_postEphemeral(
            channel=channel,
            user=asker.user_id,
            text=text,
            blocks=blocks,
            # A thread that has replies is seen; one that has none would hide the answer.
            thread_ts=event.get("thread_ts"),
        )
    except SlackApiError:
        direct = await direct_channel(client, asker.user_id)
        await client.chat_postMessage(channel=direct, text=text, blocks=blocks)


async def answer_direct_message(
    event: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Answer where only the two of us read."""
    told = await _answer(event, client, services, await asker.caller())
    if told is None:
        return
    text, blocks = told
    await client.chat_postMessage(
        channel=str(event["channel"]),
        text=text,
        blocks=blocks,
        thread_ts=event.get("thread_ts"),
        unfurl_links=False,
        unfurl_media=False,
    )


async def _answer(
    event: Json, client: AsyncWebClient, services: Services, caller: Caller
) -> View | None:
    """Answer what was said; None: all there is to see was posted."""
    meant = interpret(_MENTION.sub("", str(event.get("text") or ""), count=1))
    if isinstance(meant, NotUnderstood):
        return sentence(meant.sentence)
    figures = _figures(meant) if caller.is_agent else None
    if figures is None:
        return await answer(meant, caller, services)
    channel, thread_ts = str(event["channel"]), event.get("thread_ts")
    if isinstance(figures, ForecastCommand):
        told = await forecasts.post(figures, channel, caller, client, services, thread_ts)
        return sentence(told) if told else None
    try:
        return await insights.post(figures, channel, caller, client, services, thread_ts)
    except ExpectedError as error:
        return sentence(error.sentence)


def _figures(asked: str) -> ForecastCommand | InsightsRequest | None:
    """Read a question about the shop, which is answered with a picture where one exists."""
    try:
        wanted = commands.parse(asked)
    except ExpectedError:
        return None
    if not isinstance(wanted, ForecastCommand | InsightsRequest) or wanted.request is None:
        return None
    return wanted
