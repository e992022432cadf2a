"""Cohorts: cells as SQL groups them, laid out by month since the first order."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from services import days
from services.analytics.arrays import FloatArray
from services.analytics.cohorts import CohortRows, CohortTable, cohort_table
from services.errors import NotEnoughHistoryError
from services.insights.request import CohortRequest
from services.insights.results import Cohort, CohortGroup, Cohorts, DataAge
from services.money import Money
from storage import insights, series
from storage.database import Connection
from storage.insights import Cell, Cut, Months

LARGEST_PARTS = 6
EVERYBODY = "all customers"


async def read(
    connection: Connection,
    request: CohortRequest,
    span: tuple[int, int],
    age: DataAge,
    currency: str,
) -> Cohorts:
    """Read the cohorts of the whole months in a span of days, and of their parts."""
    months = _whole_months(span)
    if months.last < months.first:
        raise NotEnoughHistoryError("whole months of orders", found=0, needed=1)
    cells = await insights.cohort_cells(connection, months)
    parts = await _parts(connection, request.by, months) if request.by else {}
    shown = request.months
    return Cohorts(
        whole=_group(EVERYBODY, cells, months, currency, shown),
        by=request.by,
        parts=tuple(
            _group(name, cells_of, months, currency, shown) for name, cells_of in parts.items()
        ),
        last_month=_first_day(months.last),
        currency=currency,
        age=age,
        notes=_notes(request.by, months),
    )


def _whole_months(span: tuple[int, int]) -> Months:
    """Leave out a last month that is not over: it would look like a collapse."""
    first, last = (days.to_date(day) for day in span)
    is_over = (last + timedelta(days=1)).day == 1
    return Months(insights.month_of(first), insights.month_of(last) - (0 if is_over else 1))


async def _parts(connection: Connection, cut: Cut, months: Months) -> dict[str, list[Cell]]:
    """Read the parts with most customers, largest first; the others together are the last."""
    if cut is Cut.PRODUCT:
        wanted = await insights.first_products(connection, LARGEST_PARTS)
        if not wanted:
            return {}
        cells = await insights.cohort_cells(connection, months, cut, wanted)
        known = await series.products_by_id(connection, wanted)
        names = {key: product.title or product.sku for key, product in known.items()}
        return {names[key]: [cell for cell in cells if cell.part == key] for key in wanted}
    cells = await insights.cohort_cells(connection, months, cut)
    sizes: Counter[Any] = Counter()
    for cell in cells:
        sizes[cell.part] += cell.customers if cell.month == cell.cohort else 0
    largest = [part for part, _ in sizes.most_common(LARGEST_PARTS)]
    found = {
        part or f"{cut} unknown": [cell for cell in cells if cell.part == part] for part in largest
    }
    if len(sizes) > len(largest):
        found["other"] = _added_up(cell for cell in cells if cell.part not in largest)
    return found


def _added_up(cells: Iterable[Cell]) -> list[Cell]:
    """Make one cell of all that are of the same cohort and month."""
    sums: dict[tuple[int, int], list[int]] = {}
    for cell in cells:
        total = sums.setdefault((cell.cohort, cell.month), [0, 0, 0])
        for place, figure in enumerate((cell.customers, cell.orders, cell.value)):
            total[place] += figure
    return [Cell(None, *key, *total) for key, total in sums.items()]


def _group(
    name: str, cells: Sequence[Cell], months: Months, currency: str, shown: int | None
) -> CohortGroup:
    table = np.array([cell[1:] for cell in cells], dtype=np.int64).reshape(-1, 5).T
    laid_out = cohort_table(
        CohortRows(*table), history_start=months.first, last_complete=months.last
    )
    cohorts = tuple(_cohort(laid_out, row, currency) for row in range(laid_out.cohorts.size))
    usual = _shares(laid_out.usual_retention) if cohorts else ()
    return CohortGroup(name, cohorts[-shown:] if shown else cohorts, usual)


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


def _notes(cut: Cut | None, months: Months) -> tuple[str, ...]:
    first = _first_day(months.first)
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
