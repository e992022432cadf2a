"""The wall: how long a connection may take over what, and how many there may be.

aiohttp waits for ever for a request to be finished. Here each connection has one deadline for what
it is doing, and one sweep closes those that are over it. Where connections run out, the longest
unfinished request makes room, so that many slow callers cannot lock out the others.
"""

import asyncio
import json
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from math import inf

import structlog
from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError, LineTooLong

from bot.metrics import Metrics
from bot.sidecar.clients import UNKNOWN, Network, bucket_of, is_within
from bot.sidecar.errors import dress, error_response
from bot.sidecar.observed import ObservedConnection
from bot.sidecar.requests import BODY_SECONDS, PACKING

log = structlog.get_logger()

HEADER_SECONDS = 5.0
IDLE_SECONDS = 60.0
LINGERING_SECONDS = 2.0
GRACE_SECONDS = 0.5
"""A body that is being read is answered with 408 before its connection would be closed."""
SWEEP_SECONDS = 0.25

LONGEST_LINE = 8190
MOST_HEADERS = 64

STATUSES: dict[type[Exception], int] = {
    LineTooLong: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ContentEncodingError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}
"""What aiohttp all answers with 400."""

SENTENCES = {
    HTTPStatus.BAD_REQUEST: "This is not a well-formed HTTP request.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: PACKING,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"A line of the request is longer than {LONGEST_LINE:,} bytes."
    ),
}

BUSY = "Too many connections are open. Try again in a moment."
SLOW = f"The headers of the request were not complete within {HEADER_SECONDS:.0f} seconds."


class Doing(Enum):
    """What a connection is at; the value names it in metrics."""

    HEADER = "header_timeout"
    BODY = "body_timeout"
    ANSWER = "answering"
    IDLE = "idle"


@dataclass(slots=True)
class Wall:
    """Counts connections, and ends those that take too long or too much."""

    most: int
    most_per_address: int
    exempt: Sequence[Network]
    """Proxies: many callers behind one address."""
    count_closed: Callable[[str], None]
    _open: dict["Connection", str] = field(default_factory=dict)
    _per_address: dict[str, int] = field(default_factory=dict)

    @property
    def open_connections(self) -> int:
        return len(self._open)

    async def run(self) -> None:
        """Close what is over its deadline, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = loop.time()
            for connection in [each for each in self._open if each.deadline < now]:
                connection.say_why()
                self._end(connection, connection.doing.value)

    def admit(self, connection: "Connection", peer: str) -> bool:
        """Take a connection in, if need be in the place of one that dawdles."""
        address = bucket_of(peer)
        has_own_limit = not is_within(peer, self.exempt)
        if has_own_limit and self._per_address.get(address, 0) >= self.most_per_address:
            room = self._make_room(address)
        else:
            room = len(self._open) < self.most or self._make_room(None)
        if not room:
            self.count_closed("refused")
            return False
        self._open[connection] = address
        self._per_address[address] = self._per_address.get(address, 0) + 1
        return True

    def forget(self, connection: "Connection") -> None:
        """Count a connection that has ended; one that was never taken in is nothing new."""
        address = self._open.pop(connection, None)
        if address is None:
            return
        self._per_address[address] -= 1
        if not self._per_address[address]:
            del self._per_address[address]

    def _make_room(self, address: str | None) -> bool:
        """End the oldest that has not finished asking, or else the oldest that is idle."""
        for doing in (Doing.HEADER, Doing.BODY, Doing.IDLE):
            for connection, its_address in self._open.items():
                if connection.doing is doing and address in {None, its_address}:
                    self._end(connection, "evicted")
                    return True
        return False

    def _end(self, connection: "Connection", reason: str) -> None:
        self.count_closed(reason)
        self.forget(connection)
        connection.end()


class Connection(ObservedConnection):
    """One connection to the sidecar, with a deadline."""

    __slots__ = ("_has_asked", "_is_answered", "_loop_time", "_wall", "deadline", "doing")

    def __init__(
        self, server: web.Server, metrics: Metrics, wall: Wall, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(
            server,
            metrics,
            loop=loop,
            keepalive_timeout=IDLE_SECONDS + SWEEP_SECONDS,
            lingering_time=LINGERING_SECONDS,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
        )
        self._wall = wall
        self._loop_time = loop.time
        self._has_asked = False
        self._is_answered = False
        self.doing = Doing.HEADER
        self.deadline = inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self._set(Doing.HEADER, HEADER_SECONDS)
        if not self._wall.admit(self, peer[0] if isinstance(peer, tuple) else UNKNOWN):
            _say(transport, HTTPStatus.SERVICE_UNAVAILABLE, "too_many_connections", BUSY)
            transport.close()
            self._wall.forget(self)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._has_asked = True
        if self.doing is Doing.IDLE:
            self._set(Doing.HEADER, HEADER_SECONDS)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._wall.forget(self)
        super().connection_lost(exc)

    def request_begins(self, request: web.BaseRequest) -> None:
        """Note that the headers are here; the body may still be coming."""
        super().request_begins(request)
        if request.content.is_eof():
            self._set(Doing.ANSWER, inf)
            return
        self._set(Doing.BODY, BODY_SECONDS + GRACE_SECONDS)
        self._is_answered = False
        request.content.on_eof(self._body_ends)

    def request_ends(self) -> None:
        """Note that there is an answer; to read it may take as long as to be idle."""
        self._is_answered = True
        if self.doing is Doing.ANSWER:
            self._set(Doing.IDLE, IDLE_SECONDS)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        self.request_ends()
        return await super().finish_response(request, resp, start_time)

    def say_why(self) -> None:
        """Tell who began a request and did not finish its headers; silence is not answered."""
        transport = self.transport
        is_free = transport is not None and not transport.get_write_buffer_size()
        if self.doing is Doing.HEADER and self._has_asked and is_free:
            _say(transport, HTTPStatus.REQUEST_TIMEOUT, "too_slow", SLOW)

    def end(self) -> None:
        """Close now; what the caller has not read is lost to them."""
        transport = self.transport
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it would repeat what the caller sent
    ) -> web.StreamResponse:
        """Answer what is no HTTP in the one error shape, without repeating it anywhere."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        log.info("http.not_understood", error=type(exc).__name__)
        status = next((known for kind, known in STATUSES.items() if isinstance(exc, kind)), status)
        sentence = SENTENCES.get(HTTPStatus(status), "The request could not be answered.")
        response = error_response(request, status, "not_understood", sentence)
        dress(request, response)
        response.force_close()
        return response

    def _body_ends(self) -> None:
        self._set(Doing.ANSWER, inf)
        if self._is_answered:
            self.request_ends()

    def _set(self, doing: Doing, seconds: float) -> None:
        self.doing = doing
        self.deadline = self._loop_time() + seconds


def connections_allowed(wanted: int) -> int:
    """Leave half of the files this process may open to everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft // 2))


def _say(
    transport: asyncio.BaseTransport | None, status: HTTPStatus, code: str, sentence: str
) -> None:
    """Answer without a request; whoever calls this closes."""
    if not isinstance(transport, asyncio.Transport):
        return
    body = json.dumps({"error": {"code": code, "message": sentence, "reference": ""}}).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    transport.write(head.encode() + body)
