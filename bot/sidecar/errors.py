"""One error shape everywhere: `{"error": {"code", "message", "reference"}}`.

`message` is the sentence that Slack shows for the same failure. `reference` is the correlation id
of the request, under which the log tells more.
"""

import itertools
import math
import re
import secrets
from typing import ClassVar

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.errors import ExpectedError
from storage.database import is_exhausted, is_unavailable

log = structlog.get_logger()

CORRELATION_ID = web.RequestKey("correlation_id", str)
REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

_PROCESS = secrets.token_hex(4)
_TURNS = itertools.count(1)

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

DATABASE_EXHAUSTED = "All database connections are in use. Try again in a moment."
DATABASE_AWAY = "The database does not answer in time. Try again in a moment."


class TooLargeError(ExpectedError):
    """The body is larger than what this takes."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "too_large"


class UnsupportedMediaError(ExpectedError):
    """The body is not in a form that this reads."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported_media_type"


class TooSlowError(ExpectedError):
    """The body did not arrive in time."""

    status: ClassVar[int] = 408
    code: ClassVar[str] = "too_slow"


def correlation_id(request: web.BaseRequest) -> str:
    """Return the request's id: the caller's own if it is plain, else a fresh one."""
    try:
        return request[CORRELATION_ID]
    except KeyError:
        return identify(request)


def identify(request: web.BaseRequest) -> str:
    """Give a request its id."""
    given = request.headers.get(REQUEST_ID_HEADER)
    known = given if given and REQUEST_ID.fullmatch(given) else _fresh_id()
    request[CORRELATION_ID] = known
    return known


def dress(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Add what every answer carries, unless its route said otherwise."""
    response.headers[REQUEST_ID_HEADER] = correlation_id(request)
    response.headers["Server"] = "Regulars"  # not which release of what
    if response.headers.keys().isdisjoint(SECURITY_HEADERS):
        response.headers.extend(SECURITY_HEADERS)
        return
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


def _fresh_id() -> str:
    """Name a request: the process by chance, the request by its turn."""
    return f"{_PROCESS}{next(_TURNS):08x}"


def error_response(
    request: web.BaseRequest, status: int, code: str, message: str, retry_after: float = 0
) -> web.Response:
    """Build the one error shape."""
    error = {"code": code, "message": message, "reference": correlation_id(request)}
    response = web.json_response({"error": error}, status=status)
    if status == web.HTTPUnauthorized.status_code:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Regulars"'
    if retry_after:
        response.headers["Retry-After"] = str(math.ceil(retry_after))
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a route raises into a sentence; a reference instead of a traceback."""
    try:
        return await handler(request)
    except ExpectedError as error:
        retry_after = float(getattr(error, "retry_after", None) or 0)
        return error_response(request, error.status, error.code, error.sentence, retry_after)
    except web.HTTPException as error:
        return _http_error(request, error)
    except Exception as error:
        if is_exhausted(error):
            log.warning("http.database_busy")
            return error_response(request, 503, "database_busy", DATABASE_EXHAUSTED, 1)
        if is_unavailable(error):
            log.warning("http.database_unavailable", error=type(error).__name__)
            return error_response(request, 503, "database_unavailable", DATABASE_AWAY, 1)
        log.exception("http.failed", method=request.method)
        sentence = "Something went wrong here. The log tells more under this reference."
        return error_response(request, 500, "failed", sentence)


def _http_error(request: web.Request, error: web.HTTPException) -> web.Response:
    """Answer what aiohttp itself raises, such as 404 and 405."""
    code = error.reason.lower().replace(" ", "_")
    sentences = {
        404: "There is nothing at this address.",
        405: f"This address does not take {request.method[:20]}.",
        413: "The body is too large.",
    }
    response = error_response(
        request, error.status, code, sentences.get(error.status, f"{error.reason}.")
    )
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response
