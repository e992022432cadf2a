"""Reads what callers send, strictly: what is not understood is refused by name, never ignored."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.web import RequestPayloadError
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from bot.sidecar.errors import TooLargeError, TooSlowError, UnsupportedMediaError
from services.errors import WrongInputError

Model = TypeVar("Model", bound=BaseModel)

MOST_PARAMETERS = 40
MOST_BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
DEEPEST = 32
PACKING = "Send the body as it is, or packed with gzip or deflate."
ENCODINGS = ("", "identity", "gzip", "deflate")
_SHOULD = re.compile(r"^(?:\w+ )should")
SHOWN = 40
"""So many characters of what a caller wrote are repeated in a sentence."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Annotates a whole number in an address: plain decimal digits within the range.

    `int` by itself would take `1_0`, Arabic digits and blanks.
    """

    least: int
    most: int

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        number = core_schema.int_schema(ge=self.least, le=self.most)
        return core_schema.no_info_before_validator_function(self._read, number)

    def _read(self, value: object) -> int:
        text = str(value) if type(value) is int else value
        digits = text.removeprefix("-") if isinstance(text, str) else ""
        plain = digits.isascii() and digits.isdigit() and len(digits) <= len(str(self.most))
        if not plain or not self.least <= int(str(text)) <= self.most:
            raise ValueError(f"must be a whole number from {self.least:,} to {self.most:,}")
        return int(str(text))


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Read the parameters of the address; raises WrongInputError with the parameter's name."""
    given = query_pairs(request)
    names = [name for name, _ in given]
    known = [field.alias or name for name, field in model.model_fields.items()]
    for name in names:
        if name not in known:
            raise WrongInputError(f"There is no parameter {_shown(name)}. {_there_are(known)}")
        if names.count(name) > 1:
            raise WrongInputError(f"The parameter {_shown(name)} is given more than once.")
    return _validated(model, dict(given), "parameter")


def refuse_query(request: web.Request) -> None:
    """Refuse any parameter, where a route takes none."""
    for name, _ in query_pairs(request):
        raise WrongInputError(f"There is no parameter {_shown(name)}: this address takes none.")


def query_pairs(request: web.Request) -> list[tuple[str, str]]:
    """Return the parameters in order; raises WrongInputError when they are no text."""
    raw = request.rel_url.raw_query_string
    if not raw:
        return []
    try:
        pairs = parse_qsl(
            raw, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except UnicodeDecodeError as error:
        raise WrongInputError("The parameters must be UTF-8, with percent signs.") from error
    except ValueError as error:
        raise WrongInputError(f"At most {MOST_PARAMETERS} parameters are read.") from error
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise WrongInputError(f"The parameter {_shown(name)} holds a NUL character.")
    return pairs


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Read a JSON body; raises ExpectedError with what is wrong and where.

    No body at all means `{}` where that says everything.
    """
    if not request.body_exists and may_be_left_out(model):
        return model()
    _check_media(request)
    parsed = parse_json(await read_bytes(request, MOST_BODY_BYTES))
    if not isinstance(parsed, dict):
        raise WrongInputError("The body must be a JSON object: {…}.")
    return _validated(model, parsed, "field")


def may_be_left_out(model: type[BaseModel]) -> bool:
    """Whether every field of the body has a default."""
    return not any(field.is_required() for field in model.model_fields.values())


async def read_bytes(request: web.Request, most: int) -> bytes:
    """Read the body, unpacked, up to `most` bytes; TooLargeError, TooSlowError."""
    too_large = TooLargeError(f"The body may hold at most {most // 1024} KiB, unpacked.")
    if (request.content_length or 0) > most:
        raise too_large
    parts = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.content.iter_any():
                parts += part
                if len(parts) > most:
                    raise too_large
    except TimeoutError as error:
        raise TooSlowError(f"The body did not arrive within {BODY_SECONDS:.0f} s.") from error
    except (RequestPayloadError, web.HTTPException, ValueError) as error:
        raise WrongInputError("The body is not what its headers say.") from error
    return bytes(parts)


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON as its standard means it.

    Python's own parser takes NaN, lets the last of two equal keys win, overflows the stack on deep
    nesting, and passes on lone surrogates and NUL, which break later.
    """
    try:
        parsed = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise WrongInputError(f"The body is not UTF-8 (byte {error.start:,}).") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise WrongInputError(f"The body is not JSON ({where}): {error.msg}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise WrongInputError("The body holds a number that is too long.") from error
    _check_values(parsed)
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise WrongInputError(f"The body names {_shown(twice)} twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise WrongInputError(f"The body holds {name}, which is no JSON number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise WrongInputError(f"The body holds the number {_shown(digits)}, which is too large.")
    return number


def _check_values(parsed: object) -> None:
    """Refuse texts that cannot be stored, and nesting beyond `DEEPEST`."""
    level = [parsed]
    for _ in range(DEEPEST + 1):
        if not level:
            return
        level = [inner for value in level for inner in _parts(value)]
    if level:
        raise _too_deep()


def _parts(value: object) -> Sequence[object]:
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for name in value:
            _check_text(name)
        return list(value.values())
    return ()


def _check_text(text: str) -> None:
    if "\0" in text:
        raise WrongInputError("The body holds a NUL character (\\u0000).")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise WrongInputError("The body holds half a character (a lone surrogate).")


def _too_deep() -> WrongInputError:
    return WrongInputError(f"The body is nested more than {DEEPEST} levels deep.")


def _check_media(request: web.Request) -> None:
    if "Content-Type" not in request.headers or request.content_type != "application/json":
        raise UnsupportedMediaError("Send the body as Content-Type: application/json.")
    if (request.charset or "utf-8").lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise UnsupportedMediaError("Send the body in UTF-8; no other charset is read.")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise UnsupportedMediaError(PACKING)


def _validated(model: type[Model], given: dict[str, Any], what: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise WrongInputError(_sentence(first["type"], name, first["msg"], what)) from None


def _sentence(kind: str, name: str, message: str, what: str) -> str:
    by_kind: dict[str, Callable[[], str]] = {
        "missing": lambda: f"The {what} {name} is missing.",
        "extra_forbidden": lambda: f"There is no {what} {_shown(name)}.",
    }
    if kind in by_kind:
        return by_kind[kind]()
    rule = _SHOULD.sub("must", message.removeprefix("Value error, "), count=1)
    return f"The {what} {_shown(name)} {rule.rstrip('.')}." if name else f"{rule.rstrip('.')}."


def _there_are(known: Sequence[str]) -> str:
    return f"Known: {', '.join(known)}."


def _shown(text: str) -> str:
    """Return the beginning of what a caller wrote, fit for a sentence."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return f"{plain[:SHOWN]}…" if len(plain) > SHOWN else plain
