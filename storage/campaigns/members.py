"""Who belongs to a campaign: written when the audience is frozen."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from sqlalchemy import case, delete, func, select, text

from storage.arrays import Column, insert_columns
from storage.bulk import among
from storage.database import Connection
from storage.models import campaign_members, campaign_outcomes

_SQLITE_BATCH_ROWS = 2_000
_POSTGRES_BATCH_ROWS = 50_000


class Arm(IntEnum):
    """What was decided about somebody who fits the rules."""

    TREATED = 0
    HELD_OUT = 1
    LEFT_OUT = 2


async def count_arms(connection: Connection, campaign_id: int) -> dict[Arm, int]:
    """Count who is still there; the erased are gone."""
    own = campaign_members.c
    query = select(own.arm, func.count()).where(own.campaign_id == campaign_id).group_by(own.arm)
    found = {Arm(arm): count for arm, count in await connection.execute(query)}
    return {arm: found.get(arm, 0) for arm in Arm}


async def count_contacted(connection: Connection, campaign_id: int) -> int:
    """Count the treated whom anything reached."""
    own = campaign_members.c
    query = select(func.sum(case((own.contacted_at.is_not(None), 1), else_=0))).where(
        own.campaign_id == campaign_id
    )
    return int(await connection.scalar(query) or 0)


async def insert_members(
    connection: Connection, campaign_id: int, columns: Mapping[str, Column]
) -> None:
    """Add some members, given as columns of numbers."""
    if len(columns["customer_id"]):
        campaign = columns["customer_id"] * 0 + campaign_id
        await insert_columns(connection, campaign_members, {"campaign_id": campaign, **columns})


async def settle(connection: Connection) -> None:
    """Let PostgreSQL know how many members there are now, so that it asks its indexes."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"ANALYZE {campaign_members.name}"))


async def delete_members(connection: Connection, campaign_id: int) -> int:
    """Delete one batch of what an interrupted freeze left; tells how many there were."""
    own = campaign_members.c
    batch = (
        select(own.customer_id)
        .where(own.campaign_id == campaign_id)
        .order_by(own.customer_id)
        .limit(batch_rows(connection))
        .subquery()
    )
    last = select(func.max(batch.c.customer_id)).scalar_subquery()
    gone = await connection.execute(
        delete(campaign_members).where(own.campaign_id == campaign_id, own.customer_id <= last)
    )
    return gone.rowcount


async def erase(connection: Connection, customer_ids: Sequence[int]) -> None:
    """Forget that these customers were ever in a campaign, and what was sent to them."""
    for table in (campaign_outcomes, campaign_members):
        which = among(connection, table.c.customer_id, customer_ids)
        await connection.execute(delete(table).where(which))


def batch_rows(connection: Connection) -> int:
    """How many members one transaction may write; on SQLite others wait meanwhile."""
    is_sqlite = connection.dialect.name == "sqlite"
    return _SQLITE_BATCH_ROWS if is_sqlite else _POSTGRES_BATCH_ROWS
