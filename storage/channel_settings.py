"""What single channels do differently. An empty list means: as everywhere else."""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection, now_ms
from storage.models import channel_settings


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """A row of `channel_settings`."""

    channel: str
    is_triage: bool = False
    ticket_emoji: list[str] = field(default_factory=list)
    resolve_emoji: list[str] = field(default_factory=list)
    claim_emoji: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


_COLUMNS = [channel_settings.c[name] for name in OwnSettings.__slots__]
_ONE = select(*_COLUMNS).where(channel_settings.c.channel == bindparam("channel"))
"""Built once: it is asked for each reaction."""


async def find(connection: Connection, channel: str) -> OwnSettings | None:
    """Read one channel's; None where nobody has set anything."""
    row = (await connection.execute(_ONE, {"channel": channel})).one_or_none()
    return None if row is None else OwnSettings(*row)


async def every(connection: Connection) -> list[OwnSettings]:
    """List the channels that have settings of their own."""
    query = select(*_COLUMNS).order_by(channel_settings.c.channel)
    return [OwnSettings(*row) for row in (await connection.execute(query)).all()]


async def save(connection: Connection, settings: OwnSettings, changed_by: str) -> None:
    """Replace a channel's settings."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {name: getattr(settings, name) for name in OwnSettings.__slots__}
    told = dialect.insert(channel_settings).values(
        **values, changed_by=changed_by, changed_at=now_ms()
    )
    fresh = {name: told.excluded[name] for name in (*values, "changed_by", "changed_at")}
    await connection.execute(
        told.on_conflict_do_update(index_elements=["channel"], set_=fresh),
    )
