"""What a customer card needs, in few statements: every round trip is a millisecond.

The statements are built once: that takes longer than the database needs for them.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    select,
)

from storage import orders, partners
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import (
    bookmarks,
    customer_scores,
    customers,
    import_runs,
    model_runs,
    tickets,
)
from storage.orders import Order, Totals
from storage.partners import Suggestion
from storage.purchases import version_columns, version_name
from storage.scores import is_active
from storage.tickets import FILLED_AT, IS_ANSWERED, IS_OPEN, POLLED_AT


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
    partners: partners.List | None
    """The list of products that speak for others; None before the first."""
    active_run: int | None
    """The run whose scores are shown; None before the first."""
    scores: StoredScores | None
    """None: not in that run."""
    mirrored_at: datetime | None
    """As of when our mirror knows the helpdesk; None: it is not filled yet."""
    open_tickets: int
    """In the mirror."""
    has_answers: bool
    """Whether the mirror has an answer to a satisfaction survey."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer bought. Names nobody, so it may be kept where people's data may not."""

    totals: Totals
    latest: tuple[Order, ...]
    suggestions: tuple[Suggestion, ...] = ()
    """Products likely next, the likeliest first."""


async def find(connection: Connection, customer_id: int, kind: str) -> StoredProfile | None:
    """Read who a customer is, how old our knowledge is, and scores of the active run of a kind."""
    return await _read(connection, _statement(kind), {"source_id": None, "own_id": customer_id})


async def find_named(
    connection: Connection, source_id: str, own_id: int | None, kind: str
) -> StoredProfile | None:
    """Read the same by the shop's own id, or else by ours if the text can be one."""
    names = {"source_id": source_id, "own_id": own_id}
    return await _read(connection, _statement(kind), names)


async def _read(
    connection: Connection, statement: Select[Any], names: dict[str, Any]
) -> StoredProfile | None:
    row = (await connection.execute(statement, names)).first()
    if row is None:
        return None
    known, width = tuple(row), len(COLUMNS)
    data_as_of, imported, newest, *known_by_name, open_tickets, has_answers, run = known[
        width : width + 9
    ]
    filled_at, polled_at, learnt = known_by_name
    return StoredProfile(
        customer=Customer(*known[:width]),
        data_as_of=data_as_of,
        data_version=f"{version_name(imported, newest)}, partners {learnt}",
        partners=partners.read_list(learnt),
        active_run=run,
        scores=_read_scores(known[width + 9 :]),
        mirrored_at=datetime.fromisoformat(polled_at) if filled_at and polled_at else None,
        open_tickets=open_tickets,
        has_answers=bool(has_answers),
    )


@cache
def _statement(kind: str) -> Select[Any]:
    imported_at = select(func.max(import_runs.c.finished_at)).where(import_runs.c.state == "done")
    by_source = select(customers.c.id).where(
        customers.c.source_id == bindparam("source_id", type_=String)
    )
    wanted = func.coalesce(by_source.scalar_subquery(), bindparam("own_id", type_=BigInteger))
    own_tickets = tickets.c.customer_id == customers.c.id
    source = customers.outerjoin(model_runs, is_active(kind)).outerjoin(
        customer_scores,
        and_(
            customer_scores.c.run_id == model_runs.c.id,
            customer_scores.c.customer_id == customers.c.id,
        ),
    )
    return (
        select(
            *(customers.c[name] for name in COLUMNS),
            imported_at.scalar_subquery(),
            *version_columns(),
            _bookmark(FILLED_AT),
            _bookmark(POLLED_AT),
            _bookmark(partners.COMPLETE),
            select(func.count()).where(own_tickets, IS_OPEN).correlate(customers).scalar_subquery(),
            exists().where(own_tickets, IS_ANSWERED).correlate(customers),
            model_runs.c.id,
            *_score_columns(),
        )
        .select_from(source)
        .where(customers.c.id == wanted)
    )


def _bookmark(name: str) -> ScalarSelect[str]:
    return select(bookmarks.c.value).where(bookmarks.c.name == name).scalar_subquery()


async def figures(
    connection: Connection, profile: StoredProfile, most_orders: int, most_suggestions: int
) -> Figures:
    """Add up what a customer ordered, read the newest orders, and what is likely next."""
    customer_id = profile.customer.id
    totals, latest = await orders.summary(connection, customer_id, most_orders)
    if profile.partners is None or not latest:
        return Figures(totals, tuple(latest))
    version = profile.partners.version
    suggested = await partners.suggest(connection, version, customer_id, most_suggestions)
    return Figures(totals, tuple(latest), tuple(suggested))


def _score_columns() -> list[ColumnElement[Any]]:
    return [
        (model_runs if name in _RUN_COLUMNS else customer_scores).c[name]
        for name in StoredScores.__slots__
    ]


def _read_scores(columns: tuple[Any, ...]) -> StoredScores | None:
    return None if columns[0] is None else StoredScores(*columns)
