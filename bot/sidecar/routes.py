"""Every path of the sidecar, in one table: method, path, who may, what answers."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.metrics import Metrics
from bot.sidecar.health import Health

Access = Literal["open", "metrics"]

HEALTH = web.AppKey("health", Health)
METRICS = web.AppKey("metrics", Metrics)
METRICS_TOKEN = web.AppKey("metrics_token", str)


async def live(request: web.Request) -> web.Response:
    """Answer 200 while the event loop turns."""
    is_live = request.app[HEALTH].is_live()
    return web.json_response({"status": "live" if is_live else "stuck"}, status=_status(ok=is_live))


async def ready(request: web.Request) -> web.Response:
    """Answer 200 when the process can be sent work, with every check by name."""
    is_ready, checks = await request.app[HEALTH].report()
    return web.json_response(checks, status=_status(ok=is_ready))


async def metrics(request: web.Request) -> web.Response:
    """Answer in Prometheus's text format."""
    body = generate_latest(request.app[METRICS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table."""

    method: Literal["GET", "POST"]
    path: str
    access: Access
    answer: Callable[[web.Request], Awaitable[web.Response]]


ROUTES: tuple[Route, ...] = (
    Route("GET", "/health", "open", ready),
    Route("GET", "/health/live", "open", live),
    Route("GET", "/health/ready", "open", ready),
    Route("GET", "/metrics", "metrics", metrics),
)


def may(access: Access, request: web.Request) -> bool:
    """Tell whether the request may have what the route answers.

    Figures need the token if there is one, else a caller on this machine. Tokens are compared in
    constant time, as bytes: a header need not be text.
    """
    if access == "open":
        return True
    token = request.app[METRICS_TOKEN]
    if not token:
        return ip_address(request.remote or "0.0.0.0").is_loopback  # noqa: S104 - nobody's address
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def _status(*, ok: bool) -> int:
    return 200 if ok else 503
