"""The playground's own door to both accounts: their state, faults, log, and changes."""

import asyncio
import contextlib
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.playground.local_pages import cors
from bot.playground.marketing.faults import Faults
from bot.playground.marketing.gate import Gate
from bot.playground.marketing.state import Accounts

PREFIX = "/play/marketing"
SHOWN = 50


class Control:
    """Routes for the page and for tests."""

    def __init__(self, accounts: Accounts, gate: Gate, faults: Faults) -> None:
        self.accounts, self.gate, self.faults = accounts, gate, faults
        self._streams: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{PREFIX}/state", self.state),
            web.get(f"{PREFIX}/lists/{{id}}", self.members),
            web.get(f"{PREFIX}/tags", self.tags),
            web.get(f"{PREFIX}/faults", self.get_faults),
            web.post(f"{PREFIX}/faults", self.set_faults),
            web.get(f"{PREFIX}/log", self.log),
            web.get(f"{PREFIX}/stream", self.stream),
        ]

    async def state(self, _request: web.Request) -> web.Response:
        """Give lists and tags, of each the first people."""
        tagged: dict[str, list[str]] = {}
        for customer, tags in self.accounts.tags.items():
            for tag in tags:
                tagged.setdefault(tag, []).append(customer)
        lists = [
            {
                "id": each["id"],
                "name": each["name"],
                "created": each["created"],
                "size": len(each["members"]),
                "profiles": [
                    self.accounts.profiles[email] for email in list(each["members"])[:SHOWN]
                ],
            }
            for each in self.accounts.lists.values()
        ]
        imports = [
            {"id": each["id"], "status": each["status"], "size": len(each["rows"])}
            | {"done": each["done"], "failed": len(each["errors"]), "lists": each["lists"]}
            for each in self.accounts.imports.values()
        ]
        tags_shown = [
            {"tag": tag, "size": len(people), "customers": people[:SHOWN]}
            for tag, people in tagged.items()
        ]
        return _done({"lists": lists, "imports": imports, "tags": tags_shown})

    async def members(self, request: web.Request) -> web.Response:
        """Tell how often each e-mail address was put on a list."""
        found = self.accounts.lists.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        return _done({"name": found["name"], "members": found["members"]})

    async def tags(self, _request: web.Request) -> web.Response:
        return _done({"tags": self.accounts.tags})

    async def get_faults(self, _request: web.Request) -> web.Response:
        return _done(asdict(self.faults.switches))

    async def set_faults(self, request: web.Request) -> web.Response:
        try:
            self.faults.merge(await request.json())
        except (TypeError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        self.accounts.changed()
        return _done(asdict(self.faults.switches))

    async def log(self, _request: web.Request) -> web.Response:
        return _done({"calls": list(self.gate.calls)})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell the page of every change; it then fetches the state again."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.headers["Cache-Control"] = "no-cache"
        response.headers.update(cors(request))
        await response.prepare(request)
        teller = asyncio.create_task(self._tell(response))
        self._streams.add(teller)
        try:
            await asyncio.wait([teller])
        finally:
            teller.cancel()
            self._streams.discard(teller)
        return response

    async def close(self, _app: web.Application) -> None:
        for teller in self._streams:
            teller.cancel()

    async def _tell(self, response: web.StreamResponse) -> None:
        seen = self.accounts.revision
        with contextlib.suppress(ConnectionResetError):
            while True:
                await response.write(f'data: {{"revision": {seen}}}\n\n'.encode())
                await asyncio.sleep(0.2)
                seen = await self.accounts.wait_for_change(seen)


def _done(answer: dict[str, Any]) -> web.Response:
    return web.json_response({"ok": True, **answer})
