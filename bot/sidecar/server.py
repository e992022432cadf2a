"""The HTTP server beside the bot: starts before it, stops after it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.metrics import Metrics
from bot.precedence import Precedence
from bot.settings import Settings
from bot.sidecar import auth, parts, requests
from bot.sidecar.clients import networks
from bot.sidecar.connections import Connection, Wall, connections_allowed
from bot.sidecar.cors import allow_listed_origins
from bot.sidecar.errors import answer_errors, dress
from bot.sidecar.health import Health
from bot.sidecar.observed import observe
from bot.sidecar.openapi import document
from bot.sidecar.route import KeyAccess, Route
from bot.sidecar.routes import ROUTES
from bot.sidecar.turns import Turns
from services.container import Services
from storage.limits import Limits

log = structlog.get_logger()

STOP_SECONDS = 3
BACKLOG = 512


@dataclass(slots=True)
class Sidecar:
    """Listens where the settings say; port 0 takes a free one, told in the log."""

    settings: Settings
    health: Health
    metrics: Metrics
    services: Services
    limits: Limits
    precedence: Precedence
    """Before which calls of the API give way."""
    _runner: web.AppRunner | None = field(default=None, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _sweep: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Bind and serve; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        runner = web.AppRunner(self._app(), shutdown_timeout=STOP_SECONDS)
        await runner.setup()
        requests_server = runner.server
        if requests_server is None:
            raise RuntimeError("the runner was not set up")
        observe(requests_server)
        self._runner, wall = runner, self._wall()
        self._server = await loop.create_server(
            lambda: Connection(requests_server, self.metrics, wall, loop),
            self.settings.http_host,
            self.settings.http_port,
            backlog=BACKLOG,
        )
        self._sweep = asyncio.create_task(wall.run(), name="sidecar-sweep")
        log.info("sidecar.listening", addresses=[str(at) for at in self._addresses()])

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._sweep is not None:
            self._sweep.cancel()

    @property
    def port(self) -> int:
        """The port that was taken."""
        return int(self._addresses()[0][1])

    def _addresses(self) -> list[Any]:
        sockets = () if self._server is None else self._server.sockets
        return [each.getsockname() for each in sockets]

    def _wall(self) -> Wall:
        wall = Wall(
            connections_allowed(self.settings.http_connections),
            self.settings.http_connections_per_address,
            networks(self.settings.trusted_proxies),
            self.metrics.connection_closed,
        )
        self.metrics.watch_connections(lambda: wall.open_connections)
        return wall

    def _app(self) -> web.Application:
        cors = [allow_listed_origins] if self.settings.cors_origins else []
        app = web.Application(middlewares=[*cors, answer_errors])
        app[parts.SETTINGS] = self.settings
        app[parts.HEALTH] = self.health
        app[parts.METRICS] = self.metrics
        app[parts.SERVICES] = self.services
        app[parts.LIMITS] = self.limits
        described: Callable[[], bytes] = _openapi
        app[parts.OPENAPI] = described
        app.on_response_prepare.append(_add_headers)
        turns = Turns(self.precedence)
        for route in ROUTES:
            app.router.add_route(route.method, route.path, _guarded(route, turns))
            if route.method == "GET":
                app.router.add_route("HEAD", route.path, _guarded(route, turns))
        return app


@cache
def _openapi() -> bytes:
    """Describe the routes when first asked: it takes longer than the rest of the start."""
    return json.dumps(document(ROUTES)).encode()


def _guarded(route: Route, turns: Turns) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if route.access != "open":
            await auth.admit(request, route)
        return await route.answer(request)

    async def answer_in_turn(request: web.Request) -> web.StreamResponse:
        async with turns.turn():
            await auth.admit(request, route)
            if not route.query:
                requests.refuse_query(request)
            return await route.answer(request)

    needs_key = isinstance(route.access, KeyAccess) and route.access.is_required
    return answer_in_turn if needs_key else answer


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    dress(request, response)
    standing = request.get(auth.STANDING)
    if standing is not None:
        response.headers["RateLimit-Limit"] = str(standing.bucket.per_minute)
        response.headers["RateLimit-Remaining"] = str(standing.remaining)
        response.headers["RateLimit-Reset"] = str(round(standing.reset_seconds))
