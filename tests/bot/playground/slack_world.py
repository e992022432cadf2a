"""An emulated Slack on a real port, with the real SDK as its app and people to talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Manifest, SlackEmulator

SCOPES = [
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
]
EVENTS = [
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "reaction_added",
    "reaction_removed",
    "user_change",
]


def manifest(scopes: list[str] | None = None, events: list[str] | None = None) -> Manifest:
    return Manifest.parse(
        {
            "features": {
                "app_home": {"home_tab_enabled": True},
                "slash_commands": [
                    {"command": "/customer", "description": "Who", "should_escape": True}
                ],
                "shortcuts": [
                    {
                        "name": "Create ticket",
                        "type": "message",
                        "callback_id": "create_ticket",
                        "description": "Creates a ticket",
                    },
                    {
                        "name": "New ticket",
                        "type": "global",
                        "callback_id": "new_ticket",
                        "description": "Creates a ticket",
                    },
                ],
            },
            "oauth_config": {"scopes": {"bot": SCOPES if scopes is None else scopes}},
            "settings": {
                "event_subscriptions": {"bot_events": EVENTS if events is None else events},
                "interactivity": {"is_enabled": True},
            },
        }
    )


@dataclass
class Socket:
    """One Socket Mode connection, acknowledging by hand or, with `answer`, by itself."""

    socket: aiohttp.ClientWebSocketResponse
    hello: dict[str, Any]

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=5))
        return frame

    async def ack(self, frame: dict[str, Any], payload: object = None) -> None:
        answer: dict[str, object] = {"envelope_id": frame["envelope_id"]}
        if payload is not None:
            answer["payload"] = payload
        await self.socket.send_str(json.dumps(answer))

    async def take(self, payload: object = None) -> dict[str, Any]:
        """Receive an envelope, acknowledge it, return its payload."""
        frame = await self.next()
        await self.ack(frame, payload)
        received: dict[str, Any] = frame["payload"]
        return received

    async def event(self) -> dict[str, Any]:
        received: dict[str, Any] = (await self.take())["event"]
        return received

    async def is_quiet(self) -> bool:
        """Tell whether nothing waits here, by asking for something that comes after it."""
        try:
            await self.socket.receive(timeout=0.1)
        except TimeoutError:
            return True
        return False


@dataclass
class World:
    """The emulator, its address, and what tests do with it."""

    emulator: SlackEmulator
    url: str
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    web: AsyncWebClient = field(init=False)

    def __post_init__(self) -> None:
        self.web = AsyncWebClient("xoxb-playground", base_url=f"{self.url}/api/")

    async def play(self, path: str, **body: object) -> dict[str, Any]:
        """Do something as a person; must succeed."""
        answer = await self.refused(path, **body)
        assert answer["ok"], answer
        return answer

    async def refused(self, path: str, **body: object) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/play/slack/{path}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert answer["ok"] == (response.status == 200)
            return answer

    async def write(self, text: str, channel: str = "C0SUPPORT", **more: object) -> str:
        body: dict[str, object] = {"user": "U0BEN", "channel": channel, "text": text} | more
        ts: str = (await self.play("messages", **body))["ts"]
        return ts

    async def see(self, path: str, **query: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/play/slack/{path}", params=query) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def ticket_url(self) -> str:
        client = AsyncWebClient("xapp-playground", base_url=f"{self.url}/api/")
        url: str = (await client.apps_connections_open(app_token="xapp-playground"))["url"]
        return url

    async def connect(self) -> Socket:
        socket = await self.http.ws_connect(await self.ticket_url())
        self.stack.push_async_callback(socket.close)
        hello = json.loads(await socket.receive_str(timeout=5))
        return Socket(socket, hello)

    async def while_answering(
        self, doing: Awaitable[dict[str, Any]], socket: Socket, payload: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Let a person act while the app acknowledges; return what both got."""
        answer, received = await asyncio.gather(doing, socket.take(payload))
        return answer, received


async def error_of(call: Awaitable[object]) -> str:
    """Return the error code a Web API call fails with."""
    try:
        await call
    except SlackApiError as problem:
        code: str = problem.response["error"]
        return code
    raise AssertionError("The call did not fail.")


@asynccontextmanager
async def open_world(emulator: SlackEmulator | None = None) -> AsyncIterator[World]:
    emulator = emulator or SlackEmulator(manifest())
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(emulator.make_app()))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        inner = await stack.enter_async_context(AsyncExitStack())
        yield World(emulator, str(server.make_url("")).rstrip("/"), http, inner)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds, however long the machine needs."""
    while not condition():  # noqa: ASYNC110 - there is no event for what tests wait for
        await asyncio.sleep(0.01)
