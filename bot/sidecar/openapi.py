"""The OpenAPI 3.1 document, from the route table and the types that routes read and answer with."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

from bot.sidecar.answers import JSON_TYPE, adapter
from bot.sidecar.errors import REQUEST_ID_HEADER
from bot.sidecar.requests import may_be_left_out
from bot.sidecar.route import KeyAccess, Route
from services.forecasts.request import Metric

Json = dict[str, Any]

REFERENCE = "#/components/schemas/"
DESCRIPTION = """What Regulars knows of a shop's customers, orders and tickets.

Send a key as `Authorization: Bearer …` or `X-API-Key`; `regulars keys create` makes one. Money is
in major units of `currency`, times are ISO 8601 with their offset, unknown figures are null.
Unknown parameters are refused. Every path under /api/v1 answers under /api/mcp too."""
ERRORS = {
    400: "Not understood or out of range; the message says what to write",
    401: "No key, or one that is not good any more",
    403: "The key lacks the scope",
    404: "Nothing there",
    408: "The body came too slowly",
    409: "Several fit, something has to be done first, or an Idempotency-Key was used before",
    413: "The body is too large",
    415: "The body is not JSON in UTF-8",
    422: "Too little data for a figure that would be true",
    429: "Too many calls; wait for Retry-After seconds",
    431: "The address or a header is too long",
    503: "The database, Gorgias or a calculation did not answer in time",
}
OF_BODY = frozenset({408, 413, 415})
PATH_PARAMETERS: Mapping[str, Json] = {
    "id": {"type": "string", "minLength": 1, "maxLength": 128},
    "metric": {"type": "string", "enum": [str(metric) for metric in Metric]},
}
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each new thing: sent again within 24 hours with the same body it does "
    "nothing and gets the same answer, with another body 409",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


class ErrorJson(TypedDict):
    """What went wrong: `message` is the sentence Slack shows, `reference` finds it in the log."""

    code: str
    message: str
    reference: str


class ErrorsJson(TypedDict):
    """The one shape of every error."""

    error: ErrorJson


class _Untitled(GenerateJsonSchema):
    """Names of fields say what they are; a title would repeat them."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's
        return False


@dataclass(frozen=True, slots=True)
class _Schemas:
    """The schema of each type, and those they refer to."""

    of: Mapping[tuple[Any, str], Json]
    named: Json

    @classmethod
    def build(cls, routes: Iterable[Route]) -> "_Schemas":
        read = {kind for route in routes for kind in (route.query, route.body) if kind}
        answered = {route.result for route in routes if route.result is not None} | {ErrorsJson}
        inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [
            *((kind, "validation", adapter(kind)) for kind in sorted(read, key=str)),
            *((kind, "serialization", adapter(kind)) for kind in sorted(answered, key=str)),
        ]
        of, definitions = TypeAdapter.json_schemas(
            inputs, ref_template=f"{REFERENCE}{{model}}", schema_generator=_Untitled
        )
        return cls({key: dict(schema) for key, schema in of.items()}, definitions.get("$defs", {}))

    def properties(self, kind: Any) -> tuple[Json, Sequence[str]]:  # noqa: ANN401 - a type
        """Return the fields of a model, and which are required."""
        schema = self.of[kind, "validation"]
        if "$ref" in schema:
            schema = self.named[schema["$ref"].removeprefix(REFERENCE)]
        return schema.get("properties", {}), schema.get("required", ())


def document(routes: Sequence[Route]) -> Json:
    """Describe every route but aliases, the API first."""
    described = [route for route in routes if not route.is_alias]
    described.sort(key=lambda route: not route.path.startswith("/api/"))
    schemas = _Schemas.build(described)
    paths: dict[str, Json] = {}
    for route in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    queries = {route.query.__name__ for route in described if route.query}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Regulars",
            "version": version("regulars"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {name: each for name, each in schemas.named.items() if name not in queries},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(route: Route, schemas: _Schemas) -> Json:
    described: Json = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', route.path)}".strip("_"),
        "tags": [_tag(route)],
        "responses": _responses(route, schemas),
    }
    if route.answer.__doc__:
        described["description"] = route.answer.__doc__.strip()
    if parameters := _parameters(route, schemas):
        described["parameters"] = parameters
    if route.body is not None:
        content = {JSON_TYPE: {"schema": schemas.of[route.body, "validation"]}}
        is_required = not may_be_left_out(route.body)
        described["requestBody"] = {"required": is_required, "content": content}
    if isinstance(route.access, KeyAccess):
        scope = str(route.access.scope)
        described["security"] = [{"bearer": []}, {"header": []}]
        if not route.access.is_required:
            described["security"].append({})
        described["x-scope"] = scope
    return described


def _parameters(route: Route, schemas: _Schemas) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]}
        for name in re.findall(r"\{(\w+)", route.path)
    ]
    if route.query is not None:
        properties, required = schemas.properties(route.query)
        found += [
            _query_parameter(name, schema, is_required=name in required)
            for name, schema in properties.items()
        ]
    return [*found, IDEMPOTENCY_KEY] if route.idempotent else found


def _query_parameter(name: str, schema: Json, *, is_required: bool) -> Json:
    """Describe one parameter; null cannot be written into an address, so it is left away."""
    plain = {key: value for key, value in schema.items() if key != "description"}
    choices = [each for each in plain.pop("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        plain = {**choices[0], **plain}
    if plain.get("default", "") is None:
        del plain["default"]
    parameter: Json = {"name": name, "in": "query", "required": is_required, "schema": plain}
    if "description" in schema:
        parameter["description"] = schema["description"]
    return parameter


def _responses(route: Route, schemas: _Schemas) -> Json:
    success: Json = {"description": "What was asked for"}
    if route.result is not None:
        success["content"] = {JSON_TYPE: {"schema": schemas.of[route.result, "serialization"]}}
    success["headers"] = {REQUEST_ID_HEADER: {"schema": {"type": "string"}}}
    failure = {JSON_TYPE: {"schema": schemas.of[ErrorsJson, "serialization"]}}
    return {
        str(route.status): success,
        **{
            str(status): {"description": ERRORS[status], "content": failure}
            for status in sorted(_error_statuses(route))
        },
    }


def _error_statuses(route: Route) -> set[int]:
    if not isinstance(route.access, KeyAccess):
        return set() if route.access == "open" else {401}
    statuses = set(ERRORS) - OF_BODY
    return statuses | OF_BODY if route.body is not None else statuses


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    return parts[2] if parts[0] == "api" else parts[0]
