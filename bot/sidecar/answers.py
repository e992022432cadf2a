"""Results as JSON: the same types that the OpenAPI document describes."""

from functools import cache
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

JSON_TYPE = "application/json"


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any type that pydantic knows
    """Return what writes and describes `kind`."""
    return TypeAdapter(kind)


def result_response(kind: Any, result: object, status: int = 200) -> web.Response:  # noqa: ANN401
    """Answer `result`, which is a `kind`: times as ISO 8601 in UTC, no NaN."""
    body = adapter(kind).dump_json(result, by_alias=True)
    return web.Response(body=body, status=status, content_type=JSON_TYPE)
