"""Which web pages may read what stands behind the emulators' own doors: those of this machine."""

from aiohttp import web

LOCAL_ORIGINS = ("http://127.0.0.1", "http://localhost")


def cors(request: web.Request, methods: str) -> dict[str, str]:
    """Return the headers that let a local page in; none for any other."""
    origin = request.headers.get("Origin", "")
    if not any(origin == local or origin.startswith(f"{local}:") for local in LOCAL_ORIGINS):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }
