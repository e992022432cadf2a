"""Socket Mode connections under supervision.

Every attempt fetches a fresh one-time address and may take thirty seconds. A connection that stops
answering pings is dropped. When Slack announces the end of a connection, the next one opens before
the old one closes. Acknowledgements leave on the socket that brought the envelope.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import (
    run_async_bolt_app,
    send_async_response,
)
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.precedence import Precedence
from listeners.slack_calls import error_code

log = structlog.get_logger()

LOGGER = logging.getLogger(__name__)
ATTEMPT_SECONDS = 30
HEARTBEAT_SECONDS = 4
LONGEST_BACKOFF_SECONDS = 30
DRAIN_SECONDS = 3
BRIEF_SECONDS = 5
HANDLED_AT_ONCE = 16
"""Envelopes of all connections together. More at a time would only wait for the database longer,
each until it gives up; in turn, all of a burst are stored."""
TOO_MANY = "too_many_websockets"
LINK_DISABLED = "link_disabled"
FATAL_ERRORS = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "user_removed_from_team",
        "team_disabled",
        "not_allowed_token_type",
    },
)


class SocketsRefusedError(Exception):
    """Slack will not have us, and trying again will not help. The message is for the operator."""


@dataclass(frozen=True, slots=True)
class SocketObservers:
    """Where figures go."""

    connected: Callable[[int], None]
    reconnected: Callable[[str], None]
    acknowledged: Callable[[str, float], None]


@dataclass(slots=True)
class Connection:
    """One WebSocket, from its hello to its end."""

    websocket: aiohttp.ClientWebSocketResponse
    app: AsyncApp
    observers: SocketObservers
    room: asyncio.Semaphore
    precedence: Precedence
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when another connection should take over."""
    reason: str = "closed"
    opened_at: float = field(default_factory=time.monotonic)
    logger: logging.Logger = LOGGER
    _handling: set[asyncio.Task[None]] = field(default_factory=set)

    async def read(self) -> None:
        """Handle frames until the connection ends."""
        try:
            async for frame in self.websocket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._receive(json.loads(frame.data))
            if self.websocket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE:
                self.reason = "silent"
        finally:
            self.ending.set()

    def _receive(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "disconnect":
            self.reason = str(message.get("reason") or "disconnect")
            log.info("socket.ending", reason=self.reason)
            self.ending.set()
        elif kind != "hello":
            task = asyncio.create_task(self._handle(message))
            self._handling.add(task)
            task.add_done_callback(self._handling.discard)

    async def _handle(self, message: dict[str, Any]) -> None:
        received = time.perf_counter()
        request = SocketModeRequest.from_dict(message)
        if request is None:
            log.info("socket.frame_ignored")
            return
        with self.precedence.go_first():
            async with self.room:
                response = await run_async_bolt_app(self.app, request)
            # Answers only a 200: what was not stored is not acknowledged, and Slack sends it again.
            await send_async_response(self, request, response, received)  # type: ignore[arg-type]
        if response.status == 200:  # noqa: PLR2004 - HTTP OK
            self.observers.acknowledged(request.type, time.perf_counter() - received)

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """Send an acknowledgement; called by Bolt's own adapter."""
        await self.websocket.send_str(json.dumps(response.to_dict()))

    def was_brief(self) -> bool:
        """Tell whether it ended so soon that opening the next at once would be a tight loop."""
        return time.monotonic() - self.opened_at < BRIEF_SECONDS

    async def close(self) -> None:
        """Let what is in hand be acknowledged, then close."""
        if self._handling:
            await asyncio.wait(self._handling, timeout=DRAIN_SECONDS)
        await self.websocket.close()


@dataclass(slots=True)
class Sockets:
    """Keeps `count` connections open until `stop`."""

    app: AsyncApp
    client: AsyncWebClient
    app_token: str
    session: aiohttp.ClientSession
    count: int
    observers: SocketObservers
    on_gap: Callable[[float], Awaitable[None]]
    """Told of every time without any connection, in seconds, once one is open again."""
    precedence: Precedence
    """Of envelopes, from their arrival to their acknowledgement."""
    connected: int = 0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HANDLED_AT_ONCE))
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _lost_at: float | None = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Supervise all connections; raises SocketsRefusedError when Slack refuses for good."""
        async with asyncio.TaskGroup() as group:
            for number in range(self.count):
                group.create_task(self._supervise(), name=f"socket-{number}")

    def stop(self) -> None:
        """Close all connections and do not open new ones."""
        self._stopping.set()

    async def _supervise(self) -> None:
        failures = 0
        current: tuple[Connection, asyncio.Task[None]] | None = None
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    opened = await self._open()
            except (aiohttp.ClientError, TimeoutError, OSError, SlackApiError) as error:
                failures += 1
                self.observers.reconnected("refused")
                log.warning("socket.not_opened", failures=failures, error=type(error).__name__)
                await self._pause(_backoff(failures))
                continue
            if current is not None:
                await self._retire(*current)
            current = opened
            await self._until_ending(opened[0])
            if opened[0].reason == LINK_DISABLED:
                raise SocketsRefusedError(
                    "Slack says Socket Mode is switched off. Turn it on at api.slack.com/apps → "
                    "Socket Mode and start again.",
                )
            if not self._stopping.is_set():
                self.observers.reconnected(opened[0].reason)
            failures = failures + 1 if opened[0].was_brief() else 0
            if opened[0].reason == TOO_MANY or opened[0].websocket.closed:
                await self._retire(*opened)
                current = None
                await self._pause(_backoff(failures))
        if current is not None:
            await self._retire(*current)

    async def _open(self) -> tuple[Connection, asyncio.Task[None]]:
        try:
            answer = await self.client.apps_connections_open(app_token=self.app_token)
        except SlackApiError as error:
            code = error_code(error)
            if code in FATAL_ERRORS:
                raise SocketsRefusedError(
                    f"Slack refuses SLACK_APP_TOKEN ({code}). Make a new App-Level Token with "
                    "connections:write at api.slack.com/apps → Basic Information.",
                ) from error
            retry_after = error.response.headers.get("Retry-After")
            if retry_after:
                await asyncio.sleep(min(float(retry_after), ATTEMPT_SECONDS / 2))
            raise
        websocket = await self.session.ws_connect(
            str(answer["url"]),
            heartbeat=HEARTBEAT_SECONDS,
            max_msg_size=0,
        )
        connection = Connection(websocket, self.app, self.observers, self._room, self.precedence)
        reading = asyncio.create_task(connection.read(), name="socket-reader")
        self.connected += 1
        self.observers.connected(self.connected)
        log.info("socket.opened", connected=self.connected)
        await self._report_gap()
        return connection, reading

    async def _report_gap(self) -> None:
        if self._lost_at is not None:
            gap, self._lost_at = time.monotonic() - self._lost_at, None
            await self.on_gap(gap)

    async def _retire(self, connection: Connection, reading: asyncio.Task[None]) -> None:
        await connection.close()
        reading.cancel()
        await asyncio.wait([reading])
        self.connected -= 1
        if self.connected == 0:
            self._lost_at = time.monotonic()
        self.observers.connected(self.connected)

    async def _until_ending(self, connection: Connection) -> None:
        waits = [
            asyncio.create_task(connection.ending.wait()),
            asyncio.create_task(self._stopping.wait()),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _backoff(failures: int) -> float:
    """Full jitter under a doubling bound: at once, then up to thirty seconds."""
    return random.uniform(0.1, min(LONGEST_BACKOFF_SECONDS, 0.5 * 2**failures))  # noqa: S311
