"""Lists: order, opaque cursors and Gorgias' envelope."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from bot.playground.gorgias.checks import Field, Record, choice, query_number, text
from bot.playground.gorgias.errors import ApiError

DEFAULT_LIMIT = 30
Position = tuple[Any, int]


def paging_fields(*orders: str) -> dict[str, Field]:
    """Give the parameters every list takes; `orders` are the fields it can be sorted by."""
    directions = [f"{field}:{way}" for field in orders for way in ("asc", "desc")]
    return {
        "cursor": Field(text()),
        "limit": Field(query_number(1, 100)),
        "order_by": Field(choice(*directions)),
    }


def page(
    request: web.Request,
    parameters: Record,
    records: Iterable[Record],
    render: Callable[[Record], Record],
    default_order: str = "created_datetime:desc",
) -> web.Response:
    """Answer one page of `records` in the asked order, each in the shape `render` gives."""
    field, way = parameters.get("order_by", default_order).split(":")
    descending = way == "desc"

    def position(found: Record) -> Position:
        return (found[field], found["id"])

    ordered = sorted(records, key=position, reverse=descending)
    asked = _fingerprint(request)
    start, stop = _bounds(parameters, [position(found) for found in ordered], asked, descending)
    shown = ordered[start:stop]
    meta: Record = {"prev_cursor": None, "next_cursor": None, "total_resources": None}
    if shown and stop < len(ordered):
        meta["next_cursor"] = _encode("after", position(shown[-1]), asked)
    if shown and start > 0:
        meta["prev_cursor"] = _encode("before", position(shown[0]), asked)
    data = [render(found) for found in shown]
    return web.json_response(
        {"object": "list", "uri": request.path_qs, "data": data, "meta": meta},
    )


def _bounds(
    parameters: Record,
    positions: list[Position],
    asked: str,
    descending: bool,  # noqa: FBT001 - private, and only ever the sort direction
) -> tuple[int, int]:
    limit = parameters.get("limit", DEFAULT_LIMIT)
    if "cursor" not in parameters:
        return 0, min(limit, len(positions))
    side, mark = _decode(parameters["cursor"], asked)

    def precedes(place: Position) -> bool:
        return place > mark if descending else place < mark

    before = sum(1 for place in positions if precedes(place))
    if side == "before":
        return max(0, before - limit), before
    start = before + positions.count(mark)
    return start, min(start + limit, len(positions))


def _fingerprint(request: web.Request) -> str:
    """Identify path, filters and order: a cursor holds only for the query that gave it."""
    asked = sorted((name, text) for name, text in request.query.items() if name != "cursor")
    return hashlib.sha256(json.dumps([request.path, asked]).encode()).hexdigest()[:16]


def _encode(side: str, place: Position, asked: str) -> str:
    plain = json.dumps([side, list(place), asked]).encode()
    return base64.urlsafe_b64encode(plain).decode()


def _decode(cursor: str, asked: str) -> tuple[str, Position]:
    refusal = ApiError(400, "Invalid request.", {"cursor": "Invalid cursor."})
    try:
        side, (value, number), query = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError):
        raise refusal from None
    if query != asked:
        raise refusal
    return side, (value, number)
