"""Who fits the rules of a campaign, and why some of them are left out: asked of a whole shop.

Everybody who fits gets one reason, the first that holds in the order of `Reason`, so that the
counts of all reasons add up to all who fit.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Float,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
)

from storage.campaigns.audience_conditions import (
    AudienceQuery,
    Reason,
    buyer,
    in_window,
    reason_of,
    rules_of,
    variance,
)
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import (
    campaign_members,
    customer_scores,
    customers,
    order_lines,
    orders,
)

VALUE_STEP = 100
"""Minor units within which values are added up together."""
_READ_ROWS = 5_000


class ReasonFigures(NamedTuple):
    """Those with one reason and about the same value: within VALUE_STEP."""

    reason: int
    customers: int
    value: int
    """Expected spend in 365 days, minor units."""
    buyers: float
    """Expected in the window, without any campaign; so are the figures that follow."""
    orders: float
    orders_variance: float
    spend: float
    """Minor units."""
    spend_variance: float


class RuleCounts(NamedTuple):
    """How many of the scored each rule holds for by itself, and all of them together."""

    scored: int
    segments: int
    value: int
    churn_band: int
    last_order: int
    bought: int
    likely_next: int
    country: int
    tags: int
    all_rules: int


class Candidate(NamedTuple):
    """Somebody who fits."""

    customer_id: int
    reason: int
    segment: int
    value: int
    orders: float
    spend: float


async def count_rules(connection: Connection, query: AudienceQuery) -> RuleCounts:
    """Count each rule's customers by itself."""
    await _hurry(connection)
    rules = rules_of(connection, query)
    every = and_(true(), *rules)
    counts = [func.sum(case((rule, 1), else_=0)) for rule in (*rules, every)]
    asked = select(func.count(), *(cast(func.coalesce(each, 0), BigInteger) for each in counts))
    row = (await connection.execute(_scored(asked, query.run_id))).one()
    return RuleCounts._make(row)


async def figures(connection: Connection, query: AudienceQuery) -> list[ReasonFigures]:
    """Add up everybody who fits by reason and value, the most valuable first.

    Ranking a million people takes longer than adding them up in small steps of value.
    """
    await _hurry(connection)
    own = _candidates(connection, query).subquery().c
    step = own.value_365 // literal_column(str(VALUE_STEP), BigInteger)
    sums = (own.buyers, own.orders, own.orders_variance, own.spend, own.spend_variance)
    asked = select(
        own.reason,
        func.count(),
        cast(func.sum(own.value_365), BigInteger),
        *(cast(func.sum(each), Float(53)) for each in sums),
    ).group_by(own.reason, step)
    async with _hashing(connection):
        found = [ReasonFigures._make(row) for row in await connection.execute(asked)]
    return sorted(found, key=lambda row: (row.reason, -row.value / row.customers))


async def twins(connection: Connection) -> list[int]:
    """List customers whose e-mail address an older customer has too."""
    await _hurry(connection)
    own = customers.c
    shared = (
        select(own.email, func.min(own.id).label("oldest"))
        .where(own.email.is_not(None))
        .group_by(own.email)
        .having(func.count() > 1)
        .subquery()
    )
    asked = select(own.id).join(shared, and_(shared.c.email == own.email, own.id > shared.c.oldest))
    return list(await connection.scalars(asked.order_by(own.id)))


async def buyers(connection: Connection, product_ids: Sequence[int]) -> list[int]:
    """List who bought at least one of these products; it reads every line of every order."""
    await _hurry(connection)
    asked = (
        select(orders.c.customer_id)
        .distinct()
        .join(order_lines, order_lines.c.order_id == orders.c.id)
        .where(
            order_lines.c.product_id.in_(product_ids),
            order_lines.c.quantity > 0,
            orders.c.counts,
            orders.c.customer_id.is_not(None),
        )
    )
    return list(await connection.scalars(asked))


