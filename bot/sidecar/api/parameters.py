"""Types of parameters, and what every list takes."""

import math
import re
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import Whole, query_pairs
from services import cursors
from services.cursors import Position
from services.errors import NotFoundError

LONGEST_ID = 128
LONGEST_NUMBER = 18
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")

PAGING = frozenset({"cursor", "limit"})


class Parameters(BaseModel):
    """Parameters of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _share(value: object) -> object:
    if isinstance(value, str):
        number = float(value) if _NUMBER.fullmatch(value) else math.nan
        if not 0 <= number <= 1:
            raise ValueError("must be a number from 0 to 1, such as 0.01")
        return number
    return value


def _truth(value: object) -> object:
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("must be true or false")
    return value == "true" if isinstance(value, str) else value


Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Limit = Annotated[int, Whole(1, 100)]
Cursor = Annotated[
    str | None,
    Field(
        max_length=cursors.LONGEST,
        description="`next_cursor` of the page before; every other parameter stays the same",
    ),
]


def id_in_path(request: web.Request, what: str) -> str:
    """Read `{id}`; raises NotFoundError for what cannot be anybody's."""
    text = request.match_info["id"]
    if not text.isprintable() or len(text) > LONGEST_ID:
        raise NotFoundError(f"There is no {what} with that id.")
    return text


def number_in_path(request: web.Request, what: str) -> int:
    """Read `{id}` where ids are numbers; raises NotFoundError."""
    text = id_in_path(request, what)
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise NotFoundError(f"There is no {what} with that number.")
    return int(text)


async def position(request: web.Request, cursor: str | None) -> Position | None:
    """Open the cursor of this very list; None at its beginning."""
    if cursor is None:
        return None
    return await request.app[SERVICES].cursors.read(_list_of(request), cursor)


async def next_cursor(request: web.Request, place: Position | None) -> str | None:
    """Seal where the next page begins; None at the end."""
    if place is None:
        return None
    return await request.app[SERVICES].cursors.write(_list_of(request), place)


def _list_of(request: web.Request) -> str:
    """Name the list with its filters. The alias of a path is the same list."""
    filters = sorted(pair for pair in query_pairs(request) if pair[0] not in PAGING)
    path = request.path.partition("/api/")[2].partition("/")[2] or request.path
    return repr((path, filters))
