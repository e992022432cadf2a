"""Model runs and the scores they gave: written in bulk, switched to at once, dropped later."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from storage.arrays import Column, insert_columns
from storage.bulk import among
from storage.database import Connection
from storage.models import EPOCH, customer_scores, model_runs
from storage.purchases import version_columns, version_name

_SQLITE_BATCH_ROWS = 2_000
_POSTGRES_BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is about to be computed, and from what."""

    kind: str
    method: str
    as_of_day: int
    horizon_days: int
    data_version: str
    customers: int
    repeat_customers: int


@dataclass(frozen=True, slots=True)
class ModelRun(NewRun):
    """A run and how it ended: active, retired, kept (worse than the active one), failed."""

    id: int
    parameters: dict[str, Any]
    log_likelihood: float | None
    backtest: dict[str, Any] | None
    state: str
    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RunResult:
    """What was fitted, and how it did on what was held out (None: too little history)."""

    parameters: dict[str, Any]
    log_likelihood: float
    backtest: dict[str, Any] | None


def batch_rows(connection: Connection) -> int:
    """How many scores one transaction may write or delete; on SQLite others wait meanwhile."""
    is_sqlite = connection.dialect.name == "sqlite"
    return _SQLITE_BATCH_ROWS if is_sqlite else _POSTGRES_BATCH_ROWS


async def start_run(connection: Connection, run: NewRun) -> int:
    """Note that a run has begun."""
    values = asdict(run)
    result = await connection.execute(
        insert(model_runs)
        .values(**values, state="running", created_at=datetime.now(UTC))
        .returning(model_runs.c.id)
    )
    return int(result.scalar_one())


async def active_run(connection: Connection, kind: str) -> ModelRun | None:
    """Find the run whose scores are shown."""
    return await _first(connection, _runs().where(is_active(kind)))


async def state(connection: Connection, kind: str) -> str:
    """Name the state of the orders and of the scores shown: one of both changes, and so does it."""
    imported, newest, run = (await connection.execute(_state(kind))).one()
    return f"{version_name(imported, newest)}, run {run}"


@cache
def _state(kind: str) -> Select[Any]:
    run = select(model_runs.c.id).where(is_active(kind)).scalar_subquery()
    return select(*version_columns(), run)


async def get_run(connection: Connection, run_id: int) -> ModelRun:
    """Read a run that must be there; raises LookupError."""
    found = await _first(connection, _runs().where(model_runs.c.id == run_id))
    if found is None:
        raise LookupError(f"there is no model run {run_id}")
    return found


async def find_same(
    connection: Connection, kind: str, method: str, data_version: str, as_of_day: int
) -> ModelRun | None:
    """Find the run that would be repeated: same data, same day, same method, and not outdated."""
    query = _runs().where(
        _is(kind),
        model_runs.c.method == method,
        model_runs.c.data_version == data_version,
        model_runs.c.as_of_day == as_of_day,
        model_runs.c.state.in_(["active", "kept"]),
    )
    return await _first(connection, query.order_by(model_runs.c.id.desc()))


async def worth(
    connection: Connection, kind: str, customer_ids: Sequence[int]
) -> dict[int, tuple[int, float]]:
    """Read what customers are expected to spend in 365 days, and P(no order in the horizon)."""
    own = customer_scores.c
    query = (
        select(own.customer_id, own.value_365, own.p_no_order)
        .join(model_runs, model_runs.c.id == own.run_id)
        .where(is_active(kind), among(connection, own.customer_id, customer_ids))
    )
    return {
        row.customer_id: (row.value_365, row.p_no_order) for row in await connection.execute(query)
    }


async def newest_runs(connection: Connection, kind: str, limit: int) -> list[tuple[ModelRun, bool]]:
    """List runs, newest first, and whether their scores are still there."""
    has_scores = exists().where(customer_scores.c.run_id == model_runs.c.id)
    query = _runs().add_columns(has_scores.label("has_scores")).where(_is(kind))
    rows = await connection.execute(query.order_by(model_runs.c.id.desc()).limit(limit))
    found: list[tuple[ModelRun, bool]] = []
    for row in rows.mappings():
        columns = dict(row)
        is_there = bool(columns.pop("has_scores"))
        found.append((ModelRun(**columns), is_there))
    return found


async def earlier_month(connection: Connection, run: ModelRun) -> ModelRun | None:
    """Find the newest retired run of an earlier month whose scores are still there."""
    has_scores = exists().where(customer_scores.c.run_id == model_runs.c.id)
    first_day = run.as_of_day - _date(run).day + 1
    query = _runs().where(
        _is(run.kind),
        model_runs.c.state == "retired",
        model_runs.c.as_of_day < first_day,
        has_scores,
    )
    return await _first(connection, query.order_by(model_runs.c.id.desc()))


