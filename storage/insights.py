"""Who scores how and what is at stake, added up; and what insights can be asked by.

Months are 12 * year + month - 1, amounts minor units. Whole shops of orders: `shop_orders`.
"""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    and_,
    cast,
    func,
    literal,
    select,
)

from storage.bulk import among
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import EPOCH, customer_scores, customers


class Cut(StrEnum):
    """What cohorts are divided by: a fact of a customer's first order."""

    CHANNEL = "channel"
    COUNTRY = "country"
    PRODUCT = "product"


class SegmentCut(StrEnum):
    """What segments are divided by."""

    COUNTRY = "country"


class SegmentFigures(NamedTuple):
    """A segment in one run; `value` is what its customers should spend in 365 days."""

    part: str | None
    """The country of its customers; None: unknown, or not divided."""
    segment: int
    customers: int
    spend: int
    value: int
    p_no_order: float
    """Mean over its customers."""


class AtRisk(NamedTuple):
    """A customer, what they should spend in 365 days, and how likely they order no more."""

    customer: Customer
    spend: int
    value: int
    p_no_order: float
    loss: float
    segment: int
    churn_band: int


class Stake(NamedTuple):
    """What is expected to be lost in one segment and churn band, minor units."""

    segment: int
    churn_band: int
    customers: int
    loss: float


class ProductOrder(StrEnum):
    REVENUE = "revenue"
    ORDERS = "orders"
    UNITS = "units"
    BUYERS = "buyers"


class ChurnOrder(StrEnum):
    LOSS = "loss"
    VALUE = "value"
    SPEND = "spend"
    PROBABILITY = "probability"


async def segment_figures(
    connection: Connection, run_id: int, cut: SegmentCut | None = None
) -> list[SegmentFigures]:
    """Add up the segments of a run, or those of each part."""
    own = customer_scores.c
    part = customers.c[cut] if cut else literal(None)
    query = (
        select(
            part,
            own.segment,
            func.count(),
            cast(func.sum(own.spend), BigInteger),
            cast(func.sum(own.value_365), BigInteger),
            func.avg(cast(own.p_no_order, Float(53))),
        )
        .where(own.run_id == run_id)
        .group_by(own.segment, *([part] if cut else []))
    )
    if cut:
        query = query.join(customers, customers.c.id == own.customer_id)
    return [SegmentFigures(*row) for row in await connection.execute(query)]


async def at_risk(
    connection: Connection, run_id: int, by: ChurnOrder, limit: int, segment: int | None = None
) -> list[AtRisk]:
    """List who might order no more, most first."""
    own = customer_scores.c
    loss = _loss().label("loss")
    ranked = {
        ChurnOrder.LOSS: loss,
        ChurnOrder.VALUE: own.value_365,
        ChurnOrder.SPEND: own.spend,
        ChurnOrder.PROBABILITY: own.p_no_order,
    }[by]
    figures = (own.spend, own.value_365, own.p_no_order, loss, own.segment, own.churn_band)
    top = (
        select(own.customer_id, *figures)
        .where(_is_of(run_id, segment))
        .order_by(ranked.desc(), own.customer_id)
        .limit(limit)
    )
    rows = (await connection.execute(top)).all()
    ids = [row.customer_id for row in rows]
    named = select(*(customers.c[name] for name in COLUMNS)).where(
        among(connection, customers.c.id, ids)
    )
    known = {row[0]: Customer(*row) for row in await connection.execute(named)} if ids else {}
    return [AtRisk(known[row[0]], *row[1:]) for row in rows if row[0] in known]


async def churn_stakes(
    connection: Connection, run_id: int, segment: int | None = None
) -> list[Stake]:
    """Add up what might be lost, in one segment or in all."""
    own = customer_scores.c
    query = (
        select(own.segment, own.churn_band, func.count(), func.sum(_loss()))
        .where(_is_of(run_id, segment))
        .group_by(own.segment, own.churn_band)
    )
    return [Stake(*row) for row in await connection.execute(query)]


def month_of(day: date) -> int:
    return 12 * day.year + day.month - 1


def first_day_of(month: int) -> int:
    return date(month // 12, month % 12 + 1, 1).toordinal() - EPOCH.toordinal()


def _is_of(run_id: int, segment: int | None) -> ColumnElement[bool]:
    own = customer_scores.c
    return and_(own.run_id == run_id, *([] if segment is None else [own.segment == segment]))


def _loss() -> ColumnElement[float]:
    own = customer_scores.c
    return cast(own.value_365, Float(53)) * cast(own.p_no_order, Float(53))
