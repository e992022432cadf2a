"""Lets the web pages of CORS_ORIGINS call the API from a browser; all others see nothing of it."""

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sidecar.parts import SETTINGS

ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-API-Key, X-Request-Id"
EXPOSED_HEADERS = (
    "Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
)
PREFLIGHT_SECONDS = 600


@web.middleware
async def allow_listed_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights of listed origins. No cookies are ever used, so none are allowed."""
    origin = request.headers.get("Origin", "")
    if origin not in request.app[SETTINGS].cors_origins:
        return await handler(request)
    wanted = request.headers.get("Access-Control-Request-Method")
    if request.method == "OPTIONS" and wanted:
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, PUT, DELETE"
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    else:
        response = await handler(request)
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    return response