async def insert_scores(connection: Connection, run_id: int, columns: Mapping[str, Column]) -> None:
    """Add the scores of some customers to a run."""
    size = len(columns["customer_id"])
    run = columns["customer_id"] * 0 + run_id
    if size:
        await insert_columns(connection, customer_scores, {"run_id": run, **columns})


async def save_result(connection: Connection, run_id: int, result: RunResult) -> None:
    """Keep what was fitted and how it did on its hold-out."""
    await _update(connection, run_id, **asdict(result))


async def activate(connection: Connection, kind: str, run_id: int) -> None:
    """Show this run's scores from now on, instead of the last run's."""
    await connection.execute(update(model_runs).where(is_active(kind)).values(state="retired"))
    await _update(connection, run_id, state="active")


async def end_run(connection: Connection, run_id: int, state: str, message: str) -> None:
    """Note that a run is `kept` or `failed`, and why; the active one stays."""
    await _update(connection, run_id, state=state, message=message)


async def droppable_runs(connection: Connection, kind: str, running_since: datetime) -> list[int]:
    """List runs whose scores nobody needs any more.

    Needed are those of the active run, of the one before (to switch back to), of the newest run of
    an earlier month (to compare with), of runs kept since the active one, and of runs that may
    still be going.
    """
    has_scores = exists().where(customer_scores.c.run_id == model_runs.c.id)
    query = _runs().where(_is(kind), has_scores).order_by(model_runs.c.id.desc())
    runs = [ModelRun(**row) for row in (await connection.execute(query)).mappings()]
    active = next((run for run in runs if run.state == "active"), None)
    needed = {run.id for run in runs if run.state == "running" and run.created_at > running_since}
    needed |= {run.id for run in runs if run.state == "kept" and active and run.id > active.id}
    if active:
        month = _month(active)
        earlier = (run.id for run in runs if run.state == "retired" and _month(run) < month)
        before = (run.id for run in runs if run.state == "retired" and run.id < active.id)
        needed |= {active.id, next(earlier, active.id), next(before, active.id)}
    return [run.id for run in runs if run.id not in needed]


async def delete_scores(connection: Connection, run_id: int) -> int:
    """Delete one batch of a run's scores; returns how many there were."""
    batch = (
        select(customer_scores.c.customer_id)
        .where(customer_scores.c.run_id == run_id)
        .order_by(customer_scores.c.customer_id)
        .limit(batch_rows(connection) // 2)  # they lie on the disk since the last night
        .subquery()
    )
    last = select(func.max(batch.c.customer_id)).scalar_subquery()
    gone = await connection.execute(
        delete(customer_scores).where(
            customer_scores.c.run_id == run_id, customer_scores.c.customer_id <= last
        )
    )
    return gone.rowcount


async def find_scores(connection: Connection, run_id: int, customer_id: int) -> RowMapping | None:
    """Read one customer's scores in a run, by column name."""
    query = select(customer_scores).where(
        customer_scores.c.run_id == run_id, customer_scores.c.customer_id == customer_id
    )
    return (await connection.execute(query)).mappings().first()


async def count_scores(connection: Connection, run_id: int) -> int:
    query = select(func.count()).where(customer_scores.c.run_id == run_id)
    return int((await connection.execute(query)).scalar_one())


def _runs() -> Select[*tuple[Any, ...]]:
    return select(*(model_runs.c[field.name] for field in fields(ModelRun)))


async def _first(connection: Connection, query: Select[*tuple[Any, ...]]) -> ModelRun | None:
    row = (await connection.execute(query.limit(1))).mappings().first()
    return None if row is None else ModelRun(**row)


async def _update(connection: Connection, run_id: int, **values: object) -> None:
    await connection.execute(update(model_runs).where(model_runs.c.id == run_id).values(**values))


def _is(kind: str) -> ColumnElement[bool]:
    return model_runs.c.kind == kind


def is_active(kind: str) -> ColumnElement[bool]:
    """Whether a run is the one whose scores are shown."""
    return and_(_is(kind), model_runs.c.state == literal_column("'active'"))


def _month(run: ModelRun) -> tuple[int, int]:
    day = _date(run)
    return day.year, day.month


def _date(run: ModelRun) -> date:
    return date.fromordinal(EPOCH.toordinal() + run.as_of_day)
