"""Keys of the HTTP API: made, shown once, checked, replaced and withdrawn.

A key is `rgk_<prefix>_<secret>`: the prefix may be shown and finds the key, the secret has 256
random bits. At rest there is the SHA-256 of the whole; a slower hash would protect nothing, for
nobody guesses 256 bits. Whoever holds the secret of ADMIN_KEY needs no stored key.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from services.errors import (
    KeyExpiredError,
    KeyRevokedError,
    KeyUnknownError,
    NotFoundError,
    WrongInputError,
)
from services.outages import stored_or_told
from storage import api_keys, audit
from storage.api_keys import KeyToStore, State, StoredKey
from storage.batches import Batches
from storage.database import Connection, Database, Lane, is_unavailable

log = structlog.get_logger()

KEY = re.compile(rb"rgk_([a-z0-9]{8})_[A-Za-z0-9_-]{43}")
SLACK_USER = re.compile(r"[UW][A-Z0-9]{4,}")
KEY_ANYWHERE = re.compile(r"rgk_[a-z0-9]{8}_[A-Za-z0-9_-]{20,}")
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
SECRET_BYTES = 32
LONGEST_DAYS = 3650
LONGEST_OWNER = 64
REFUSAL_SECONDS = 60.0
MOST_REFUSALS = 1_000
LOOKUP_SECONDS = 3.0
LONGEST_NOTE = 120
MOST_CALLS = 1_000_000
OVERLAP_HOURS = 24.0
MOST_OVERLAP_HOURS = 90 * 24.0
OWNER_LEFT = "Slack deactivated its owner"
NOBODY = bytes(32)
"""Compared with when there is no such key, so that both take as long."""


class Scope(StrEnum):
    """What a key is good for. `admin` includes all others."""

    CUSTOMERS = "customers:read"
    FORECASTS = "forecasts:read"
    INSIGHTS = "insights:read"
    CAMPAIGNS = "campaigns:read"
    TICKETS = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """Who is behind a request, by the key it came with."""

    key_id: int | None
    """None: the key of ADMIN_KEY."""
    prefix: str
    owner: str
    scopes: frozenset[Scope]
    calls_per_minute: int | None = None
    """None: what everybody may."""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def actor(self) -> str:
        """Name the caller in the audit log."""
        return f"key:{self.prefix}"


BOOTSTRAP = ApiCaller(None, "ADMIN_KEY", "ADMIN_KEY", frozenset({Scope.ADMIN}))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its keeper sees it; the secret is not part of it."""

    id: int
    prefix: str
    owner: str
    note: str
    scopes: tuple[str, ...]
    state: State
    calls_per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str
    """Empty: somebody revoked it."""
    last_used_at: datetime | None
    leaked_at: datetime | None
    replaces: int | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `secret` is shown once and kept nowhere."""

    secret: str
    key: ApiKey


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What somebody wants a new key to be; `days` None: it holds until it is revoked."""

    owner: str
    scopes: Sequence[str]
    days: int | None = None
    note: str = ""
    calls_per_minute: int | None = None


@dataclass(slots=True)
class ApiKeys:
    """`admin_key` is the secret of ADMIN_KEY; empty: there is none."""

    database: Database
    admin_key: str = ""
    _refusals: dict[tuple[str, str], float] = field(default_factory=dict, init=False)
    _lookups: Batches[str, StoredKey | None] = field(init=False)

    def __post_init__(self) -> None:
        self._lookups = Batches(self._find_all, LOOKUP_SECONDS)

    async def authenticate(self, given: bytes) -> ApiCaller:
        """Tell whose key this is; raises KeyUnknownError, KeyExpiredError or KeyRevokedError.

        Bytes, because a header need not be text. Compared in constant time.
        """
        if self.is_admin_key(given):
            return BOOTSTRAP
        shape = KEY.fullmatch(given)
        stored = None if shape is None else await self._find(shape[1].decode())
        same = hmac.compare_digest(_digest(given), NOBODY if stored is None else stored.digest)
        if stored is None or not same:
            raise KeyUnknownError("This is not a key of ours. Check that you copied all of it.")
        if stored.state == "revoked":
            why = f": {stored.revoked_because}" if stored.revoked_because else ""
            sentence = f"The key {stored.prefix} was revoked{why}. Ask an admin for another."
            raise KeyRevokedError(sentence)
        if stored.state == "expired":
            raise KeyExpiredError(f"The key {stored.prefix} has expired. Ask an admin for another.")
        if not stored.is_used_lately:
            await self._mark_used(stored.id)
        return _caller(stored)

    def is_admin_key(self, given: bytes) -> bool:
        """Tell whether this is the secret of ADMIN_KEY, which needs no database."""
        if not self.admin_key:
            return False
        return hmac.compare_digest(_digest(given), _digest(self.admin_key.encode()))

    async def is_closed(self) -> bool:
        """Tell whether no key at all would be accepted."""
        if self.admin_key:
            return False
        async with self.database.read() as connection:
            return not await api_keys.is_any_active(connection)

    async def create(self, request: KeyRequest, actor: str) -> NewKey:
        """Make a key; raises WrongInputError with what is wrong about the request."""
        _check(request)
        secret, key = _drawn(
            owner=request.owner.strip(),
            note=request.note.strip(),
            scopes=sorted(set(request.scopes)),
            calls_per_minute=request.calls_per_minute,
            actor=actor,
            lifetime=None if request.days is None else timedelta(days=request.days),
        )
        async with self.database.transaction() as connection:
            stored = await api_keys.add(connection, key)
            await _audit(connection, actor, "key.create", stored, scopes=list(stored.scopes))
        return NewKey(secret, _shown(stored))

    async def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key there ever was, oldest first."""
        async with self.database.read() as connection:
            return tuple(_shown(stored) for stored in await api_keys.list_all(connection))

    async def rotate(self, key_id: int, actor: str, overlap_hours: float = OVERLAP_HOURS) -> NewKey:
        """Make a key like this one; the old one holds for so much longer at most."""
        if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
            raise WrongInputError(f"The overlap must be 0 to {MOST_OVERLAP_HOURS:,.0f} hours.")
        async with self.database.transaction() as connection:
            old = await _living(connection, key_id)
            lifetime = None if old.expires_at is None else _whole(old.expires_at - old.created_at)
            secret, key = _drawn(
                owner=old.owner,
                note=old.note,
                scopes=old.scopes,
                calls_per_minute=old.calls_per_minute,
                actor=actor,
                lifetime=lifetime,
                replaces=old.id,
            )
            stored = await api_keys.add(connection, key)
            await api_keys.end_within(connection, old.id, timedelta(hours=overlap_hours))
            await _audit(connection, actor, "key.rotate", old, replaced_by=stored.prefix)
        return NewKey(secret, _shown(stored))

    async def revoke(self, key_id: int, actor: str) -> ApiKey:
        """Withdraw a key at once; a revoked one stays as it is."""
        async with self.database.transaction() as connection:
            stored = await _existing(connection, key_id)
            if stored.state != "revoked":
                await api_keys.revoke(connection, key_id)
                await _audit(connection, actor, "key.revoke", stored)
            return _shown(await _existing(connection, key_id))

    async def owner_left(self, user_id: str) -> None:
        """Withdraw the keys whose owner is this Slack user, whom the workspace deactivated.

        Raises NotStoredError while the database cannot be reached or is too busy.
        """
        async with stored_or_told(), self.database.transaction(Lane.INTAKE) as connection:
            for stored in await api_keys.active_of(connection, user_id):
                await api_keys.revoke(connection, stored.id, OWNER_LEFT)
                await _audit(connection, "slack", "key.revoke", stored, because=OWNER_LEFT)
                log.info("key.owner_left", key=stored.prefix)

    async def look_after_owners(self, has_left: Callable[[str], Awaitable[bool]]) -> None:
        """Ask after each owner that may be a Slack user: news of who left can be missed."""
        async with self.database.read() as connection:
            owners = await api_keys.active_owners(connection)
        for owner in filter(SLACK_USER.fullmatch, owners):
            if await has_left(owner):
                await self.owner_left(owner)

    async def report_leak(self, text: str) -> str | None:
        """Note that a key stood in an address; return the prefix if it is one of ours.

        It goes on working, or else whoever saw it could stop a shop: its keeper is told to rotate.
        """
        if self.is_admin_key(text.encode("utf-8", "surrogateescape")):
            return BOOTSTRAP.prefix
        found = KEY.search(text.encode("utf-8", "surrogateescape"))
        stored = None if found is None else await self._find(found[1].decode())
        if stored is None or found is None:
            return None
        if not hmac.compare_digest(_digest(found[0]), stored.digest):
            return None
        async with self.database.transaction() as connection:
            if await api_keys.mark_leaked(connection, stored.id):
                await _audit(connection, "api", "key.leaked", stored)
        return stored.prefix

    async def report_refused(self, caller: ApiCaller, subject: str) -> None:
        """Put an attempt at administration without the right into the audit log.

        Once a minute for each key and subject, so that nobody can fill the log.
        """
        now = time.monotonic()
        known = (caller.prefix, subject)
        if now - self._refusals.get(known, -REFUSAL_SECONDS) < REFUSAL_SECONDS:
            return
        if len(self._refusals) >= MOST_REFUSALS:
            self._refusals.clear()
        self._refusals[known] = now
        async with self.database.transaction() as connection:
            await audit.append(
                connection,
                actor=caller.actor,
                action="admin.refused",
                subject=subject,
                detail={"owner": caller.owner},
            )

    async def counts(self) -> dict[str, int]:
        """Count the stored keys by state."""
        async with self.database.read() as connection:
            return await api_keys.counts(connection)

    async def _find(self, prefix: str) -> StoredKey | None:
        """Look a key up now: one that was revoked a moment ago, by whomever, holds no longer."""
        return await self._lookups.get(prefix)

    async def _find_all(self, prefixes: Sequence[str]) -> list[StoredKey | None]:
        async with self.database.statements() as connection:
            found = await api_keys.find_by_prefix(connection, prefixes)
        return [found.get(prefix) for prefix in prefixes]

    async def _mark_used(self, key_id: int) -> None:
        """Write the use down; a database that can only be read still answers."""
        try:
            async with self.database.transaction() as connection:
                await api_keys.mark_used(connection, key_id)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("key.use_not_written", key=key_id, error=type(error).__name__)


def _check(request: KeyRequest) -> None:
    owner = request.owner.strip()
    if not owner or len(owner) > LONGEST_OWNER or not owner.isprintable():
        raise WrongInputError("Say who owns the key, in at most 64 characters.")
    if len(request.note) > LONGEST_NOTE or not all(map(str.isprintable, request.note)):
        raise WrongInputError("The note must be one line of at most 120 characters.")
    known = [scope.value for scope in Scope]
    if unknown := sorted(set(request.scopes) - set(known)):
        raise WrongInputError(
            f"There is no scope {unknown[0][:40]}. The scopes are {', '.join(known)}."
        )
    if not request.scopes:
        raise WrongInputError(f"Name at least one scope: {', '.join(known)}.")
    if request.days is not None and not 1 <= request.days <= LONGEST_DAYS:
        raise WrongInputError(f"A key holds for 1 to {LONGEST_DAYS:,} days.")
    calls = request.calls_per_minute
    if calls is not None and not 1 <= calls <= MOST_CALLS:
        raise WrongInputError(f"The calls a minute must be between 1 and {MOST_CALLS:,}.")


def _drawn(
    *,
    owner: str,
    note: str,
    scopes: Sequence[str],
    calls_per_minute: int | None,
    actor: str,
    lifetime: timedelta | None,
    replaces: int | None = None,
) -> tuple[str, KeyToStore]:
    """Draw a secret; return it and what is stored of it."""
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    secret = f"rgk_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    key = KeyToStore(
        prefix=prefix,
        digest=_digest(secret.encode()),
        owner=owner,
        note=note,
        scopes=scopes,
        calls_per_minute=calls_per_minute,
        created_by=actor,
        lifetime=lifetime,
        replaces=replaces,
    )
    return secret, key


def _whole(lifetime: timedelta) -> timedelta:
    """Round to seconds: the clock is read once for each of the two times."""
    return timedelta(seconds=round(lifetime.total_seconds()))


async def _existing(connection: Connection, key_id: int) -> StoredKey:
    stored = await api_keys.find(connection, key_id)
    if stored is None:
        raise NotFoundError(f"There is no key {key_id}. `regulars keys list` shows them.")
    return stored


async def _living(connection: Connection, key_id: int) -> StoredKey:
    stored = await _existing(connection, key_id)
    if stored.state != "active":
        raise WrongInputError(f"The key {stored.prefix} is {stored.state}; make a new one instead.")
    return stored


def _caller(stored: StoredKey) -> ApiCaller:
    known = {scope.value for scope in Scope}
    scopes = frozenset(Scope(scope) for scope in stored.scopes if scope in known)
    return ApiCaller(stored.id, stored.prefix, stored.owner, scopes, stored.calls_per_minute)


def _shown(stored: StoredKey) -> ApiKey:
    return ApiKey(**{name: getattr(stored, name) for name in ApiKey.__slots__})


async def _audit(
    connection: Connection, actor: str, action: str, key: StoredKey, **detail: object
) -> None:
    await audit.append(
        connection, actor=actor[:64], action=action, subject=f"key:{key.prefix}", detail=detail
    )


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
