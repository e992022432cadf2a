"""What was asked for by programs and pressed by people, remembered for a day."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection, now_ms
from storage.models import idempotency_keys

KEEP_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """A request by its key, the digest of what was asked, and what was answered."""

    owner: str
    key: str
    digest: bytes
    answer: str


async def find(connection: Connection, owner: str, key: str) -> Answered | None:
    """Read what was answered within the last day."""
    own = idempotency_keys.c
    query = select(own.owner, own.key, own.digest, own.answer).where(
        own.owner == owner, own.key == key, own.created_at >= now_ms() - KEEP_MS
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Answered(*row)


async def keep(connection: Connection, answered: Answered) -> bool:
    """Keep an answer unless this key has one; tells whether it was kept.

    Whoever comes second waits here until the first has committed or given up.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    told = dialect.insert(idempotency_keys).values(
        owner=answered.owner,
        key=answered.key,
        digest=answered.digest,
        answer=answered.answer,
        created_at=now_ms(),
    )
    fresh = {name: told.excluded[name] for name in ("digest", "answer", "created_at")}
    kept = await connection.execute(
        told.on_conflict_do_update(
            index_elements=["owner", "key"],
            set_=fresh,
            where=idempotency_keys.c.created_at < now_ms() - KEEP_MS,
        )
    )
    return kept.rowcount > 0


async def is_first(connection: Connection, owner: str, act: str, at: float, apart: float) -> bool:
    """Note that something was done at a time, and tell whether it counts.

    It does not if the same was done less than `apart` seconds before, at that very time, or
    later.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    digest = hashlib.sha256(act.encode())
    told = dialect.insert(idempotency_keys).values(
        owner=owner,
        key=digest.hexdigest(),
        digest=digest.digest(),
        answer=_sortable(at),
        created_at=now_ms(),
    )
    noted = await connection.execute(
        told.on_conflict_do_update(
            index_elements=["owner", "key"],
            set_={name: told.excluded[name] for name in ("answer", "created_at")},
            where=idempotency_keys.c.answer < _sortable(max(0, at - apart)),
        )
    )
    return noted.rowcount > 0


def _sortable(at: float) -> str:
    """Write a time so that texts sort as times do."""
    return f"{at:017.6f}"


async def purge(connection: Connection) -> int:
    """Forget answers older than a day; returns how many."""
    own = idempotency_keys.c
    gone = await connection.execute(
        delete(idempotency_keys).where(own.created_at < now_ms() - KEEP_MS)
    )
    return gone.rowcount
