"""Mentions and direct messages: the same questions in people's own words."""

import re
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from commands.people import Caller
from commands.phrases import NotUnderstood, interpret
from listeners.answers import answer
from listeners.middleware import Asker
from listeners.views.customers import sentence
from listeners.views.parts import View
from services.container import Services

Json = Mapping[str, Any]

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>[\s,:]*")


async def answer_mention(
    event: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Answer in the channel, to who asked only: answers may hold personal data."""
    said = _MENTION.sub("", str(event.get("text") or ""), count=1)
    text, blocks = await _answer(said, await asker.caller(), services)
    try:
        await client.chat_postEphemeral(
            channel=str(event["channel"]),
            user=asker.user_id,
            text=text,
            blocks=blocks,
            # A thread that has replies is seen; one that has none would hide the answer.
            thread_ts=event.get("thread_ts"),
        )
    except SlackApiError:
        opened = await client.conversations_open(users=asker.user_id)
        channel = str(opened["channel"]["id"])
        await client.chat_postMessage(channel=channel, text=text, blocks=blocks)


async def answer_direct_message(
    event: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Answer where only the two of us read."""
    said = _MENTION.sub("", str(event.get("text") or ""), count=1)
    text, blocks = await _answer(said, await asker.caller(), services)
    await client.chat_postMessage(
        channel=str(event["channel"]),
        text=text,
        blocks=blocks,
        thread_ts=event.get("thread_ts"),
        unfurl_links=False,
        unfurl_media=False,
    )


async def _answer(said: str, caller: Caller, services: Services) -> View:
    meant = interpret(said)
    if isinstance(meant, NotUnderstood):
        return sentence(meant.sentence)
    return await answer(meant, caller, services)
