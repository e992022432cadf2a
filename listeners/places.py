"""Where an answer may be posted: the channel it was asked in, or between the two of us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from services.errors import NotAllowedError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or a thread in it; `as_asked`: the one the question came from."""

    channel: str
    thread_ts: str | None = None
    as_asked: bool = True


def is_direct(channel: str) -> bool:
    """Whether only one person and we read there."""
    return channel.startswith("D")


async def place_for_figures(
    client: AsyncWebClient, channel: str, user_id: str, thread_ts: str | None
) -> Place:
    """Where figures may be posted: where they were asked for, else between the asker and us."""
    if await may_post(client, channel):
        return Place(channel, thread_ts)
    return Place(await direct_channel(client, user_id), as_asked=False)


async def may_post(client: AsyncWebClient, channel: str) -> bool:
    """Figures are for channels we are in and nobody from elsewhere is."""
    try:
        found: Json = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError:
        return False
    is_ours = bool(found.get("is_member")) or bool(found.get("is_im"))
    return is_ours and not found.get("is_ext_shared") and not found.get("is_archived")


async def direct_channel(client: AsyncWebClient, user_id: str) -> str:
    """Open our direct messages; raises NotAllowedError where Slack does not let us."""
    try:
        opened = await client.conversations_open(users=user_id)
    except SlackApiError as error:
        raise NotAllowedError("I cannot write to you directly, so nothing was sent.") from error
    return str(opened["channel"]["id"])
