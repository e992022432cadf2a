"""Who belongs to a campaign: written when the audience is frozen, read by who delivers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, select, text, update

from storage.arrays import Column, insert_columns
from storage.bulk import among
from storage.database import Connection
from storage.models import Instant, campaign_members, customers

_SQLITE_BATCH_ROWS = 2_000
_POSTGRES_BATCH_ROWS = 50_000


class Arm(IntEnum):
    """What was decided about somebody who fits the rules."""

    TREATED = 0
    HELD_OUT = 1
    LEFT_OUT = 2


class Outcome(StrEnum):
    """What became of the delivery to one person."""

    EXPORTED = "exported"  # stands in a file that somebody fetched
    ACCEPTED = "accepted"  # a marketing system took the profile
    TAGGED = "tagged"
    REFUSED = "refused"  # the other side did not take it
    WITHDRAWN = "withdrawn"  # no consent any more since the audience was frozen


REACHED = (Outcome.EXPORTED, Outcome.ACCEPTED, Outcome.TAGGED)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to, as stored today; amounts as expected at the freeze."""

    customer_id: int
    source_id: str | None
    email: str | None
    phone: str | None
    name: str
    country: str | None
    tags: tuple[str, ...]
    has_consent: bool
    """Still subscribed; who is not any more must not be written to."""
    segment: int
    """Position in `services.analytics.segments.SEGMENTS`."""
    value: int
    """Expected spend in 365 days, minor units."""
    outcome: str | None


async def treated_page(
    connection: Connection, campaign_id: int, *, after: int = 0, limit: int = 1_000
) -> list[Recipient]:
    """List the treated in the order of their ids, from behind `after`; the erased are gone."""
    own, person = campaign_members.c, customers.c
    query = (
        select(
            own.customer_id,
            person.source_id,
            person.email,
            person.phone,
            person.name,
            person.country,
            person.tags,
            person.consent,
            own.segment,
            own.value_365,
            own.outcome,
        )
        .join(customers, person.id == own.customer_id)
        .where(own.campaign_id == campaign_id, own.arm == Arm.TREATED, own.customer_id > after)
        .order_by(own.customer_id)
        .limit(limit)
    )
    return [
        Recipient(*row[:6], tuple(row.tags), row.consent == "subscribed", *row[8:])
        for row in await connection.execute(query)
    ]


async def mark_all(
    connection: Connection,
    campaign_id: int,
    between: tuple[int, int],
    but: Sequence[int],
    outcome: Outcome,
    at: datetime,
) -> None:
    """Note what became of all the treated whose ids lie between two, which count too."""
    own = campaign_members.c.customer_id
    which = and_(own.between(*between), ~among(connection, own, but))
    await _mark(connection, campaign_id, which, outcome, at)


async def mark(
    connection: Connection,
    campaign_id: int,
    customer_ids: Sequence[int],
    outcome: Outcome,
    at: datetime,
    problem: str | None = None,
) -> None:
    """Note what became of some of the treated; call it with a few hundred at most."""
    which = among(connection, campaign_members.c.customer_id, customer_ids)
    await _mark(connection, campaign_id, which, outcome, at, problem)


async def _mark(
    connection: Connection,
    campaign_id: int,
    which: ColumnElement[bool],
    outcome: Outcome,
    at: datetime,
    problem: str | None = None,
) -> None:
    own = campaign_members.c
    first_contact = (
        func.coalesce(own.contacted_at, literal(at, Instant()))
        if outcome in REACHED
        else own.contacted_at
    )
    await connection.execute(
        update(campaign_members)
        .where(
            own.campaign_id == campaign_id,
            own.arm == Arm.TREATED,
            which,
        )
        .values(outcome=outcome, outcome_at=at, problem=problem, contacted_at=first_contact)
    )


async def count_outcomes(connection: Connection, campaign_id: int) -> dict[str | None, int]:
    """Count the treated by outcome; None: nothing happened yet."""
    own = campaign_members.c
    query = (
        select(own.outcome, func.count())
        .where(own.campaign_id == campaign_id, own.arm == Arm.TREATED)
        .group_by(own.outcome)
    )
    return {outcome: count for outcome, count in await connection.execute(query)}  # noqa: C416


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
    """Forget that these customers were ever in a campaign."""
    await connection.execute(
        delete(campaign_members).where(
            among(connection, campaign_members.c.customer_id, customer_ids)
        )
    )


def batch_rows(connection: Connection) -> int:
    """How many members one transaction may write; on SQLite others wait meanwhile."""
    is_sqlite = connection.dialect.name == "sqlite"
    return _SQLITE_BATCH_ROWS if is_sqlite else _POSTGRES_BATCH_ROWS
