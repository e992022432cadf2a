"""`/play/slack/…`: the people of the playground, its state, log and fault switches, over HTTP."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.playground.slack.core import Slack
from bot.playground.slack.deliveries import NotAcknowledged
from bot.playground.slack.doing import Doing
from bot.playground.slack.emoji import glyphs
from bot.playground.slack.errors import NotPossible
from bot.playground.slack.model import Json
from bot.playground.slack.people import People
from bot.playground.slack.request import Body
from bot.playground.slack.snapshot import Snapshot

_PREFIX = "/play/slack"
_REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
_KEEP_ALIVE_SECONDS = 15.0

Act = Callable[[Body], Json] | Callable[[Body], Coroutine[Any, Any, Json]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Control:
    """The routes of the control API; `config` is what the page has to know."""

    slack: Slack
    config: Json
    people: People = field(init=False)
    doing: Doing = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.slack)
        self.doing = Doing(self.slack, self.people)

    def add_routes(self, app: web.Application) -> None:
        people, doing, router = self.people, self.doing, app.router
        acts: dict[str, Act] = {
            "messages": people.write,
            "edit": people.edit,
            "delete": people.delete,
            "unfurl": people.unfurl,
            "react": people.react,
            "unreact": people.unreact,
            "member": people.set_membership,
            "archive": people.archive,
            "deactivate": people.deactivate,
            "command": doing.command,
            "shortcut": doing.shortcut,
            "click": doing.click,
            "view/click": doing.click_in_view,
            "view/submit": doing.submit_view,
            "view/close": doing.close_view,
            "home": doing.open_home,
            "disconnect": self._disconnect,
            "reset": self._reset,
            "silence": self._silence,
            "faults": self._set_faults,
        }
        for path, act in acts.items():
            router.add_post(f"{_PREFIX}/{path}", _handler(act))
        router.add_get(f"{_PREFIX}/config", self._config)
        router.add_get(f"{_PREFIX}/faults", self._faults)
        router.add_get(f"{_PREFIX}/state", self._state)
        router.add_get(f"{_PREFIX}/stream", self._stream)
        router.add_get(f"{_PREFIX}/log", self._log)
        router.add_delete(f"{_PREFIX}/log", self._clear_log)
        router.add_get(f"{_PREFIX}/emoji", _emoji)
        router.add_get(f"{_PREFIX}/files/{{id}}/{{name}}", self._file)

    async def _disconnect(self, body: Body) -> Json:
        reason = body.text("reason")
        if reason not in _REASONS:
            raise NotPossible(f"Slack knows these reasons: {', '.join(_REASONS)}.")
        await self.slack.sockets.disconnect(reason, body.number("times", 1))
        return {}

    def _reset(self, _body: Body) -> Json:
        self.slack.sockets.cut()
        return {}

    def _silence(self, _body: Body) -> Json:
        self.slack.sockets.silence()
        return {}

    def _set_faults(self, body: Body) -> Json:
        try:
            self.slack.faults.merge(dict(body.values))
        except ValueError as problem:
            raise NotPossible(str(problem)) from problem
        self.slack.changes.mark()
        return self.slack.faults.as_json()

    async def _config(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True} | self.config)

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True} | self.slack.faults.as_json())

    async def _state(self, request: web.Request) -> web.Response:
        viewer = request.query.get("viewer") or None
        if viewer is not None and viewer not in self.slack.workspace.users:
            return _refuse(f"There is nobody with the id {viewer!r}.")
        return web.json_response({"ok": True} | Snapshot(self.slack, viewer).draw())

    async def _log(self, _request: web.Request) -> web.Response:
        connections = {"connections": len(self.slack.sockets)}
        return web.json_response({"ok": True} | self.slack.log.as_json() | connections)

    async def _clear_log(self, _request: web.Request) -> web.Response:
        self.slack.log.clear()
        return web.json_response({"ok": True})

    async def _file(self, request: web.Request) -> web.Response:
        """Hand a file to the page, which has no token."""
        file = self.slack.workspace.files.get(request.match_info["id"])
        content = self.slack.workspace.contents.get(request.match_info["id"])
        if file is None or content is None:
            return _refuse("There is no such file.", status=404)
        # A page somebody uploaded must not run as ours.
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type=file.mimetype, headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        changes = self.slack.changes
        seen = -1
        try:
            while True:
                try:
                    seen = await asyncio.wait_for(changes.after(seen), _KEEP_ALIVE_SECONDS)
                    event = f"data: {json.dumps({'revision': seen})}\n\n"
                except TimeoutError:
                    event = ": still here\n\n"
                await response.write(event.encode())
        except ConnectionError:
            return response


async def _emoji(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True, "emoji": glyphs()})


def _handler(act: Act) -> Handler:
    """Turn an act into a handler of POST requests with a JSON body."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            values = await request.json() if request.can_read_body else {}
        except json.JSONDecodeError:
            return _refuse("The body is not JSON.")
        if not isinstance(values, dict):
            return _refuse("The body must be a JSON object.")
        try:
            answer = act(Body(values))
            result = answer if isinstance(answer, dict) else await answer
        except (NotPossible, NotAcknowledged) as problem:
            return _refuse(str(problem))
        return web.json_response({"ok": True} | result)

    return handle


def _refuse(sentence: str, status: int = 400) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=status)
