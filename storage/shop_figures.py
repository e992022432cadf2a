"""Figures of the whole shop by day, and how old they are."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, case, cast, func, select

from storage.database import Connection
from storage.models import import_runs, orders

_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Figures:
    """What was ordered and earned; see DESIGN 4a."""

    orders: int = 0
    spend: int = 0
    """Minor units of the shop's currency."""


async def data_as_of(connection: Connection) -> datetime | None:
    """When the last import finished."""
    newest: datetime | None = await connection.scalar(
        select(func.max(import_runs.c.finished_at)).where(import_runs.c.state == "done"),
    )
    return newest


async def newest_day(connection: Connection) -> date | None:
    """Find the newest day, in the shop's own zone, of which there is an order."""
    day: int | None = await connection.scalar(select(func.max(orders.c.placed_day)))
    return None if day is None else date.fromordinal(_EPOCH_DAY + day)


async def by_day(connection: Connection, first: date, last: date) -> dict[date, Figures]:
    """Add up each day from `first` to `last`; days without orders are left out."""
    counted = cast(case((orders.c.counts, 1), else_=0), Integer)
    rows = await connection.execute(
        select(orders.c.placed_day, func.sum(counted), func.sum(orders.c.spend))
        .where(orders.c.placed_day.between(_number(first), _number(last)))
        .group_by(orders.c.placed_day),
    )
    return {
        date.fromordinal(_EPOCH_DAY + day): Figures(int(count), int(spend))
        for day, count, spend in rows
    }


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY
