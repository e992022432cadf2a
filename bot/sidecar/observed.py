"""Connections whose requests can be found in the log, and whose answers are counted.

A middleware would cost as much as all that is done here, and would see neither what is no HTTP nor
what aiohttp itself answers.
"""

import asyncio
import logging
import time
from typing import Any

import structlog
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader

from bot.metrics import Metrics
from bot.sidecar.errors import identify

log = structlog.get_logger()

UNKNOWN_ROUTE = "unknown"
_ROOT = logging.getLogger()


class ObservedConnection(web.RequestHandler):
    """Logs and counts under the caller's correlation id and the route's own path."""

    __slots__ = ("_began", "_metrics")

    def __init__(self, server: web.Server, metrics: Metrics, **options: Any) -> None:  # noqa: ANN401 - aiohttp's
        """`server` must be one that `observe` has seen."""
        super().__init__(server, access_log=None, **options)  # type: ignore[arg-type] # None: off
        self._metrics = metrics
        self._began = 0.0

    def request_begins(self, request: web.BaseRequest) -> None:
        """Name the request in whatever is logged until its answer."""
        structlog.contextvars.bind_contextvars(correlation_id=identify(request))
        self._began = time.perf_counter()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Count the answer before it is written, which takes as long as the caller wants."""
        seconds = time.perf_counter() - self._began
        route = _route(request)
        self._metrics.http.answered(route, request.method, resp.status, seconds)
        if _ROOT.isEnabledFor(logging.DEBUG):  # a logger costs more than an answer
            log.debug("http.answered", route=route, status=resp.status, ms=round(seconds * 1000))
        return await super().finish_response(request, resp, start_time)


def observe(server: web.Server) -> None:
    """Let the server's connections know when a request begins.

    It begins in the connection's own task, of whose context the answer's task gets a copy.
    """
    make = server.request_factory

    def begin(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        request = make(message, payload, protocol, writer, task)
        if isinstance(protocol, ObservedConnection):
            protocol.request_begins(request)
        return request

    server.request_factory = begin


def _route(request: web.BaseRequest) -> str:
    """Return the path of the route table, not what was asked for."""
    if not isinstance(request, web.Request):
        return UNKNOWN_ROUTE
    try:
        resource = request.match_info.route.resource
    except AssertionError:  # it was no HTTP, so that no route was looked for
        return UNKNOWN_ROUTE
    return UNKNOWN_ROUTE if resource is None else resource.canonical
