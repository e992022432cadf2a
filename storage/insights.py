"""What the orders of a whole shop add up to: cohorts, products, baskets, and who scores how.

Days are days since 1970 in the shop's own zone, months are 12 * year + month - 1, amounts minor
units. Orders, spend and products as DESIGN 4a defines them.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from storage.arrays import IntColumns, read_columns
from storage.bulk import among
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import EPOCH, customer_scores, customers, order_lines, orders, products

_IS_KNOWN = and_(orders.c.counts, orders.c.customer_id.is_not(None))
_PLACES = ("channel", "country")
_LONG_SECONDS = 120
_AMOUNT = cast(order_lines.c.quantity, BigInteger) * order_lines.c.unit_price


class Months(NamedTuple):
    """The first and the last whole month to look at."""

    first: int
    last: int


class Cut(StrEnum):
    """What cohorts are divided by: a fact of a customer's first order."""

    CHANNEL = "channel"
    COUNTRY = "country"
    PRODUCT = "product"


class SegmentCut(StrEnum):
    """What segments are divided by."""

    COUNTRY = "country"


class Cell(NamedTuple):
    """Customers of a cohort in a month: how many ordered, how often, for how much."""

    part: Any
    cohort: int
    month: int
    customers: int
    orders: int
    value: int


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


class ProductFigures(NamedTuple):
    """Revenue is at the prices of the lines; buyers are known customers."""

    product_id: int
    sku: str
    title: str
    orders: int
    units: int
    revenue: int
    buyers: int
    repeat_buyers: int
    """Those who bought it on at least two days."""


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


async def allow_long(connection: Connection) -> None:
    """Give the questions of this transaction two minutes: they read every order."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET LOCAL jit = off")  # compiling takes longer
        await connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_LONG_SECONDS}s'")


async def cohort_cells(
    connection: Connection, months: Months, cut: Cut | None = None, wanted: Sequence[int] = ()
) -> list[Cell]:
    """Add up every cohort in every month in which it did something; `wanted` are product ids."""
    placed = _cohort_members(months, cut).subquery()
    if cut is Cut.PRODUCT:
        placed = _by_product(connection, placed, wanted).subquery()
    part = placed.c.part if cut else literal(None)
    query = (
        select(
            part,
            placed.c.cohort,
            placed.c.month,
            func.sum(case((placed.c.orders > 0, 1), else_=0)),
            func.sum(placed.c.orders),
            func.sum(placed.c.value),
        )
        # A cancellation may be dated before the order it cancels.
        .where(placed.c.cohort.is_not(None), placed.c.month >= placed.c.cohort)
        .group_by(placed.c.cohort, placed.c.month, *([part] if cut else []))
    )
    return [
        Cell(row[0], *(int(figure) for figure in row[1:]))
        for row in await connection.execute(query)
    ]


async def first_products(connection: Connection, limit: int) -> list[int]:
    """List the products most customers began with."""
    place = func.row_number().over(
        partition_by=orders.c.customer_id, order_by=(orders.c.placed_at, orders.c.id)
    )
    ranked = select(orders.c.id, place.label("place")).where(_IS_KNOWN).subquery()
    customers_began = func.count(distinct(ranked.c.id))
    query = (
        select(order_lines.c.product_id)
        .join(ranked, ranked.c.id == order_lines.c.order_id)
        .join(products, products.c.id == order_lines.c.product_id)
        .where(ranked.c.place == 1, ~products.c.is_fee, order_lines.c.quantity > 0)
        .group_by(order_lines.c.product_id)
        .order_by(customers_began.desc(), order_lines.c.product_id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def repeat_customers(connection: Connection, limit: int) -> int:
    """Count customers who bought on two days or more, up to `limit` of them."""
    some = (
        select(orders.c.customer_id)
        .where(_IS_KNOWN)
        .group_by(orders.c.customer_id)
        .having(func.max(orders.c.placed_day) > func.min(orders.c.placed_day))
        .limit(limit)
        .subquery()
    )
    return int(await connection.scalar(select(func.count()).select_from(some)) or 0)


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


async def product_figures(
    connection: Connection, days: tuple[int, int], by: ProductOrder, limit: int
) -> list[ProductFigures]:
    """Add up what each product brought in a range of days, most first."""
    bought = _bought(days).subquery()
    is_known = and_(bought.c.customer_id.is_not(None), bought.c.days > 0)
    figures = {
        ProductOrder.ORDERS: func.sum(bought.c.orders),
        ProductOrder.UNITS: func.sum(bought.c.units),
        ProductOrder.REVENUE: func.sum(bought.c.revenue),
        ProductOrder.BUYERS: func.sum(case((is_known, 1), else_=0)),
    }
    came_back = func.sum(case((and_(is_known, bought.c.days > 1), 1), else_=0))
    query = (
        select(
            products.c.id,
            products.c.sku,
            products.c.title,
            *(cast(figure, BigInteger) for figure in (*figures.values(), came_back)),
        )
        .join(bought, bought.c.product_id == products.c.id)
        .group_by(products.c.id, products.c.sku, products.c.title)
        .order_by(figures[by].desc(), products.c.id)
        .limit(limit)
    )
    return [ProductFigures(*row) for row in await connection.execute(query)]


async def basket_lines(connection: Connection, days: tuple[int, int]) -> IntColumns:
    """Read which products each order holds: rows (order, product).

    What is left out is read by itself, as it is little: a look-up for each of twelve million
    lines takes SQLite longer than all else together.
    """
    lines = await read_columns(
        connection,
        select(order_lines.c.order_id, order_lines.c.product_id).where(order_lines.c.quantity > 0),
    )
    is_wanted = and_(orders.c.counts, orders.c.placed_day.between(*days))
    others = select(cast(orders.c.id, BigInteger)).where(~is_wanted)
    fees = select(cast(products.c.id, BigInteger)).where(products.c.is_fee)
    (unwanted,), (fee_ids,) = (
        await read_columns(connection, others),
        await read_columns(connection, fees),
    )
    return lines[:, ~np.isin(lines[0], unwanted) & ~np.isin(lines[1], fee_ids)]


async def order_rows(connection: Connection, until: int) -> IntColumns:
    """Read every order and cancellation until a day.

    Rows (customer or 0, day, whether it is an order, spend), by day.
    """
    own = orders.c
    query = (
        select(
            cast(func.coalesce(own.customer_id, 0), BigInteger),
            cast(own.placed_day, BigInteger),
            cast(case((own.counts, 1), else_=0), BigInteger),
            own.spend,
        )
        .where(own.placed_day <= until, or_(own.counts, own.spend < 0))
        .order_by(own.placed_day)
    )
    return await read_columns(connection, query)


def month_of(day: date) -> int:
    return 12 * day.year + day.month - 1


def first_day_of(month: int) -> int:
    return date(month // 12, month % 12 + 1, 1).toordinal() - EPOCH.toordinal()


def _cohort_members(months: Months, cut: Cut | None) -> Select[Any]:
    """Each customer's months, beside the month of their first order and what it is cut by."""
    own = orders.c
    first = func.first_value(own[cut] if cut in _PLACES else own.id).over(
        partition_by=own.customer_id,
        order_by=(case((own.counts, 0), else_=1), own.placed_at, own.id),
    )
    placed = (
        select(
            own.customer_id,
            _month(own.placed_day, months).label("month"),
            case((own.counts, 1), else_=0).label("order"),
            own.spend,
            (first if cut else literal_column("0", Integer)).label("part"),
        )
        .where(
            own.customer_id.is_not(None),
            own.placed_day >= first_day_of(months.first),
            own.placed_day < first_day_of(months.last + 1),
        )
        .subquery()
    )
    monthly = (
        select(
            placed.c.customer_id,
            placed.c.month,
            func.sum(placed.c.order).label("orders"),
            func.sum(placed.c.spend).label("value"),
            func.min(placed.c.part).label("part"),
        )
        .group_by(placed.c.customer_id, placed.c.month)
        .subquery()
    )
    ordered_in = case((monthly.c.orders > 0, monthly.c.month))
    cohort = func.min(ordered_in).over(partition_by=monthly.c.customer_id)
    return select(monthly, cohort.label("cohort"))


