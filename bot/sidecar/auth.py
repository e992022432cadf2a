"""Lets callers in: keys, scopes, limits.

Keys travel as `Authorization: Bearer …` or `X-API-Key`, never in an address.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import structlog
from aiohttp import web

from bot.sidecar.clients import bucket_of, client_address, is_local
from bot.sidecar.parts import LIMITS, METRICS, SERVICES, SETTINGS
from bot.sidecar.requests import query_pairs
from bot.sidecar.route import KeyAccess, Route
from services.api_keys import KEY_ANYWHERE, ApiCaller, Scope
from services.errors import (
    ExpectedError,
    KeyInAddressError,
    KeyMissingError,
    KeyUnknownError,
    ScopeMissingError,
    TooManyRequestsError,
)
from storage.limits import Bucket, Standing

log = structlog.get_logger()

CALLER = web.RequestKey("caller", ApiCaller)
"""Who is asking; absent where no key was sent and none is needed."""

STANDING = web.RequestKey("standing", Standing)
"""What is left of the caller's narrowest limit, for the headers of the answer."""

KEY_HEADERS = ("Authorization", "X-API-Key")
KEY_PARAMETERS = frozenset(
    {
        "access_token",
        "admin_key",
        "api-key",
        "api_key",
        "apikey",
        "authorization",
        "bearer",
        "key",
        "token",
        "x-api-key",
    }
)
MOST_ADDRESSES = 1_000
"""So many are known by their buckets."""
BEARER = re.compile(rb"bearer +", re.IGNORECASE)
CLOSED = "The API is closed: there is no key yet. `regulars keys create` makes one."


def caller_of(request: web.Request) -> ApiCaller:
    """Return who is asking, on a route that requires a key."""
    return request[CALLER]


async def admit(request: web.Request, route: Route) -> None:
    """Let the request through, or raise ExpectedError with why not."""
    if route.access == "metrics":
        _admit_to_metrics(request)
    elif isinstance(route.access, KeyAccess):
        try:
            await _admit_by_key(request, route, route.access)
        except ExpectedError as error:
            request.app[METRICS].key_checked(error.code)
            raise
        request.app[METRICS].key_checked("accepted" if CALLER in request else "anonymous")


async def _admit_by_key(request: web.Request, route: Route, access: KeyAccess) -> None:
    limits, settings = request.app[LIMITS], request.app[SETTINGS]
    buckets = _Buckets.of(client_address(request))
    address = Bucket(buckets.address, settings.api_address_calls_per_minute)
    failures = Bucket(buckets.failures, settings.api_failures_per_minute)
    _refuse_if_empty(request, limits.refusal(address))
    if (leak := _key_in_address(request)) is not None:
        await _take(request, address, failures)
        raise await _leaked(request, leak)
    given = _given_key(request)
    if given is None:
        if not access.is_required:
            return
        await _take(request, address)
        raise await _missing(request)
    try:
        caller = await request.app[SERVICES].api_keys.authenticate(given)
    except KeyUnknownError:
        await _take(request, address, failures)
        raise
    own = caller.calls_per_minute or settings.api_calls_per_minute
    await _take(request, address, Bucket(f"key:{caller.prefix}", own))
    if caller.may(access.scope):
        request[CALLER] = caller
        return
    if not access.is_required:
        return
    if access.scope is Scope.ADMIN:
        await request.app[SERVICES].api_keys.report_refused(caller, route.path)
    raise ScopeMissingError(
        f"The key {caller.prefix} is not good for this: it lacks the scope {access.scope}."
    )


@dataclass(frozen=True, slots=True)
class _Buckets:
    """Names of an address's buckets, which do not tell the address."""

    address: str
    failures: str

    @classmethod
    @lru_cache(MOST_ADDRESSES)
    def of(cls, address: str) -> "_Buckets":
        digest = hashlib.sha256(bucket_of(address).encode()).hexdigest()[:24]
        return cls(f"address:{digest}", f"failures:{digest}")


async def _take(request: web.Request, *buckets: Bucket) -> None:
    """Take a call out of each bucket; raises TooManyRequestsError."""
    standings = await request.app[LIMITS].take(*buckets)
    request[STANDING] = min(standings, key=lambda standing: standing.remaining)
    _refuse_if_empty(request, standings[-1])


def _refuse_if_empty(request: web.Request, standing: Standing | None) -> None:
    if standing is None or standing.is_taken:
        return
    request[STANDING] = refusal = standing
    request.app[METRICS].call_limited(refusal.bucket.name.partition(":")[0])
    raise TooManyRequestsError(
        f"That is more than {refusal.bucket.per_minute:,} calls a minute. "
        "Wait for as long as Retry-After says.",
        retry_after=refusal.retry_after,
    )


def _given_key(request: web.Request) -> bytes | None:
    """Return the key in the headers; raises when there is more than one, or another scheme."""
    given = [value for name in KEY_HEADERS for value in _header(request, name)]
    if not given:
        return None
    if len(given) > 1:
        raise KeyUnknownError("Send the key once: as Authorization: Bearer … or as X-API-Key.")
    return given[0]


def _header(request: web.Request, name: str) -> Iterator[bytes]:
    for text in request.headers.getall(name, []):
        value = text.encode("utf-8", "surrogateescape")
        if name == "Authorization":
            scheme = BEARER.match(value)
            if scheme is None:
                raise KeyUnknownError("Send the key as Authorization: Bearer … or as X-API-Key.")
            value = value[scheme.end() :]
        yield value


async def _missing(request: web.Request) -> KeyMissingError:
    if await request.app[SERVICES].api_keys.is_closed():
        return KeyMissingError(CLOSED)
    return KeyMissingError("This needs an API key, as Authorization: Bearer … or as X-API-Key.")


def _key_in_address(request: web.Request) -> str | None:
    """Return what looks like a key among the parameters."""
    keys = request.app[SERVICES].api_keys
    for name, value in query_pairs(request):
        found = KEY_ANYWHERE.search(f"{name}={value}")
        if found is not None:
            return found[0]
        if name.lower() in KEY_PARAMETERS or keys.is_admin_key(value.encode()):
            return value
    return None


async def _leaked(request: web.Request, key: str) -> KeyInAddressError:
    """Say in log and audit that a key of ours stands in an address, so in logs by now."""
    prefix = await request.app[SERVICES].api_keys.report_leak(key)
    log.warning("api.key_in_address", prefix=prefix)
    return KeyInAddressError(
        "A key never belongs in an address, where logs keep it. Send it as a header"
        + (f", and replace the key {prefix}: it counts as leaked." if prefix else ".")
    )


def _admit_to_metrics(request: web.Request) -> None:
    """Figures need the token if there is one, else a caller on this machine."""
    token = request.app[SETTINGS].metrics_token.get_secret_value()
    if not token:
        if not is_local(request):
            raise KeyMissingError(
                "Set METRICS_TOKEN to read figures from other machines than this one."
            )
        return
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
        raise KeyUnknownError("This needs the token of METRICS_TOKEN.")
