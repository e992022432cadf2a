"""Speaks to an emulated Gorgias over HTTP, as the bot and as a test do."""

from typing import Any

import aiohttp

Record = dict[str, Any]
KEY = {"Authorization": aiohttp.encode_basic_auth("bot@playground.test", "playground-key")}


class Caller:
    """Speaks to one emulator as the bot does, and to its control door as a test does."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.session.request(method, path, json=body, headers=KEY) as response:
            plain = await response.text()
            return response.status, await response.json() if plain else None

    async def get(self, path: str) -> Record:
        status, answer = await self.call("GET", path)
        assert status == 200, answer
        return dict(answer)

    async def create(self, path: str, body: object) -> Record:
        status, answer = await self.call("POST", path, body)
        assert status == 201, answer
        return dict(answer)

    async def play(self, action: str, body: object = None) -> Record:
        method = "GET" if body is None else "POST"
        async with self.session.request(method, f"/play/gorgias/{action}", json=body) as response:
            answer = await response.json()
            assert answer["ok"], answer
            return dict(answer)

    async def note_ticket(self, **changes: object) -> Record:
        return await self.create("/api/tickets", note_ticket(**changes))


def note() -> dict[str, object]:
    return {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "sender": {"email": "olivia@playground.test"},
        "body_text": "Reported in Slack by Ben.",
    }


def note_ticket(**changes: object) -> dict[str, object]:
    ticket: dict[str, object] = {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "subject": "Order 1042 arrived broken",
        "messages": [note()],
    }
    return {**ticket, **changes}
