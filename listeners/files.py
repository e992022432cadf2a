"""Files of messages: fetched with the bot's token, only from Slack, only if truly files."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp

from services.errors import FileUnreadableError
from services.ports import File, FileContent

MOST_FILE_BYTES = 20_000_000
FILE_SECONDS = 30
HTTP_OK = 200
REDIRECTS = range(300, 400)
SIGN_IN = "behind a sign-in page; the app lacks files:read"


@dataclass(frozen=True, slots=True)
class SlackFiles:
    """Fetches with `bot_token` from Slack's hosts and the host of `api_url` (SLACK_API_URL)."""

    session: aiohttp.ClientSession
    api_url: str
    bot_token: str

    async def fetch(self, file: File) -> FileContent:
        """Fetch a file's bytes, only from Slack, and only if it is not a sign-in page."""
        if file.size > MOST_FILE_BYTES:
            raise FileUnreadableError("larger than 20 MB")
        if not file.url:
            raise FileUnreadableError("not shown to the app by Slack")
        address = urljoin(self.api_url, file.url)
        if not self._is_slack(address):
            raise FileUnreadableError("kept outside Slack")
        headers = {"Authorization": f"Bearer {self.bot_token}"}
        try:
            async with (
                asyncio.timeout(FILE_SECONDS),
                self.session.get(address, headers=headers, allow_redirects=False) as response,
            ):
                content = await _whole(response.content)
                media_type = response.content_type
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FileUnreadableError("Slack did not hand it over") from error
        if status in REDIRECTS:
            raise FileUnreadableError(SIGN_IN)
        if status != HTTP_OK:
            raise FileUnreadableError("Slack did not hand it over")
        if len(content) > MOST_FILE_BYTES:
            raise FileUnreadableError("larger than 20 MB")
        if media_type == "text/html" and file.media_type != "text/html":
            raise FileUnreadableError(SIGN_IN)
        return FileContent(file.name, file.media_type or media_type, content)

    def _is_slack(self, address: str) -> bool:
        """Guard the token: it goes to Slack's hosts and the host of SLACK_API_URL only."""
        target, api = urlsplit(address), urlsplit(self.api_url)
        host = target.hostname or ""
        ours = (target.scheme, target.netloc) == (api.scheme, api.netloc)
        return ours or (
            target.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
        )


async def _whole(stream: aiohttp.StreamReader) -> bytes:
    """Read to the end, or until it is more than we take; one read gives only what has arrived."""
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > MOST_FILE_BYTES:
            break
    return bytes(content)