def _by_product(connection: Connection, placed: Subquery, wanted: Sequence[int]) -> Select[Any]:
    """List customers once for each wanted product of their first order, whose id is `part`."""
    own = placed.c
    return (
        select(
            own.customer_id,
            own.cohort,
            own.month,
            own.orders,
            own.value,
            order_lines.c.product_id.label("part"),
        )
        .distinct()
        .join(order_lines, order_lines.c.order_id == own.part)
        .where(among(connection, order_lines.c.product_id, wanted), order_lines.c.quantity > 0)
    )


def _month(day: ColumnElement[int], months: Months) -> ColumnElement[int]:
    """Look the month of a day up by halving: both dialects do this faster than their calendars."""
    if months.first == months.last:
        return literal_column(str(months.first), Integer)
    middle = (months.first + months.last + 1) // 2
    start = literal_column(str(first_day_of(middle)), Integer)
    return case(
        (day < start, _month(day, Months(months.first, middle - 1))),
        else_=_month(day, Months(middle, months.last)),
    )


def _bought(days: tuple[int, int]) -> Select[Any]:
    """Add up what each customer, and all guests together, bought of each product."""
    day = case((and_(orders.c.counts, order_lines.c.quantity > 0), orders.c.placed_day))
    order = case((and_(orders.c.counts, order_lines.c.quantity > 0), orders.c.id))
    return (
        select(
            order_lines.c.product_id,
            orders.c.customer_id,
            func.count(distinct(day)).label("days"),
            func.count(distinct(order)).label("orders"),
            func.sum(order_lines.c.quantity).label("units"),
            func.sum(_AMOUNT).label("revenue"),
        )
        .join(orders, orders.c.id == order_lines.c.order_id)
        .join(products, products.c.id == order_lines.c.product_id)
        .where(
            # A cancellation booked as its own document takes back what it lists.
            or_(orders.c.counts, orders.c.spend < 0),
            orders.c.placed_day.between(*days),
            ~products.c.is_fee,
        )
        .group_by(order_lines.c.product_id, orders.c.customer_id)
    )


def _is_of(run_id: int, segment: int | None) -> ColumnElement[bool]:
    own = customer_scores.c
    return and_(own.run_id == run_id, *([] if segment is None else [own.segment == segment]))


def _loss() -> ColumnElement[float]:
    own = customer_scores.c
    return cast(own.value_365, Float(53)) * cast(own.p_no_order, Float(53))
