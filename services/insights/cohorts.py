"""Cohorts: what to count in another process, and what was counted laid out and told."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from services import days
from services.analytics.arrays import FloatArray
from services.analytics.cohorts import CohortTable
from services.errors import NotEnoughHistoryError
from services.insights.request import CohortRequest
from services.insights.results import Cohort, CohortGroup, Cohorts, DataAge
from services.money import Money
from storage.insights import Cut, month_of

EVERYBODY = "all customers"
OTHERS = "other"


@dataclass(frozen=True, slots=True)
class CohortTask:
    """Which whole months to look at, and what to divide customers by."""

    database_url: str = field(repr=False)  # it may hold a password
    first_month: int
    last_month: int
    by: Cut | None


@dataclass(frozen=True, slots=True)
class Part:
    """The customers who began with a product (its id), or at a place (its name)."""

    name: str | int
    table: CohortTable


@dataclass(frozen=True, slots=True)
class FoundCohorts:
    """The largest parts first; those of a place are followed by the others together."""

    whole: CohortTable
    parts: tuple[Part, ...]

    @property
    def products(self) -> list[int]:
        return [part.name for part in self.parts if isinstance(part.name, int)]


def plan(request: CohortRequest, span: tuple[int, int], url: str) -> CohortTask:
    """Leave out a last month that is not over: it would look like a collapse."""
    first, last = (days.to_date(day) for day in span)
    is_over = (last + timedelta(days=1)).day == 1
    months = month_of(first), month_of(last) - (0 if is_over else 1)
    if months[1] < months[0]:
        raise NotEnoughHistoryError("whole months of orders", found=0, needed=1)
    return CohortTask(url, *months, request.by)


def cohorts(
    request: CohortRequest,
    task: CohortTask,
    found: FoundCohorts,
    product_names: dict[int, str],
    currency: str,
    age: DataAge,
) -> Cohorts:
    """Name what was counted."""

    def group(name: str, table: CohortTable) -> CohortGroup:
        listed = tuple(_cohort(table, row, currency) for row in range(table.cohorts.size))
        usual = _shares(table.usual_retention) if listed else ()
        return CohortGroup(name, listed[-request.months :] if request.months else listed, usual)

    return Cohorts(
        whole=group(EVERYBODY, found.whole),
        by=request.by,
        parts=tuple(
            group(part.name if isinstance(part.name, str) else product_names[part.name], part.table)
            for part in found.parts
        ),
        last_month=_first_day(task.last_month),
        currency=currency,
        age=age,
        notes=_notes(request.by, task.first_month),
    )


def _cohort(table: CohortTable, row: int, currency: str) -> Cohort:
    value = _counts(table.value[row])
    return Cohort(
        month=_first_day(int(table.cohorts[row])),
        customers=int(table.sizes[row]),
        is_left_censored=bool(table.left_censored[row]),
        active=_counts(table.active[row]),
        orders=_counts(table.orders[row]),
        value=tuple(None if minor is None else Money(minor, currency) for minor in value),
    )


def _counts(figures: FloatArray) -> tuple[int | None, ...]:
    return tuple(None if math.isnan(figure) else round(figure) for figure in figures.tolist())


def _shares(figures: FloatArray) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(figure) else figure for figure in figures.tolist())


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _notes(cut: Cut | None, first_month: int) -> tuple[str, ...]:
    first = _first_day(first_month)
    censored = (
        f"{first:%B %Y} is the first month of the data, so its cohort holds everybody who had "
        "bought before, too; the usual retention leaves it out."
    )
    notes = [censored]
    if cut is Cut.PRODUCT:
        notes.append("A customer is in the part of every product of their first order.")
    elif cut:
        notes.append(f"A customer's {cut} is that of their first order.")
    return tuple(notes)
