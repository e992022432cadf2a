"""Asks the API, and holds every answer to the OpenAPI document."""

import re
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

import commands
from bot.sidecar.openapi import document
from bot.sidecar.routes import ROUTES
from bot.wiring import Parts
from commands.people import TERMINAL
from tests.bot.sidecar.running import Running

V1 = "/api/v1/"


@dataclass
class Api:
    """A caller with a key."""

    running: Running
    key: str
    contract: "Contract" = field(default_factory=lambda: Contract(document(ROUTES)))

    @property
    def parts(self) -> Parts:
        return self.running.parts

    async def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Answer of a request that must succeed."""
        status, body = await self.ask(path, **query)
        assert status == 200, body
        return body

    async def refusal(self, path: str, **query: object) -> str:
        """Sentence of a request that must be refused as wrong."""
        status, body = await self.ask(path, **query)
        assert status == 400, body
        return str(body["error"]["message"])

    async def ask(self, path: str, **query: object) -> tuple[int, Any]:
        """Ask with parameters; `from_` is `from`."""
        params = {name.rstrip("_"): str(value) for name, value in query.items()}
        return await self.send("GET", path, params=params)

    async def send(self, method: str, path: str, **more: Any) -> tuple[int, Any]:  # noqa: ANN401
        status, body = await self.running.ask(V1 + path, method, key=self.key, **more)
        self.contract.check(method, V1 + path, status, body)
        return status, body

    async def told(self, text: str) -> Any:  # noqa: ANN401 - JSON
        """What `regulars ask … --json` says, which is what Slack shows."""
        answer = await commands.answer(text, TERMINAL, self.parts.services)
        return answer.to_json()


@dataclass
class Contract:
    """Holds answers to their schemas, in which no object may have fields that are not described."""

    document: dict[str, Any]

    def __post_init__(self) -> None:
        _forbid_more(self.document["components"]["schemas"])

    def check(self, method: str, path: str, status: int, body: object) -> None:
        template = next(each for each in self.document["paths"] if _fits(each, path))
        answers = self.document["paths"][template][method.lower()]["responses"]
        assert str(status) in answers, (path, status, body)
        schema = answers[str(status)]["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        jsonschema_rs.validator_for(whole, validate_formats=True).validate(body)


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _forbid_more(schemas: dict[str, Any]) -> None:
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
