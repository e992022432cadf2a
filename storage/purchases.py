"""Whether there is enough to score, and of which state of the orders.

Days are days since 1970 in the shop's own zone. Orders as DESIGN 4a defines them: guests and
what does not count are left out; refunds and cancellations lower what was spent.
"""

from typing import NamedTuple

from sqlalchemy import ScalarSelect, case, func, select

from storage.database import Connection
from storage.models import import_runs, orders

_COUNTED_DAY = case((orders.c.counts, orders.c.placed_day))
_VALUE = func.sum(case((orders.c.counts, orders.c.spend), else_=0))


class Span(NamedTuple):
    """First and last day with an order."""

    first_day: int
    last_day: int


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


async def paying_repeat_customers(connection: Connection, day: int, limit: int) -> int:
    """Count who bought again until the end of `day` and paid for it, up to `limit` of them."""
    some = (
        select(orders.c.customer_id)
        .where(orders.c.customer_id.is_not(None), orders.c.placed_day <= day)
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
