"""API keys: never the key itself, only the prefix that may be shown and the hash of the whole.

Whether a key still holds is decided by the database's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, bindparam, case, exists, func, insert, or_, select, update

from storage.database import Connection, now_ms
from storage.models import api_keys

State = Literal["active", "expired", "revoked"]

USED_AGAIN_MS = 60_000
"""A use is written down once in so long."""

_STATE = case(
    (api_keys.c.revoked_at.is_not(None), "revoked"),
    (api_keys.c.expires_at <= now_ms(), "expired"),
    else_="active",
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is kept; whoever reads this cannot use it."""

    id: int
    prefix: str
    digest: bytes
    owner: str
    note: str
    scopes: tuple[str, ...]
    calls_per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str
    last_used_at: datetime | None
    leaked_at: datetime | None
    replaces: int | None
    state: State
    is_used_lately: bool


@dataclass(frozen=True, slots=True)
class KeyToStore:
    """What a new key is made of; `lifetime` None: until it is revoked."""

    prefix: str
    digest: bytes
    owner: str
    note: str
    scopes: Sequence[str]
    calls_per_minute: int | None
    created_by: str
    lifetime: timedelta | None
    replaces: int | None = None


async def add(connection: Connection, key: KeyToStore) -> StoredKey:
    """Store a key and return it as it is kept."""
    lifetime_ms = None if key.lifetime is None else key.lifetime // timedelta(milliseconds=1)
    statement = (
        insert(api_keys)
        .values(
            prefix=key.prefix,
            digest=key.digest,
            owner=key.owner,
            note=key.note,
            scopes=list(key.scopes),
            calls_per_minute=key.calls_per_minute,
            created_at=now_ms(),
            created_by=key.created_by,
            expires_at=None if lifetime_ms is None else now_ms() + lifetime_ms,
            replaces=key.replaces,
        )
        .returning(api_keys.c.id)
    )
    key_id = (await connection.execute(statement)).scalar_one()
    stored = await find(connection, key_id)
    if stored is None:
        raise LookupError(key_id)
    return stored


async def find(connection: Connection, key_id: int) -> StoredKey | None:
    return await _one(connection, _keys().where(api_keys.c.id == key_id))


async def find_by_prefix(connection: Connection, prefixes: Sequence[str]) -> dict[str, StoredKey]:
    """Find several keys; who is nobody's is left out."""
    found = (await connection.execute(_BY_PREFIX, {"prefixes": list(prefixes)})).all()
    return {row.prefix: _stored(row) for row in found}


async def list_all(connection: Connection) -> list[StoredKey]:
    """Every key there ever was, oldest first."""
    rows = (await connection.execute(_keys().order_by(api_keys.c.id))).all()
    return [_stored(row) for row in rows]


async def is_any_active(connection: Connection) -> bool:
    """Tell whether at least one key would be accepted."""
    active = exists().where(_STATE == "active")
    return bool((await connection.execute(select(active))).scalar_one())


async def counts(connection: Connection) -> dict[str, int]:
    """Count the keys by state."""
    query = select(_STATE, func.count()).group_by(_STATE)
    return {row[0]: row[1] for row in (await connection.execute(query)).all()}


async def mark_used(connection: Connection, key_id: int) -> None:
    await connection.execute(
        update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now_ms())
    )


async def mark_leaked(connection: Connection, key_id: int) -> bool:
    """Remember the first time the key was seen in an address; tell whether this was it."""
    first = api_keys.c.leaked_at.is_(None)
    marked = await connection.execute(
        update(api_keys).where(api_keys.c.id == key_id, first).values(leaked_at=now_ms())
    )
    return marked.rowcount > 0


async def active_owners(connection: Connection) -> list[str]:
    query = select(api_keys.c.owner).where(_STATE == "active").distinct()
    return list(await connection.scalars(query.order_by(api_keys.c.owner)))


async def active_of(connection: Connection, owner: str) -> list[StoredKey]:
    query = _keys().where(api_keys.c.owner == owner, _STATE == "active").order_by(api_keys.c.id)
    return [_stored(row) for row in await connection.execute(query)]


async def revoke(connection: Connection, key_id: int, because: str = "") -> None:
    await connection.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id)
        .values(revoked_at=now_ms(), revoked_because=because)
    )


async def end_within(connection: Connection, key_id: int, remaining: timedelta) -> None:
    """Let the key expire so long from now, unless it expires earlier anyway."""
    at = now_ms() + remaining // timedelta(milliseconds=1)
    later = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > at)
    await connection.execute(
        update(api_keys).where(api_keys.c.id == key_id, later).values(expires_at=at)
    )


def _keys() -> Select[Any]:
    used_lately = func.coalesce(api_keys.c.last_used_at > now_ms() - USED_AGAIN_MS, False)
    return select(api_keys, _STATE.label("state"), used_lately.label("is_used_lately"))


_BY_PREFIX = _keys().where(api_keys.c.prefix.in_(bindparam("prefixes", expanding=True)))


async def _one(connection: Connection, query: Select[Any]) -> StoredKey | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _stored(row)


def _stored(row: Any) -> StoredKey:  # noqa: ANN401 - a row of _keys()
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return StoredKey(
        **{
            **columns,
            "scopes": tuple(columns["scopes"]),
            "is_used_lately": bool(columns["is_used_lately"]),
        }
    )
