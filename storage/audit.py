"""The audit log: append-only, each row carries the hash of the one before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, text

from storage.database import Connection, Database
from storage.models import EPOCH, audit_log

GENESIS = bytes(32)
_LOCK = 7_261_003


async def append(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one row. `subject` is an id, never a person's data; times are UTC."""
    await take_turn(connection)  # two writers must not continue from the same row
    newest = select(audit_log.c.hash).order_by(audit_log.c.id.desc()).limit(1)
    previous = (await connection.execute(newest)).scalar() or GENESIS
    at = datetime.now(UTC).replace(microsecond=0)
    row = {"actor": actor, "action": action, "subject": subject, "detail": dict(detail or {})}
    await connection.execute(
        insert(audit_log).values(
            at=at,
            previous_hash=previous,
            hash=_digest(previous, at, row),
            **row,
        ),
    )


async def take_turn(connection: Connection) -> None:
    """Wait until nobody else writes here; what they changed with it can be read from then on.

    On SQLite whoever writes is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def first_broken_row(database: Database) -> int | None:
    """Walk the chain and return the id of the first row that was changed, or None."""
    previous = GENESIS
    async with database.read() as connection:
        rows = await connection.stream(select(audit_log).order_by(audit_log.c.id))
        async for row in rows:
            content = {
                "actor": row.actor,
                "action": row.action,
                "subject": row.subject,
                "detail": row.detail,
            }
            if row.previous_hash != previous or row.hash != _digest(previous, row.at, content):
                return int(row.id)
            previous = row.hash
    return None


def _digest(previous: bytes, at: datetime, row: Mapping[str, Any]) -> bytes:
    seconds = int((at - EPOCH).total_seconds())
    content = json.dumps([seconds, row], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(previous + content.encode()).digest()
