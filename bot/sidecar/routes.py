"""Every path of the sidecar, in one table: method, path, who may, what answers.

What a caller may be told beyond their scope is decided by the services, not here.
"""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.sidecar.admin import ADMIN_ROUTES
from bot.sidecar.api import ALIAS_ROUTES, API_ROUTES
from bot.sidecar.auth import CALLER
from bot.sidecar.docs import DOCS_ROUTES
from bot.sidecar.parts import HEALTH, METRICS
from bot.sidecar.route import Route, optional
from services.api_keys import Scope


async def live(request: web.Request) -> web.Response:
    """Answer 200 while the event loop turns."""
    is_live = request.app[HEALTH].is_live()
    return web.json_response({"status": "live" if is_live else "stuck"}, status=_status(ok=is_live))


async def ready(request: web.Request) -> web.Response:
    """Answer 200 when the process can be sent work, with every check by name."""
    is_ready, checks = await request.app[HEALTH].report()
    return web.json_response(checks, status=_status(ok=is_ready))


async def health(request: web.Request) -> web.Response:
    """Answer as `ready`, and tell an admin more."""
    is_ready, checks = await request.app[HEALTH].report()
    if CALLER in request:
        checks |= request.app[HEALTH].details()
    return web.json_response(checks, status=_status(ok=is_ready))


async def metrics(request: web.Request) -> web.Response:
    """Answer in Prometheus's text format."""
    body = generate_latest(request.app[METRICS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


ADMIN_KNOWS_MORE = optional(Scope.ADMIN)

PROCESS_ROUTES: tuple[Route, ...] = (
    Route("GET", "/health", ADMIN_KNOWS_MORE, health, "Whether the process can be sent work"),
    Route("GET", "/health/live", "open", live, "Whether the event loop turns"),
    Route("GET", "/health/ready", "open", ready, "Whether the process can be sent work"),
    Route("GET", "/metrics", "metrics", metrics, "Figures in Prometheus's text format"),
)

ROUTES: tuple[Route, ...] = (
    *PROCESS_ROUTES,
    *DOCS_ROUTES,
    *API_ROUTES,
    *ALIAS_ROUTES,
    *ADMIN_ROUTES,
)


def _status(*, ok: bool) -> int:
    return 200 if ok else 503
