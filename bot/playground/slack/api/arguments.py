"""The arguments of a Web API call, from a query, a form or a JSON body.

Forms carry everything as text, JSON bodies carry real types; Slack takes both, and objects may
arrive as JSON inside text.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.playground.slack.errors import SlackError

_TRUE = {"true", "1", "yes"}


class Arguments:
    """Reads arguments with Slack's own complaints about wrong ones."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        if isinstance(value, bool | dict | list):
            raise _invalid(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise _invalid(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in _TRUE

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise _invalid(f"must be a number [json-pointer:/{name}]") from None

    def has(self, name: str) -> bool:
        return name in self.values

    def items(self, name: str, error: str) -> list[Any] | None:
        """Return a list, given as such or as JSON; None when absent, else complain with `error`."""
        value = self._parsed(name, error)
        if value is None or isinstance(value, list):
            return value
        raise SlackError(error)

    def entries(self, name: str, error: str) -> dict[str, Any] | None:
        """Return an object, given as such or as JSON; None when absent."""
        value = self._parsed(name, error)
        if value is None or isinstance(value, dict):
            return value
        raise SlackError(error)

    def _parsed(self, name: str, error: str) -> object:
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            parsed: object = json.loads(value)
        except json.JSONDecodeError:
            raise SlackError(error) from None
        return parsed


def _invalid(message: str) -> SlackError:
    return SlackError.with_messages("invalid_arguments", [message])
