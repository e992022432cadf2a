"""Which web pages may use the emulators' own doors, `/play/…`: those of this machine."""

from aiohttp import web
from aiohttp.typedefs import Handler

DOOR = "/play/"
METHODS = "GET, POST, DELETE"
LOCAL_ORIGINS = ("http://127.0.0.1", "http://localhost")


@web.middleware
async def let_local_pages_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a page's preflight, and let it read what stands behind the door."""
    if not request.path.startswith(DOOR):
        return await handler(request)
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=cors(request))
    response = await handler(request)
    if not response.prepared:
        response.headers.update(cors(request))
    return response


def cors(request: web.Request) -> dict[str, str]:
    """Return the headers that let a local page in; none for any other."""
    origin = request.headers.get("Origin", "")
    if not any(origin == local or origin.startswith(f"{local}:") for local in LOCAL_ORIGINS):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }
