"""Checking of bodies and query strings: unknown fields are refused, as Gorgias does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.playground.gorgias.errors import ApiError

Record = dict[str, Any]
Check = Callable[[object], object]


class Invalid(Exception):  # noqa: N818 - reads as what it says, and never leaves this module
    """Why a value is refused: path inside the value (empty for itself) -> reason."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(str(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Field:
    check: Check
    required: bool = False
    nullable: bool = False


def required(check: Check) -> Field:
    return Field(check, required=True)


def nullable(check: Check) -> Field:
    return Field(check, nullable=True)


def text(longest: int | None = None) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, str):
            raise Invalid({"": "Not a valid string."})
        if longest is not None and len(value) > longest:
            raise Invalid({"": f"Longer than maximum length {longest}."})
        return value

    return check


def boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise Invalid({"": "Not a valid boolean."})
    return value


def integer(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid({"": "Not a valid integer."})
    return value


def size(value: object) -> object:
    """Accept a number or a numeric string: Gorgias' own samples show both."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return integer(value)


def anything(value: object) -> object:
    return value


def json_object(value: object) -> object:
    if not isinstance(value, dict):
        raise Invalid({"": "Not a valid mapping type."})
    return value


def choice(*allowed: str) -> Check:
    def check(value: object) -> object:
        if value not in allowed:
            raise Invalid({"": "Not a valid choice."})
        return value

    return check


def moment(value: object) -> object:
    """Normalise an ISO 8601 time to UTC, so that stored times sort as text."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise Invalid({"": "Not a valid datetime."}) from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def list_of(item: Check, shortest: int = 0, longest: int | None = None) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, list):
            raise Invalid({"": "Not a valid list."})
        if len(value) < shortest:
            raise Invalid({"": f"Shorter than minimum length {shortest}."})
        if longest is not None and len(value) > longest:
            raise Invalid({"": f"Longer than maximum length {longest}."})
        return _each(item, value)

    return check


def record(fields: Mapping[str, Field]) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, dict):
            raise Invalid({"": "Invalid input type."})
        return _clean(fields, value)

    return check


def _each(item: Check, values: list[object]) -> list[object]:
    reasons: dict[str, str] = {}
    cleaned: list[object] = []
    for position, value in enumerate(values):
        try:
            cleaned.append(item(value))
        except Invalid as refusal:
            reasons.update(_under(str(position), refusal))
    if reasons:
        raise Invalid(reasons)
    return cleaned


def _under(name: str, refusal: Invalid) -> dict[str, str]:
    return {f"{name}.{path}".rstrip("."): reason for path, reason in refusal.reasons.items()}


def _clean(fields: Mapping[str, Field], given: Mapping[str, object]) -> Record:
    reasons = {name: "Unknown field." for name in given if name not in fields}
    cleaned: Record = {}
    for name, field in fields.items():
        if name not in given:
            if field.required:
                reasons[name] = "Missing data for required field."
        elif given[name] is None:
            cleaned[name] = None
            if not field.nullable:
                reasons[name] = "Field may not be null."
        else:
            try:
                cleaned[name] = field.check(given[name])
            except Invalid as refusal:
                reasons.update(_under(name, refusal))
    if reasons:
        raise Invalid(reasons)
    return cleaned


def clean(fields: Mapping[str, Field], given: Mapping[str, object]) -> Record:
    """Give the checked fields of `given`; only the fields that were sent are in the result."""
    try:
        return _clean(fields, given)
    except Invalid as refusal:
        raise ApiError(400, "Invalid request.", refusal.reasons) from None


async def body(request: web.Request, fields: Mapping[str, Field]) -> Record:
    if request.content_type != "application/json":
        raise ApiError(400, "The body must be application/json.")
    try:
        given = await request.json()
    except ValueError:
        raise ApiError(400, "The body is not valid JSON.") from None
    if not isinstance(given, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return clean(fields, given)


def query_number(lowest: int = 0, highest: int | None = None) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, str) or not value.isdecimal():
            raise Invalid({"": "Not a valid integer."})
        number = int(value)
        if number < lowest or (highest is not None and number > highest):
            raise Invalid({"": f"Must be between {lowest} and {highest}."})
        return number

    return check


def query_boolean(value: object) -> object:
    if value not in {"true", "false", "True", "False", "1", "0"}:
        raise Invalid({"": "Not a valid boolean."})
    return value in {"true", "True", "1"}


def query(request: web.Request, fields: Mapping[str, Field], *repeated: str) -> Record:
    """Check the query string; parameters named in `repeated` arrive as lists."""
    given: dict[str, object] = {}
    for name in request.query:
        values = request.query.getall(name)
        if name not in repeated and len(values) > 1:
            raise ApiError(400, "Invalid request.", {name: "Given more than once."})
        given[name] = values if name in repeated else values[0]
    return clean(fields, given)
