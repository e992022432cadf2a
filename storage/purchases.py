"""What customers bought, counted day by day: the questions that scoring asks of all orders.

Days are days since 1970 in the shop's own zone. Orders as DESIGN 4a defines them: guests and
what does not count are left out; refunds and cancellations lower what was spent. One pass over
the index of orders answers each question.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, case, distinct, func, select

from storage.arrays import IntColumns, read_columns
from storage.database import Connection
from storage.models import import_runs, orders

_COUNTED_DAY = case((orders.c.counts, orders.c.placed_day))
_VALUE = func.sum(case((orders.c.counts, orders.c.spend), else_=0))


class Span(NamedTuple):
    """First and last day with an order."""

    first_day: int
    last_day: int


class PurchaseColumns(NamedTuple):
    """One entry a customer, by id; money in minor units."""

    customer_id: IntColumns
    purchase_days: IntColumns
    first_day: IntColumns
    last_day: IntColumns
    first_value: IntColumns
    """Spent on the first purchase day."""
    value: IntColumns
    """Spent on all purchase days."""
    spend: IntColumns
    """The same, less what was cancelled in documents of their own."""


class OutcomeColumns(NamedTuple):
    """What customers did after a day; who did nothing is not listed."""

    customer_id: IntColumns
    purchase_days: IntColumns
    first_day: IntColumns


async def span(connection: Connection, today: int) -> Span | None:
    """Find the days the orders run from and to; later than today is a mistake in the data."""
    days = orders.c.placed_day
    first = select(days).where(orders.c.counts, days <= today).order_by(days).limit(1)
    last = select(days).where(orders.c.counts, days <= today).order_by(days.desc()).limit(1)
    first_day, last_day = await connection.scalar(first), await connection.scalar(last)
    return None if first_day is None or last_day is None else Span(first_day, last_day)


async def data_version(connection: Connection) -> str:
    """Name the state of the orders: another one after every import and every new order."""
    row = (await connection.execute(select(*version_columns()))).one()
    return version_name(*row)


def version_columns() -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """Select what `version_name` wants, for a statement that has more to ask."""
    finished = import_runs.c.finished_at.is_not(None)
    return (
        select(func.max(import_runs.c.id)).where(finished).scalar_subquery(),
        select(func.max(orders.c.id)).scalar_subquery(),
    )


def version_name(imported: int | None, newest: int | None) -> str:
    return f"import {imported or 0}, order {newest or 0}"


async def purchases(connection: Connection, day: int, every: int = 1) -> PurchaseColumns:
    """Sum up every customer who bought until the end of `day`, or one of `every` so many."""
    query = (
        select(
            orders.c.customer_id,
            func.count(distinct(_COUNTED_DAY)),
            func.min(_COUNTED_DAY),
            func.max(_COUNTED_DAY),
            _first_value(),
            _VALUE,
            func.sum(orders.c.spend),
        )
        .where(_one_of(every), orders.c.placed_day <= day)
        .group_by(orders.c.customer_id)
        .having(func.count(_COUNTED_DAY) > 0)
    )
    columns = await read_columns(connection, query, orders.c.customer_id)
    return PurchaseColumns(*_sorted(columns))


async def paying_repeat_customers(connection: Connection, day: int, limit: int) -> int:
    """Count who bought again until the end of `day` and paid for it, up to `limit` of them."""
    some = (
        select(orders.c.customer_id)
        .where(_one_of(1), orders.c.placed_day <= day)
        .group_by(orders.c.customer_id)
        .having(
            func.max(_COUNTED_DAY) > func.min(_COUNTED_DAY),
            _first_value() < _VALUE,
            func.sum(orders.c.spend) > 0,
        )
        .order_by(orders.c.customer_id)  # along its index, so that it ends at the limit
        .limit(limit)
        .subquery()
    )
    return int(await connection.scalar(select(func.count()).select_from(some)) or 0)


async def purchases_after(
    connection: Connection, day: int, until: int, every: int = 1
) -> OutcomeColumns:
    """Count the purchase days of each customer after `day`, up to and including `until`."""
    query = (
        select(
            orders.c.customer_id,
            func.count(distinct(orders.c.placed_day)),
            func.min(orders.c.placed_day),
        )
        .where(
            _one_of(every),
            orders.c.counts,
            orders.c.placed_day > day,
            orders.c.placed_day <= until,
        )
        .group_by(orders.c.customer_id)
    )
    columns = await read_columns(connection, query, orders.c.customer_id)
    return OutcomeColumns(*_sorted(columns))


async def buyers_by_day(connection: Connection, day: int, every: int = 1) -> IntColumns:
    """How many customers bought on each day until `day`: rows (day, customers), days ascending."""
    query = (
        select(orders.c.placed_day, func.count(distinct(orders.c.customer_id)))
        .where(_one_of(every), orders.c.counts, orders.c.placed_day <= day)
        .group_by(orders.c.placed_day)
    )
    return _sorted(await read_columns(connection, query, orders.c.placed_day))


def _first_value() -> ScalarSelect[int]:
    """Select what the customer of a group spent on the first purchase day."""
    first_orders = orders.alias("first_orders")
    return (
        select(func.sum(first_orders.c.spend))
        .where(
            first_orders.c.customer_id == orders.c.customer_id,
            first_orders.c.counts,
            first_orders.c.placed_day == func.min(_COUNTED_DAY),
        )
        .correlate(orders)
        .scalar_subquery()
    )


def _one_of(every: int) -> ColumnElement[bool]:
    """Known customers, all or the same sample each time."""
    if every == 1:
        return orders.c.customer_id.is_not(None)
    return orders.c.customer_id % every == 0


def _sorted(columns: IntColumns) -> IntColumns:
    return columns[:, columns[0].argsort(kind="stable")]
