"""The API described: for machines as OpenAPI, for people as a page that loads nothing elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from aiohttp import web

from bot.sidecar.answers import JSON_TYPE
from bot.sidecar.parts import OPENAPI
from bot.sidecar.route import Route

PAGE = Path(__file__).parent / "docs_page"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def openapi(request: web.Request) -> web.Response:
    body = await asyncio.to_thread(request.app[OPENAPI])
    return web.Response(body=body, content_type=JSON_TYPE)


def _file(name: str, media_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(
            body=_bytes(name), content_type=media_type, charset="utf-8", headers=headers
        )

    return answer


@cache
def _bytes(name: str) -> bytes:
    return (PAGE / name).read_bytes()


DOCS_ROUTES: tuple[Route, ...] = (
    Route("GET", "/openapi.json", "open", openapi, "This document"),
    Route("GET", "/docs", "open", _file("index.html", "text/html"), "The page that shows it"),
    Route("GET", "/docs/page.js", "open", _file("page.js", "text/javascript")),
    Route("GET", "/docs/schema.js", "open", _file("schema.js", "text/javascript")),
    Route("GET", "/docs/page.css", "open", _file("page.css", "text/css")),
)
