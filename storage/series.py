"""Daily series of the shop: what was ordered, by day in the shop's own zone and by part.

Days are days since 1970. Revenue is spend as DESIGN 4a defines it, so refunds and cancellations
lower it. Amounts are minor units.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    cast,
    distinct,
    func,
    or_,
    select,
    true,
)

from storage.bulk import among
from storage.database import Connection
from storage.models import customer_scores, order_lines, orders, products

_USUAL_WEEKS = 8
_DAY_MS = 86_400_000


class Measure(StrEnum):
    """What is counted."""

    REVENUE = "revenue"
    ORDERS = "orders"
    CUSTOMERS = "customers"
    """Known customers who ordered, each once a day."""
    UNITS = "units"
    """Pieces of products, less those of cancellation documents."""


class Part(StrEnum):
    """What a measure is divided by."""

    SEGMENT = "segment"
    """Position of the customer's segment in the active scores; NULL: guests and unscored."""
    PRODUCT = "product"
    CHANNEL = "channel"
    COUNTRY = "country"


class Cell(NamedTuple):
    """The figure of one part on one day; days without any are left out."""

    part: Any
    day: int
    value: int


class Product(NamedTuple):
    id: int
    sku: str
    title: str


class _Source(NamedTuple):
    table: FromClause
    value: ColumnElement[Any]
    rows: ColumnElement[bool]


async def by_day(
    connection: Connection, measure: Measure, last_day: int, product_id: int | None = None
) -> dict[int, int]:
    """Add each day up until the end of `last_day`; only units can be those of one product."""
    source = _source(measure, of_lines=False)
    query = (
        select(orders.c.placed_day, cast(source.value, BigInteger))
        .select_from(source.table)
        .where(source.rows, _of(product_id), orders.c.placed_day <= last_day)
        .group_by(orders.c.placed_day)
    )
    rows = await connection.execute(query)
    return {day: int(value or 0) for day, value in rows}


async def new_customers_by_day(connection: Connection, last_day: int) -> dict[int, int]:
    """Count customers on the day of their first order."""
    first = (
        select(func.min(orders.c.placed_day).label("day"))
        .where(orders.c.counts, orders.c.customer_id.is_not(None))
        .group_by(orders.c.customer_id)
        .subquery()
    )
    query = select(first.c.day, func.count()).where(first.c.day <= last_day).group_by(first.c.day)
    rows = await connection.execute(query)
    return {day: count for day, count in rows}  # noqa: C416 - rows are not pairs


async def largest_parts(
    connection: Connection,
    measure: Measure,
    part: Part,
    days: tuple[int, int],
    limit: int,
    *,
    product_id: int | None = None,
    run_id: int | None = None,
) -> list[Any]:
    """List the parts with the largest figures in a range of days, largest first.

    `run_id` is the run of scores that segments are taken from.
    """
    source = _source(measure, of_lines=part is Part.PRODUCT)
    column = _part_column(part)
    query = (
        _joined(select(column), source, part, run_id)
        .where(source.rows, _of(product_id), orders.c.placed_day.between(*days))
        .group_by(column)
        .order_by(source.value.desc(), column)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def parts_by_day(
    connection: Connection,
    measure: Measure,
    part: Part,
    wanted: Sequence[Any],
    last_day: int,
    *,
    product_id: int | None = None,
    run_id: int | None = None,
) -> list[Cell]:
    """Add each day up for each of the `wanted` parts, until the end of `last_day`."""
    source = _source(measure, of_lines=part is Part.PRODUCT)
    column = _part_column(part)
    known = [value for value in wanted if value is not None]
    chosen = among(connection, column, known)
    if len(known) < len(wanted):
        chosen = or_(chosen, column.is_(None))
    query = (
        _joined(
            select(column, orders.c.placed_day, cast(source.value, BigInteger)),
            source,
            part,
            run_id,
        )
        .where(source.rows, _of(product_id), chosen, orders.c.placed_day <= last_day)
        .group_by(column, orders.c.placed_day)
    )
    return [Cell(key, day, int(value or 0)) for key, day, value in await connection.execute(query)]


async def find_products(connection: Connection, text: str, limit: int) -> list[Product]:
    """Find a product by its SKU as it is written, else in any case, else by words of its title.

    Fees are none.
    """
    named = select(products.c.id, products.c.sku, products.c.title).where(~products.c.is_fee)
    exact = named.where(func.lower(products.c.sku) == text.lower())
    found = (await connection.execute(exact.order_by(products.c.sku != text).limit(limit))).all()
    if found and found[0].sku == text:
        found = found[:1]
    if not found:
        words = [
            func.lower(products.c.title).contains(word, autoescape=True)
            for word in text.lower().split()
        ]
        found = (
            await connection.execute(
                named.where(and_(*words)).order_by(products.c.sku).limit(limit)
            )
        ).all()
    return [Product(*row) for row in found]


async def products_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Product]:
    """Name products."""
    rows = await connection.execute(
        select(products.c.id, products.c.sku, products.c.title).where(
            among(connection, products.c.id, ids)
        )
    )
    return {row.id: Product(row.id, row.sku, row.title) for row in rows}


