"""The JSON body of a control request, read with sentences for people."""

from collections.abc import Mapping
from typing import Any

from bot.playground.slack.errors import NotPossible


class Body:
    """Reads fields of a request body; a missing or wrong one is `NotPossible`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise NotPossible(f"The field {name!r} is missing.")
            return default
        if not isinstance(value, str):
            raise NotPossible(f"The field {name!r} must be text.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise NotPossible(f"The field {name!r} must be true or false.")
        return value

    def number(self, name: str, default: int) -> int:
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise NotPossible(f"The field {name!r} must be a whole number.")
        return value

    def items(self, name: str) -> list[Any]:
        value = self.values.get(name) or []
        if not isinstance(value, list):
            raise NotPossible(f"The field {name!r} must be a list.")
        return value

    def entries(self, name: str) -> dict[str, Any] | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise NotPossible(f"The field {name!r} must be an object.")
        return value