async def overlap(
    connection: Connection, query: AudienceQuery, campaign_ids: list[int]
) -> dict[int, int]:
    """Count those who would be in and were written to by each of these campaigns."""
    await _hurry(connection)
    found = _candidates(connection, query).subquery()
    own = campaign_members.c
    asked = (
        select(own.campaign_id, func.count())
        .join(found, found.c.customer_id == own.customer_id)
        .where(
            found.c.reason == int(Reason.IN),
            own.campaign_id.in_(campaign_ids),
            own.contacted_at.is_not(None),
        )
        .group_by(own.campaign_id)
    )
    return {key: count for key, count in await connection.execute(asked)}  # noqa: C416


async def some_with(
    connection: Connection, query: AudienceQuery, reason: Reason, limit: int
) -> list[Customer]:
    """List customers with a reason, the most valuable first."""
    found = _candidates(connection, query).subquery()
    asked = (
        select(*(customers.c[name] for name in COLUMNS))
        .join(found, found.c.customer_id == customers.c.id)
        .where(found.c.reason == int(reason))
        .order_by(found.c.value_365.desc(), customers.c.id)
        .limit(limit)
    )
    return [Customer(*row) for row in await connection.execute(asked)]


async def members(
    connection: Connection, query: AudienceQuery
) -> AsyncIterator[Sequence[Candidate]]:
    """Read everybody who fits, some thousand at a time, in the order of their ids."""
    await _hurry(connection)
    found = _candidates(connection, query).subquery()
    own = found.c
    asked = select(
        own.customer_id, own.reason, own.segment, own.value_365, own.orders, own.spend
    ).order_by(own.customer_id)
    rows = await connection.stream(asked)
    async for batch in rows.partitions(_READ_ROWS):
        yield [Candidate._make(row) for row in batch]


async def most_valuable(connection: Connection, query: AudienceQuery, most: int) -> list[int]:
    """List the ids of the most valuable who are in; of equals the older customer."""
    await _hurry(connection)
    own = _candidates(connection, query).subquery().c
    best = (
        select(own.customer_id)
        .where(own.reason == int(Reason.IN))
        .order_by(own.value_365.desc(), own.customer_id)
        .limit(most)
    )
    return list(await connection.scalars(best))


async def insiders(connection: Connection, query: AudienceQuery) -> list[Candidate]:
    """Read everybody who is in, in the order of their ids."""
    await _hurry(connection)
    own = _candidates(connection, query).subquery().c
    asked = (
        select(own.customer_id, own.reason, own.segment, own.value_365, own.orders, own.spend)
        .where(own.reason == int(Reason.IN))
        .order_by(own.customer_id)
    )
    return [Candidate._make(row) for row in await connection.execute(asked)]


@asynccontextmanager
async def _hashing(connection: Connection) -> AsyncGenerator[None]:
    """Keep PostgreSQL from sorting a million rows: it expects as many groups, of some thousand."""
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        await connection.execute(text("SET LOCAL enable_sort = off"))
    yield
    if is_postgresql:
        await connection.execute(text("SET LOCAL enable_sort = on"))


async def _hurry(connection: Connection) -> None:
    """Let PostgreSQL join a million customers in memory, without compiling the query first."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL jit = off"))
        await connection.execute(text("SET LOCAL work_mem = '64MB'"))


def _scored(asked: Select[*tuple[Any, ...]], run_id: int) -> Select[*tuple[Any, ...]]:
    own = customer_scores.c
    return (
        asked.select_from(customer_scores)
        .join(customers, customers.c.id == own.customer_id)
        .where(own.run_id == run_id)
    )


def _candidates(connection: Connection, query: AudienceQuery) -> Select[*tuple[Any, ...]]:
    own = customer_scores.c
    asked = select(
        own.customer_id,
        own.segment,
        own.value_365,
        buyer(query).label("buyers"),
        in_window(query, "orders").label("orders"),
        variance(query, "orders").label("orders_variance"),
        in_window(query, "value").label("spend"),
        variance(query, "value").label("spend_variance"),
        reason_of(connection, query).label("reason"),
    )
    return _scored(asked, query.run_id).where(*rules_of(connection, query))
