"""A picture beside a card. Figures without their picture are still an answer."""

from collections.abc import Awaitable
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from listeners.places import Place
from services.errors import ExpectedError

log = structlog.get_logger()

LONGEST_ALT_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as Slack shows it: `title` above it, `described` in words beside it."""

    filename: str
    title: str
    described: str
    png: Awaitable[bytes]


async def show_picture(client: AsyncWebClient, place: Place, picture: Picture) -> bool:
    """Draw and upload; tells whether it can be seen."""
    try:
        await client.files_upload_v2(
            channel=place.channel,
            thread_ts=place.thread_ts,
            filename=picture.filename,
            content=await picture.png,
            title=f"Chart: {picture.title}",
            alt_txt=picture.described[:LONGEST_ALT_TEXT],
            initial_comment=picture.described,
        )
    except (ExpectedError, SlackApiError) as error:
        log.warning("picture.not_shown", picture=picture.filename, error=type(error).__name__)
        return False
    return True
