"""Forecasts that were shown, and what happened since."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection
from storage.models import forecasts


@dataclass(frozen=True, slots=True)
class NewForecast:
    """What was shown. Days are days since 1970; amounts are in major units."""

    asked: str
    metric: str
    product_id: int | None
    frequency: str
    first_day: int
    last_day: int
    data_version: str
    steps: list[list[float]]
    """First day of each period, the forecast, the seasonal naive."""
    total: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


@dataclass(frozen=True, slots=True)
class StoredForecast(NewForecast):
    id: int
    created_at: datetime
    compared_at: datetime | None
    actual: list[float] | None
    """What happened, a figure a step; None: not finished yet."""


@dataclass(frozen=True, slots=True)
class Counts:
    shown: int
    finished: int


async def save(connection: Connection, new: NewForecast) -> None:
    """Keep a forecast, once for the same request on the same data."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {field.name: getattr(new, field.name) for field in fields(NewForecast)}
    await connection.execute(
        dialect.insert(forecasts)
        .values(**values, created_at=datetime.now(UTC))
        .on_conflict_do_nothing()
    )


async def unfinished(
    connection: Connection, until_day: int, limit: int, *, of_tickets: bool
) -> list[StoredForecast]:
    """List forecasts whose periods have passed by the end of a day and that nobody compared.

    Those of tickets, or those of orders, which other data decide.
    """
    is_ticket = forecasts.c.metric == "tickets"
    query = _all().where(
        forecasts.c.compared_at.is_(None),
        forecasts.c.last_day <= until_day,
        is_ticket if of_tickets else ~is_ticket,
    )
    return await _read(connection, query.order_by(forecasts.c.id).limit(limit))


async def set_actual(connection: Connection, forecast_id: int, actual: Sequence[float]) -> None:
    """Note what happened."""
    await connection.execute(
        update(forecasts)
        .where(forecasts.c.id == forecast_id)
        .values(actual=list(actual), compared_at=datetime.now(UTC))
    )


async def finished(connection: Connection, limit: int) -> list[StoredForecast]:
    """List forecasts that were compared with what happened, newest first."""
    query = _all().where(forecasts.c.compared_at.is_not(None))
    newest = query.order_by(forecasts.c.last_day.desc(), forecasts.c.id.desc())
    return await _read(connection, newest.limit(limit))


async def count(connection: Connection) -> Counts:
    """Count what was shown, and how much of it has been compared."""
    query = select(func.count(), func.count(forecasts.c.compared_at))
    shown, compared = (await connection.execute(query)).one()
    return Counts(shown, compared)


def _all() -> Select[*tuple[object, ...]]:
    return select(*(forecasts.c[field.name] for field in fields(StoredForecast)))


async def _read(connection: Connection, query: Select[*tuple[object, ...]]) -> list[StoredForecast]:
    rows = (await connection.execute(query)).mappings()
    return [StoredForecast(**row) for row in rows]
