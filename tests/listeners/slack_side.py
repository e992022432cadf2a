"""Where listeners answer: Bolt's own tools, and a server that notes what they send."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt import BoltResponse
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from tests.wired import Json

Calls = list[tuple[str, Json]]


@dataclass
class Ack(AsyncAck):
    """Bolt's own, which also notes what Slack gets by it."""

    calls: Calls = field(default_factory=list)
    response: BoltResponse | None = None

    async def __call__(self, *unnamed: Any, **named: Any) -> BoltResponse:  # noqa: ANN401 - Bolt's
        response = await super().__call__(*unnamed, **named)
        self.calls.append(("ack", json.loads(response.body or "{}")))
        return response


@dataclass
class Slack:
    """Accepts everything, except posts where the bot is not a member."""

    ack: Ack
    respond: AsyncRespond
    client: AsyncWebClient
    calls: Calls
    """What it was given, in order: acknowledgements, responses, and calls of its Web API."""

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def given(self, method: str) -> Json:
        """Return what came the only time that this was called."""
        (given,) = [given for called, given in self.calls if called == method]
        return given


@asynccontextmanager
async def open_slack() -> AsyncIterator[Slack]:
    calls: Calls = []

    async def answer(request: web.Request) -> web.Response:
        given = await request.json() if request.can_read_body else {}
        calls.append((request.match_info["method"], given))
        if given.get("channel") == "C_PRIVATE":
            return web.json_response({"ok": False, "error": "not_in_channel"})
        return web.json_response({"ok": True, "view": {"id": "V1"}, "ts": "1.1"})

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/api/"))
        client = AsyncWebClient("xoxb-test", base_url=url, retry_handlers=[])
        yield Slack(Ack(calls), AsyncRespond(response_url=f"{url}respond"), client, calls)
