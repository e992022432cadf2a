"""Cursors: opaque to apps, an offset to us."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import Json

MOST_PER_PAGE = 1000
Item = TypeVar("Item")


def page(
    args: Arguments, items: Sequence[Item], *, default_limit: int = 100
) -> tuple[Sequence[Item], Json]:
    """Cut out the page that `limit` and `cursor` ask for, with its `response_metadata`."""
    limit = args.number("limit", default_limit)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise SlackError("invalid_limit")
    start = _offset(args.text("cursor"))
    more = len(items) > start + limit
    next_cursor = _cursor(start + limit) if more else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": next_cursor}}


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if name == "offset":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise SlackError("invalid_cursor")
