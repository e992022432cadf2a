"""What a row of the route table says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

from services.api_keys import Scope

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """Who may, by API key. A key that was sent must hold, also where none is needed."""

    scope: Scope
    is_required: bool


Access = Literal["open", "metrics"] | KeyAccess


def require(scope: Scope) -> KeyAccess:
    """Only callers whose key has the scope are answered."""
    return KeyAccess(scope, is_required=True)


def optional(scope: Scope) -> KeyAccess:
    """Everybody is answered; callers whose key has the scope may be told more.

    Such a route finds the caller in `auth.CALLER`, or nobody there.
    """
    return KeyAccess(scope, is_required=False)


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table.

    `query`, `body` and `result` are the types of what comes in and goes out. A route that names no
    `query` takes no parameters in its address.
    """

    method: Method
    path: str
    access: Access
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str = ""
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    result: Any = None
    status: int = 200
    """Of success."""
    idempotent: bool = False
    """Wants an Idempotency-Key, and does the same thing once for it."""
    is_alias: bool = False
    """Another address of a route that is described elsewhere."""
