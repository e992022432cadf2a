"""Campaigns: what was planned, how far it is, what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, or_, select, update

from storage.database import Connection
from storage.models import campaign_results, campaigns

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A plan. `rules`, `suppression` and `offer` are JSON of what services make of them."""

    name: str
    goal: str
    rules: Json
    suppression: Json
    offer: Json
    holdout_share: float
    seed: int
    window_days: int
    created_by: str


@dataclass(frozen=True, slots=True)
class StoredCampaign(NewCampaign):
    """A plan and how far it is."""

    id: int
    state: str
    created_at: datetime
    submitted_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    freezing_since: datetime | None
    started_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    channel: str | None
    card_ts: str | None
    model_run_id: int | None
    data_version: str | None
    counts: Json


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What was seen at one time; `is_final` when the window had closed."""

    at: datetime
    asked_by: str
    is_final: bool
    figures: Json


async def add(connection: Connection, new: NewCampaign) -> int:
    """Keep a draft."""
    values = {field.name: getattr(new, field.name) for field in fields(NewCampaign)}
    row = insert(campaigns).values(**values, state="draft", created_at=datetime.now(UTC))
    return int((await connection.execute(row.returning(campaigns.c.id))).scalar_one())


async def find(
    connection: Connection, campaign_id: int, *, lock: bool = False
) -> StoredCampaign | None:
    """Read a campaign; with `lock` nobody else changes it until the transaction ends."""
    query = select(*_COLUMNS).where(campaigns.c.id == campaign_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _read(row)


async def newest(
    connection: Connection,
    limit: int,
    *,
    before: int | None = None,
    with_archived: bool = False,
) -> list[StoredCampaign]:
    """List the newest campaigns first, those older than `before`."""
    query = select(*_COLUMNS).order_by(campaigns.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(campaigns.c.id < before)
    if not with_archived:
        query = query.where(campaigns.c.state != "archived")
    return [_read(row) for row in (await connection.execute(query)).mappings()]


async def change(
    connection: Connection, campaign_id: int, from_states: Sequence[str], **values: object
) -> bool:
    """Change a campaign if it is in one of these states; tells whether it was."""
    changed = await connection.execute(
        update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.state.in_(list(from_states)))
        .values(**values)
    )
    return changed.rowcount > 0


async def claim_freeze(
    connection: Connection, campaign_id: int, now: datetime, silent_since: datetime
) -> bool:
    """Take the right to write the audience, unless somebody began since `silent_since`."""
    claimed = await connection.execute(
        update(campaigns)
        .where(
            campaigns.c.id == campaign_id,
            campaigns.c.state.in_(["draft", "awaiting_approval"]),
            or_(campaigns.c.freezing_since.is_(None), campaigns.c.freezing_since < silent_since),
        )
        .values(freezing_since=now)
    )
    return claimed.rowcount > 0


async def finished(connection: Connection, goal: str) -> list[StoredCampaign]:
    """List campaigns of a goal whose window closed and whose result is final, oldest first."""
    final = select(campaign_results.c.campaign_id).where(campaign_results.c.is_final)
    query = (
        select(*_COLUMNS)
        .where(campaigns.c.goal == goal, campaigns.c.id.in_(final))
        .order_by(campaigns.c.id)
    )
    return [_read(row) for row in (await connection.execute(query)).mappings()]


async def add_result(connection: Connection, campaign_id: int, result: StoredResult) -> None:
    """Keep what was seen."""
    values = {field.name: getattr(result, field.name) for field in fields(StoredResult)}
    await connection.execute(insert(campaign_results).values(campaign_id=campaign_id, **values))


async def final_result(connection: Connection, campaign_id: int) -> StoredResult | None:
    """Read what was seen when the window closed."""
    own = campaign_results.c
    query = (
        select(own.at, own.asked_by, own.is_final, own.figures)
        .where(own.campaign_id == campaign_id, own.is_final)
        .order_by(own.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else StoredResult(*row)


async def count_peeks(connection: Connection, campaign_id: int) -> int:
    """Count looks before the window closed."""
    own = campaign_results.c
    query = select(func.count()).where(own.campaign_id == campaign_id, ~own.is_final)
    return int((await connection.execute(query)).scalar_one())


_COLUMNS = [campaigns.c[field.name] for field in fields(StoredCampaign)]


def _read(row: RowMapping) -> StoredCampaign:
    return StoredCampaign(**row)
