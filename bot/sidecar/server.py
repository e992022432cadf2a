"""The HTTP server beside the bot: starts before it, stops after it."""

import time
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.metrics import Metrics
from bot.settings import Settings
from bot.sidecar import auth, parts, requests
from bot.sidecar.errors import REQUEST_ID_HEADER, answer_errors, correlation_id
from bot.sidecar.health import Health
from bot.sidecar.route import KeyAccess, Route
from bot.sidecar.routes import ROUTES
from services.container import Services
from storage.limits import Limits

log = structlog.get_logger()

STOP_SECONDS = 3
UNKNOWN_ROUTE = "unknown"

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "Regulars",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer, unless its route says otherwise."""


@dataclass(slots=True)
class Sidecar:
    """Listens where the settings say; port 0 takes a free one, told in the log."""

    settings: Settings
    health: Health
    metrics: Metrics
    services: Services
    limits: Limits
    _runner: web.AppRunner | None = field(default=None, init=False)

    async def start(self) -> None:
        """Bind and serve; raises OSError when the port is taken."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.settings.http_host, self.settings.http_port).start()
        log.info("sidecar.listening", addresses=[str(at) for at in self._runner.addresses])

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port that was taken."""
        return 0 if self._runner is None else int(self._runner.addresses[0][1])

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_observe, answer_errors])
        app[parts.SETTINGS] = self.settings
        app[parts.HEALTH] = self.health
        app[parts.METRICS] = self.metrics
        app[parts.SERVICES] = self.services
        app[parts.LIMITS] = self.limits
        app.on_response_prepare.append(_add_headers)
        for route in ROUTES:
            app.router.add_route(route.method, route.path, _guarded(route))
        return app


def _guarded(route: Route) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        await auth.admit(request, route)
        if isinstance(route.access, KeyAccess) and route.query is None:
            requests.refuse_query(request)
        return await route.answer(request)

    return answer


@web.middleware
async def _observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log and count under the caller's correlation id and the route's own path."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id(request))
    resource = request.match_info.route.resource
    route = UNKNOWN_ROUTE if resource is None else resource.canonical
    started = time.perf_counter()
    response = await handler(request)
    seconds = time.perf_counter() - started
    request.app[parts.METRICS].http_answered(route, request.method, response.status, seconds)
    log.debug("http.answered", route=route, status=response.status, ms=round(seconds * 1000))
    return response


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers[REQUEST_ID_HEADER] = correlation_id(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    standing = request.get(auth.STANDING)
    if standing is not None:
        response.headers["RateLimit-Limit"] = str(standing.bucket.per_minute)
        response.headers["RateLimit-Remaining"] = str(standing.remaining)
        response.headers["RateLimit-Reset"] = str(round(standing.reset_seconds))
