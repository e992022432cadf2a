"""Socket Mode's WebSockets: one-time tickets, hello, pings, disconnects, at most ten at once."""

import asyncio
import contextlib
import json
import random
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from aiohttp import ClientConnectionResetError, WSMessage, WSMsgType, web

from bot.playground.slack.faults import Faults
from bot.playground.slack.model import APP_ID, Json

MOST_CONNECTIONS = 10
LIFETIME_SECONDS = 18_060
LIFETIME_WHEN_DEBUGGING = 360
WARNING_SECONDS = 10
_PING_EVERY = 5.0
# After this frame Slack still drains what it already sent before it closes the socket.
_CLOSE_AFTER = {"warning": WARNING_SECONDS, "refresh_requested": 2.0}


@dataclass(eq=False)
class Connection:
    """One open socket. `leaving` ones get no new envelopes; `silent` ones say and hear nothing."""

    id: str
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport
    leaving: bool = False
    silent: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, frame: Json) -> bool:
        """Send `frame`; False if the other side has gone."""
        if self.silent:
            return True
        try:
            await self.socket.send_str(json.dumps(frame))
        except (ClientConnectionResetError, ConnectionError):
            return False
        return True


class Sockets:
    """All sockets of the app; hands incoming frames to `on_frame`.

    `on_change` hears of every socket that opens or closes.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._tickets: set[str] = set()
        self._open: list[Connection] = []
        self.on_frame: Callable[[Json], None] = lambda _frame: None
        self.on_change: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """Make a ticket for one handshake, or one that is already used up if told so."""
        ticket = secrets.token_hex(16)
        if not self._faults.take_spent_ticket():
            self._tickets.add(ticket)
        return ticket

    def pick(self, previous: str | None = None) -> Connection | None:
        """Choose any connection; a redelivery takes another one than `previous` if it can."""
        usable = [each for each in self._open if not each.leaving]
        others = [each for each in usable if each.id != previous]
        # Chance spreads the load here; nobody has to be unable to guess it.
        return random.choice(others or usable) if usable else None  # noqa: S311

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if self._faults.take_refused_socket() or ticket not in self._tickets:
            return web.Response(status=401, text="The ticket is not valid.")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=1.0)
        await socket.prepare(request)
        if request.transport is None:
            return socket
        connection = Connection(secrets.token_hex(4), socket, request.transport)
        if len(self._open) >= MOST_CONNECTIONS:
            await connection.send({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        lifetime = LIFETIME_SECONDS
        if request.query.get("debug_reconnects") == "true":
            lifetime = LIFETIME_WHEN_DEBUGGING
        await self._converse(connection, lifetime)
        return socket

    async def disconnect(self, reason: str, times: int = 1) -> None:
        """Tell every socket to go, `times` over, and close it when Slack would."""
        for connection in list(self._open):
            connection.leaving = reason != "warning"
            for _ in range(times):
                await connection.send(_disconnect(reason))
            self._start(connection, self._close_later(connection, _CLOSE_AFTER.get(reason, 0)))

    def silence(self) -> None:
        """Let every socket that is open now fall silent for ever, as behind a dead router."""
        for connection in self._open:
            connection.silent = True

    def cut(self) -> None:
        """Cut every TCP connection without a word."""
        for connection in list(self._open):
            if isinstance(connection.transport, asyncio.Transport):
                connection.transport.abort()

    async def close(self) -> None:
        for connection in list(self._open):
            await connection.socket.close()

    async def _converse(self, connection: Connection, lifetime: int) -> None:
        self._open.append(connection)
        self.on_change()
        try:
            if not self._faults.socket_silent:
                await connection.send(self._hello(lifetime))
            self._start(connection, self._ping(connection))
            self._start(connection, self._grow_old(connection, lifetime))
            async for message in connection.socket:
                if not (self._faults.socket_silent or connection.silent):
                    await self._receive(connection, message)
        finally:
            self._open.remove(connection)
            self.on_change()
            for task in connection.tasks:
                task.cancel()

    def _hello(self, lifetime: int) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "playground",
                "build_number": 1,
                "approximate_connection_time": lifetime,
            },
            "connection_info": {"app_id": APP_ID},
        }

    async def _receive(self, connection: Connection, message: WSMessage) -> None:
        if message.type is WSMsgType.PING:
            await connection.socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            with contextlib.suppress(json.JSONDecodeError):  # Slack ignores what it cannot read
                frame = json.loads(message.data)
                if isinstance(frame, dict):
                    self.on_frame(frame)

    async def _ping(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(_PING_EVERY)
            if not (self._faults.socket_silent or connection.silent):
                with contextlib.suppress(ClientConnectionResetError, ConnectionError):
                    await connection.socket.ping(b"Ping from the playground")

    async def _grow_old(self, connection: Connection, lifetime: int) -> None:
        await asyncio.sleep(lifetime - WARNING_SECONDS)
        await connection.send(_disconnect("warning"))
        await self._close_later(connection, WARNING_SECONDS)

    async def _close_later(self, connection: Connection, seconds: float) -> None:
        await asyncio.sleep(seconds)
        connection.leaving = True
        await connection.socket.close()

    def _start(self, connection: Connection, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        connection.tasks.add(task)
        task.add_done_callback(connection.tasks.discard)


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
