"""What a customer card needs, in few statements: every round trip is a millisecond."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from storage import orders, partners
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import customer_scores, customers, import_runs, model_runs
from storage.orders import Order, Totals
from storage.partners import Suggestion
from storage.purchases import version_columns, version_name
from storage.scores import is_active


@dataclass(frozen=True, slots=True)
class StoredScores:
    """One customer in the active run; days since 1970, amounts in minor units."""

    run_id: int
    as_of_day: int
    horizon_days: int
    frequency: int
    recency_days: int
    age_days: int
    monetary: int
    p_alive: float
    p_no_order: float
    orders_365: float
    orders_365_lo80: int
    orders_365_hi80: int
    value_365: int
    value_365_lo80: int
    value_365_hi80: int
    next_order_q50: int | None
    segment: int
    churn_band: int


_RUN_COLUMNS = ("as_of_day", "horizon_days")


@dataclass(frozen=True, slots=True)
class StoredProfile:
    customer: Customer
    data_as_of: datetime | None
    """When the last import finished."""
    data_version: str
    """Changes whenever `Figures` may."""
    active_run: int | None
    """The run whose scores are shown; None before the first."""
    scores: StoredScores | None
    """None: not in that run."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer bought. Names nobody, so it may be kept where people's data may not."""

    totals: Totals
    latest: tuple[Order, ...]
    suggestions: tuple[Suggestion, ...] = ()
    """Products likely next, the likeliest first."""


async def find(connection: Connection, customer_id: int, kind: str) -> StoredProfile | None:
    """Read who a customer is, how old our knowledge is, and scores of the active run of a kind."""
    data_as_of = (
        select(func.max(import_runs.c.finished_at))
        .where(import_runs.c.state == "done")
        .scalar_subquery()
    )
    own = [customers.c[name] for name in COLUMNS]
    version = version_columns()
    source = customers.outerjoin(model_runs, is_active(kind)).outerjoin(
        customer_scores,
        and_(
            customer_scores.c.run_id == model_runs.c.id,
            customer_scores.c.customer_id == customers.c.id,
        ),
    )
    statement = (
        select(*own, data_as_of, *version, model_runs.c.id, *_score_columns())
        .select_from(source)
        .where(customers.c.id == customer_id)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    known, width = tuple(row), len(COLUMNS)
    after = width + 1 + len(version)
    return StoredProfile(
        customer=Customer(*known[:width]),
        data_as_of=known[width],
        data_version=version_name(*known[width + 1 : after]),
        active_run=known[after],
        scores=_read_scores(known[after + 1 :]),
    )


async def figures(
    connection: Connection, customer_id: int, most_orders: int, most_suggestions: int
) -> Figures:
    """Add up what a customer ordered, read the newest orders, and what is likely next."""
    totals = await orders.totals(connection, [customer_id])
    latest = await orders.latest(connection, customer_id, most_orders)
    learnt = await partners.complete(connection)
    suggested = (
        await partners.suggest(connection, learnt.version, customer_id, most_suggestions)
        if learnt
        else []
    )
    return Figures(totals.get(customer_id, Totals()), tuple(latest), tuple(suggested))


def _score_columns() -> list[ColumnElement[Any]]:
    return [
        (model_runs if name in _RUN_COLUMNS else customer_scores).c[name]
        for name in StoredScores.__slots__
    ]


def _read_scores(columns: tuple[Any, ...]) -> StoredScores | None:
    return None if columns[0] is None else StoredScores(*columns)
