"""Calls to Slack's Web API: at its pace, with a time-out, and honest about what happened.

Reads are repeated by the job that wanted them. Writes are never repeated here: the SDK's own
retry handler would post twice when a connection is cut after the post.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from services.errors import NotInChannelError, UnavailableError

log = structlog.get_logger()

CALL_SECONDS = 10
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
MAX_CHANNELS = 5_000

TOKEN_REFUSED = {
    "invalid_auth",
    "token_revoked",
    "account_inactive",
    "not_authed",
    "token_expired",
}
HIDDEN = {"channel_not_found", "not_in_channel", "no_permission", "missing_scope"}


class SlackUnavailableError(UnavailableError):
    """Slack does not answer, or asks to wait. `retry_after`: seconds."""

    code = "slack_unavailable"

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class SlackRefusedError(Exception):
    """Slack understood and said no; `error` is its code, such as `message_not_found`."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.method = method
        self.error = error


CallObserver = Callable[[str, str, float], None]
"""Told method, outcome and seconds of every call."""


Method = Callable[..., Awaitable[AsyncSlackResponse]]
"""One of the SDK client's methods."""


@dataclass(slots=True)
class Pace:
    """Spaces posts to one channel; Slack allows about one a second, with small bursts."""

    per_second: float
    burst: int = 3
    _next: dict[str, float] = field(default_factory=dict)

    async def wait(self, channel: str) -> None:
        """Wait for this channel's turn."""
        now = time.monotonic()
        interval = 1 / self.per_second
        turn = max(self._next.get(channel, 0.0), now)
        if len(self._next) > MAX_CHANNELS:
            self._next = {key: at for key, at in self._next.items() if at > now}
        self._next[channel] = turn + interval
        delay = turn - now - (self.burst - 1) * interval
        if delay > 0:
            await asyncio.sleep(delay)

    def hold(self, channel: str, seconds: float) -> None:
        """Stop this channel for everybody: Slack said so."""
        until = time.monotonic() + seconds + (self.burst - 1) / self.per_second
        self._next[channel] = max(self._next.get(channel, 0.0), until)


@dataclass(slots=True)
class TokenWatch:
    """Whether Slack accepts our bot token; the log hears of a change, not of every call."""

    refused: str | None = None
    """Slack's code, while it refuses."""

    def accept(self) -> None:
        if self.refused is not None:
            log.info("slack.token_accepted")
        self.refused = None

    def refuse(self, code: str) -> None:
        if self.refused is None:
            log.error("slack.token_refused", error=code, setting="SLACK_BOT_TOKEN")
        self.refused = code


@dataclass(frozen=True, slots=True)
class SlackCalls:
    """One door to the Web API. `client` must have no retry handlers."""

    client: AsyncWebClient
    pace: Pace
    observe: CallObserver
    token: TokenWatch = field(default_factory=TokenWatch)

    async def post(self, method: Method, *, channel: str, **arguments: Any) -> AsyncSlackResponse:  # noqa: ANN401 - JSON
        """Make a call that writes into a channel, in the channel's turn."""
        await self.pace.wait(channel)
        try:
            return await self.call(method, channel=channel, **arguments)
        except SlackUnavailableError as error:
            if error.retry_after:
                self.pace.hold(channel, error.retry_after)
            raise

    async def call(self, method: Method, **arguments: Any) -> AsyncSlackResponse:  # noqa: ANN401 - JSON
        """Make one call; raises SlackRefusedError or SlackUnavailableError.

        `method` is one of the client's own, such as `client.users_info`: it knows which
        arguments Slack takes as JSON and which as a form.
        """
        name = str(getattr(method, "__name__", "call"))
        started = time.perf_counter()
        outcome = "ok"
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await method(**arguments)
        except SlackApiError as error:
            verdict = _verdict(name, error)
            if error_code(error) in TOKEN_REFUSED:
                self.token.refuse(error_code(error))
            outcome = "refused" if isinstance(verdict, SlackRefusedError) else "unavailable"
            raise verdict from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            outcome = "unreachable"
            raise SlackUnavailableError("Slack is not answering.") from error
        else:
            self.token.accept()
            return answer
        finally:
            self.observe(name, outcome, time.perf_counter() - started)


def error_code(error: SlackApiError) -> str:
    """Read Slack's code of a refusal; a page instead of JSON has only its status."""
    answer = error.response.data
    code = answer.get("error") if isinstance(answer, dict) else None
    return str(code or f"http_{error.response.status_code}")


def _verdict(method: str, error: SlackApiError) -> SlackUnavailableError | SlackRefusedError:
    """Decide whether the same call may work later."""
    status = error.response.status_code
    code = error_code(error)
    if status == TOO_MANY_REQUESTS or code == "ratelimited":
        wait = float(error.response.headers.get("Retry-After", 1))
        return SlackUnavailableError("Slack asks us to slow down.", wait)
    if code in TOKEN_REFUSED:
        return SlackUnavailableError(
            f"Slack refuses SLACK_BOT_TOKEN ({code}). An admin must install the app again at "
            "api.slack.com/apps and copy the new token.",
        )
    if status >= SERVER_ERROR or code in {"internal_error", "fatal_error", "service_unavailable"}:
        return SlackUnavailableError("Slack is not answering.")
    return SlackRefusedError(method, code)


def hidden_channel(channel_name: str | None = None) -> NotInChannelError:
    """Turn Slack's ways of saying "you are not in there" into a sentence with the remedy."""
    where = f"#{channel_name}" if channel_name else "this channel"
    return NotInChannelError(
        f"I cannot read {where}, so no ticket was made. Type /invite @regulars there and try again."
    )