async def missing_orders(connection: Connection, day: int) -> float:
    """Estimate how many orders of a day come after the last one there is.

    By the times of day on the same weekday before: a table that was written at noon lacks the
    afternoon of its last day, one that holds only dates lacks nothing.
    """
    time_of_day = orders.c.placed_at - cast(orders.c.placed_day, BigInteger) * _DAY_MS
    cut = (
        select(func.max(time_of_day))
        .where(orders.c.counts, orders.c.placed_day == day)
        .scalar_subquery()
    )
    query = select(func.count()).where(
        orders.c.counts,
        orders.c.placed_day.in_([day - 7 * week for week in range(1, _USUAL_WEEKS + 1)]),
        time_of_day > cut,
    )
    return int(await connection.scalar(query) or 0) / _USUAL_WEEKS


def _source(measure: Measure, *, of_lines: bool) -> _Source:
    """Where a measure is read; lines know products, orders know everything else."""
    if measure is Measure.UNITS or (of_lines and measure is Measure.REVENUE):
        table = orders.join(order_lines, order_lines.c.order_id == orders.c.id).join(
            products, products.c.id == order_lines.c.product_id
        )
        amount: ColumnElement[Any] = order_lines.c.quantity
        if measure is Measure.REVENUE:
            amount = order_lines.c.amount
        # A cancellation booked as its own document takes back what it lists.
        rows = and_(or_(orders.c.counts, orders.c.spend < 0), ~products.c.is_fee)
        return _Source(table, func.sum(amount), rows)
    match measure:
        case Measure.REVENUE:
            return _Source(orders, func.sum(orders.c.spend), orders.c.spend != 0)
        case Measure.ORDERS:
            return _Source(orders, func.count(), and_(orders.c.counts))
        case _:
            known = and_(orders.c.counts, orders.c.customer_id.is_not(None))
            return _Source(orders, func.count(distinct(orders.c.customer_id)), known)


def _of(product_id: int | None) -> ColumnElement[bool]:
    return true() if product_id is None else order_lines.c.product_id == product_id


def _part_column(part: Part) -> ColumnElement[Any]:
    return {
        Part.SEGMENT: customer_scores.c.segment,
        Part.PRODUCT: order_lines.c.product_id,
        Part.CHANNEL: orders.c.channel,
        Part.COUNTRY: orders.c.country,
    }[part]


def _joined(query: Select[Any], source: _Source, part: Part, run_id: int | None) -> Select[Any]:
    if part is not Part.SEGMENT:
        return query.select_from(source.table)
    mine = and_(
        customer_scores.c.run_id == run_id, customer_scores.c.customer_id == orders.c.customer_id
    )
    return query.select_from(source.table.outerjoin(customer_scores, mine))
