"""The sidecar, wired as in production, on a free port of this machine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.precedence import Precedence
from bot.sidecar.health import Health
from bot.sidecar.server import Sidecar
from bot.wiring import Parts, open_parts
from services.api_keys import KeyRequest, NewKey, Scope
from storage.limits import Limits
from tests.wired import settings_of

ADMIN_KEY = "admin-key-canary-0123456789"
NOWHERE = "http://127.0.0.1:1"


@dataclass
class Running:
    parts: Parts
    health: Health
    sidecar: Sidecar
    http: aiohttp.ClientSession
    address: str = ""
    silent_seconds: float = 0.0
    last_headers: Mapping[str, str] = field(default_factory=dict)

    async def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        key: str | None = None,
        **more: Any,  # noqa: ANN401
    ) -> tuple[int, Any]:
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        url = self.address + path
        async with self.http.request(method, url, headers=headers, **more) as response:
            self.last_headers = response.headers
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def key(self, *scopes: Scope, **more: Any) -> NewKey:  # noqa: ANN401 - of KeyRequest
        request = KeyRequest("test", [scope.value for scope in scopes], **more)
        return await self.parts.services.api_keys.create(request, "test")

    async def expired_key(self, *scopes: Scope) -> NewKey:
        """A key whose time is over: it was replaced without any overlap."""
        made = await self.key(*scopes)
        await self.parts.services.api_keys.rotate(made.key.id, "test", 0)
        return made

    async def revoked_key(self, *scopes: Scope) -> NewKey:
        made = await self.key(*scopes)
        await self.parts.services.api_keys.revoke(made.key.id, "test")
        return made


@asynccontextmanager
async def run_sidecar(database_url: str, **options: Any) -> AsyncIterator[Running]:  # noqa: ANN401
    options = {"http_port": 0, "admin_key": SecretStr(ADMIN_KEY), **options}
    settings = settings_of(database_url, NOWHERE, NOWHERE, **options)
    async with open_parts(settings) as parts, aiohttp.ClientSession() as http:
        health = Health(
            parts.database, needs_sockets=True, silent_seconds=lambda: running.silent_seconds
        )
        limits = Limits(parts.database)
        sidecar = Sidecar(settings, health, parts.metrics, parts.services, limits, Precedence())
        running = Running(parts, health, sidecar, http)
        await sidecar.start()
        running.address = f"http://127.0.0.1:{sidecar.port}"
        try:
            yield running
        finally:
            await sidecar.stop()
