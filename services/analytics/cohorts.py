"""Cohorts by month of first order: who came back, how often and for how much.

A cell is unknown (NaN) when its month has not ended, and zero only when the month is over and
nobody came. The first month of a history is marked: it holds everybody who bought before, too.
Months are whole numbers, 12 * year + month - 1.
"""

from dataclasses import dataclass

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray, distinct

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class CohortRows:
    """One entry for each cohort and month with orders.

    `customers` are distinct, `value` is in minor units. A cohort's own first month has to be
    there; its customers are the size of the cohort.
    """

    cohort: IntArray
    month: IntArray
    customers: IntArray
    orders: IntArray
    value: IntArray


@dataclass(frozen=True, slots=True)
class CustomerOrders:
    """One entry an order or cancellation; `customer` are positions from 0, `value` minor units."""

    customer: IntArray
    month: IntArray
    is_order: BoolArray
    value: IntArray

    def where(self, chosen: BoolArray) -> "CustomerOrders":
        return CustomerOrders(
            self.customer[chosen], self.month[chosen], self.is_order[chosen], self.value[chosen]
        )


@dataclass(frozen=True, slots=True)
class CohortTable:
    """Rows are cohorts, oldest first; column k is k months after the first order.

    `active` (customers), `orders` and `value` (minor units) are totals of the cell, NaN unknown.
    """

    cohorts: IntArray
    sizes: IntArray
    left_censored: BoolArray
    active: FloatArray
    orders: FloatArray
    value: FloatArray

    @property
    def usual_retention(self) -> FloatArray:
        """Retention by months since the first order, over all cohorts old enough to know.

        The left-censored cohort is left out; NaN where no other cohort is old enough.
        """
        counted = np.isfinite(self.active) & ~self.left_censored[:, np.newaxis]
        base = (counted * self.sizes[:, np.newaxis]).sum(axis=0)
        active = np.where(counted, self.active, 0.0).sum(axis=0)
        usual: FloatArray = np.where(base > 0, active / np.maximum(base, 1), np.nan)
        return usual


def cohort_rows(orders: CustomerOrders) -> CohortRows:
    """Add up every month of customers by the month of their first order.

    Who never ordered is in no cohort, and a cancellation dated before the first order in no month.
    """
    first = np.full(int(orders.customer.max(initial=-1)) + 1, _NEVER)
    np.minimum.at(first, orders.customer[orders.is_order], orders.month[orders.is_order])
    kept = orders.where(orders.month >= first[orders.customer])
    base = int(kept.month.min(initial=_NEVER))
    months = int(kept.month.max(initial=base)) - base + 1
    active = distinct((kept.customer * months + kept.month - base)[kept.is_order])
    active_cell = (first[active // months] - base) * months + active % months
    cell = (first[kept.customer] - base) * months + kept.month - base
    cells = np.flatnonzero(np.bincount(cell))
    sums = (
        np.bincount(active_cell, minlength=months * months),
        np.bincount(cell[kept.is_order], minlength=months * months),
        np.round(np.bincount(cell, kept.value, minlength=months * months)).astype(np.int64),
    )
    return CohortRows(
        cells // months + base, cells % months + base, *(each[cells] for each in sums)
    )


def cohort_table(rows: CohortRows, *, history_start: int, last_complete: int) -> CohortTable:
    """Cohorts up to the last complete month; `history_start` is the month of the first order."""
    cohorts = np.unique(rows.cohort[rows.cohort <= last_complete])
    periods = int(last_complete - cohorts[0] + 1) if cohorts.size else 0
    known = cohorts[:, np.newaxis] + np.arange(periods) <= last_complete
    kept = rows.month <= last_complete
    place = (np.searchsorted(cohorts, rows.cohort[kept]), (rows.month - rows.cohort)[kept])

    def spread(values: IntArray) -> FloatArray:
        cells = np.zeros(known.shape)
        np.add.at(cells, place, values[kept])
        return np.where(known, cells, np.nan)

    active = spread(rows.customers)
    return CohortTable(
        cohorts=cohorts,
        sizes=active[:, 0].astype(np.int64) if periods else cohorts,
        left_censored=cohorts == history_start,
        active=active,
        orders=spread(rows.orders),
        value=spread(rows.value),
    )
