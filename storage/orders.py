"""Orders: every question we ask about them, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Select,
    bindparam,
    case,
    func,
    select,
    true,
    tuple_,
    type_coerce,
)

from storage.bulk import among
from storage.database import Connection
from storage.models import Instant, orders

_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Order:
    number: str | None
    placed_at: datetime
    day: date
    """The day in the shop's own zone."""
    total: int
    spend: int
    status: str


class Period(NamedTuple):
    """From a moment on, and before another; None: no bound."""

    since: datetime | None
    until: datetime | None


class OrderPlace(NamedTuple):
    """Where in a customer's orders a page ends."""

    placed_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a customer ordered and spent; see DESIGN 4a."""

    orders: int = 0
    spend: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    last_day: date | None = None


async def totals(connection: Connection, customer_ids: Sequence[int]) -> dict[int, Totals]:
    """Add up the orders of each of these customers; who has none is left out."""
    rows = await connection.execute(
        _totals()
        .where(among(connection, orders.c.customer_id, customer_ids))
        .group_by(orders.c.customer_id),
    )
    return {row[0]: _read_totals(row[1:]) for row in map(tuple, rows)}


def _read_totals(columns: tuple[Any, ...]) -> Totals:
    """Read what `_totals` selects after the customer."""
    count, spend, first_at, last_at, last_day = columns
    return Totals(count or 0, int(spend or 0), first_at, last_at, _day(last_day))


def _totals() -> Select[Any]:
    """Read the covering index only."""
    return select(orders.c.customer_id, *_TOTALS)


# A cancellation lowers the spend and is no order.
_COUNTED_AT = case((orders.c.counts, orders.c.placed_at))
_TOTALS = (
    func.count(_COUNTED_AT).label("orders"),
    func.sum(orders.c.spend).label("spend"),
    type_coerce(func.min(_COUNTED_AT), Instant).label("first_at"),
    type_coerce(func.max(_COUNTED_AT), Instant).label("last_at"),
    func.max(case((orders.c.counts, orders.c.placed_day))).label("last_day"),
)
_OF_ONE = orders.c.customer_id == bindparam("customer_id")

_LISTED = select(
    orders.c.number,
    orders.c.placed_at,
    orders.c.placed_day,
    orders.c.total,
    orders.c.spend,
    orders.c.status,
    orders.c.id,
).where(_OF_ONE, orders.c.counts)
_NEWEST_FIRST = (orders.c.placed_at.desc(), orders.c.id.desc())
_LATEST = _LISTED.order_by(*_NEWEST_FIRST).limit(bindparam("limit")).offset(bindparam("offset"))


_SUMMARY_TOTALS = select(*_TOTALS).where(_OF_ONE).subquery()
_SUMMARY_LATEST = _LATEST.subquery()
_SUMMARY = (
    select(_SUMMARY_TOTALS, _SUMMARY_LATEST)
    .select_from(_SUMMARY_TOTALS.outerjoin(_SUMMARY_LATEST, true()))
    .order_by(*(_SUMMARY_LATEST.c[name].desc() for name in ("placed_at", "id")))
)


async def summary(
    connection: Connection, customer_id: int, limit: int, offset: int = 0
) -> tuple[Totals, list[Order]]:
    """Add up a customer's orders and read the newest, newest first, after `offset` newer ones."""
    given = {"customer_id": customer_id, "limit": limit, "offset": offset}
    rows = [tuple(row) for row in await connection.execute(_SUMMARY, given)]
    width = len(_TOTALS)
    newest = [row[width:-1] for row in rows if row[-1] is not None]
    return _read_totals(rows[0][:width]), [_read_order(columns) for columns in newest]


async def latest(connection: Connection, customer_id: int) -> Order | None:
    """Read a customer's newest order."""
    given = {"customer_id": customer_id, "limit": 1, "offset": 0}
    row = (await connection.execute(_LATEST, given)).first()
    return None if row is None else _read_order(tuple(row)[:-1])


async def page(
    connection: Connection,
    customer_id: int,
    limit: int,
    after: OrderPlace | None,
    period: Period,
) -> list[tuple[OrderPlace, Order]]:
    """Read a customer's orders of a period, newest first, that come after a place in the list."""
    since, until = period
    given = {
        "customer_id": customer_id,
        "limit": limit,
        **({} if since is None else {"since": since}),
        **({} if until is None else {"until": until}),
        **({} if after is None else {"placed_at": after.placed_at, "id": after.id}),
    }
    rows = map(tuple, await connection.execute(_page(frozenset(given)), given))
    return [(OrderPlace(row[1], row[-1]), _read_order(row[:-1])) for row in rows]


@cache
def _page(given: frozenset[str]) -> Select[Any]:
    """Build the statement for what is given, once."""
    query = _LISTED
    if "since" in given:
        query = query.where(orders.c.placed_at >= bindparam("since", type_=Instant))
    if "until" in given:
        query = query.where(orders.c.placed_at < bindparam("until", type_=Instant))
    if "id" in given:
        place = tuple_(bindparam("placed_at", type_=Instant), bindparam("id", type_=BigInteger))
        query = query.where(tuple_(orders.c.placed_at, orders.c.id) < place)
    return query.order_by(*_NEWEST_FIRST).limit(bindparam("limit"))


def _read_order(columns: tuple[Any, ...]) -> Order:
    number, placed_at, day, total, spend, status = columns
    return Order(number, placed_at, date.fromordinal(_EPOCH_DAY + day), total, spend, status)


async def customers_by_number(
    connection: Connection,
    numbers: Sequence[str],
) -> dict[str, int | None]:
    """Whose orders these are, by number; None is a guest, unknown numbers are left out."""
    rows = await connection.execute(
        select(orders.c.number, orders.c.customer_id).where(
            among(connection, orders.c.identity, [f"n:{number}" for number in numbers]),
        ),
    )
    return {number: customer_id for number, customer_id in rows}  # noqa: C416 - rows are not pairs


async def numbers_starting(connection: Connection, start: str, limit: int) -> list[str]:
    """List order numbers that begin so."""
    rows = await connection.execute(
        select(orders.c.number)
        .where(orders.c.identity.between(f"n:{start}", f"n:{start}\U0010ffff"))
        .order_by(orders.c.identity)
        .limit(limit),
    )
    return list(rows.scalars())


def _day(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(_EPOCH_DAY + day)
