"""What an event did, by the standing its customers had the day before it.

A customer's segment is taken as of the day before each stretch of days, the event and the usual
weeks alike: with today's segments, nobody who is now lost would ever have bought.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.lifts import Lift
from services.analytics.segments import SEGMENTS, assign_segments, rfm_scores

CONFIDENCE = 0.95
FEWEST_USUAL = 3
FIRST_ORDER, GUEST = len(SEGMENTS), len(SEGMENTS) + 1
"""Standings beyond the segments: nothing bought before; nobody known."""
STANDINGS = len(SEGMENTS) + 2
RETURN_DAYS = 90


@dataclass(frozen=True, slots=True)
class OrderRows:
    """One entry an order or cancellation, by day; amounts in minor units.

    `customer` are positions from 0, or -1 for a guest; `is_order` is false for cancellations.
    """

    customer: IntArray
    day: IntArray
    is_order: BoolArray
    value: IntArray

    @property
    def customers(self) -> int:
        return int(self.customer.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """What some days brought by standing, arrays of shape (STANDINGS,).

    Of the `newcomers`, customers with their first order in it, `returned` ordered again within
    RETURN_DAYS of it; only those are counted whose days are over.
    """

    orders: IntArray
    value: IntArray
    newcomers: int
    returned: int


def add_up(rows: OrderRows, spans: Sequence[tuple[int, int]]) -> list[Stretch]:
    """Add up spans of days (first, last), in the order given."""
    found: dict[tuple[int, int], Stretch] = {}
    past = _Past(rows)
    for first, last in sorted(set(spans)):
        found[first, last] = past.stretch(first, last)
    return [found[span] for span in spans]


def lift(event: float, usual: FloatArray, *, are_counts: bool = False) -> Lift | None:
    """Compare with usual stretches: on the log scale, normal, as spread as those are.

    The interval is that of one more stretch beside their mean (Student's t), so it holds the
    chance of the week as well. None with fewer than three, or where nothing was sold; counts among
    which there is a zero are all raised by one half.
    """
    if are_counts and usual.any() and (event == 0 or (usual == 0).any()):
        event, usual = event + 0.5, usual + 0.5
    if usual.size < FEWEST_USUAL or event <= 0 or (usual <= 0).any():
        return None
    logs = np.log(usual)
    variance = float(logs.var(ddof=1)) * (1 + 1 / usual.size)
    return _lift(float(np.log(event) - logs.mean()), variance, usual.size - 1)


def typical(usual: FloatArray) -> float:
    """Geometric mean of at least one stretch, as a lift compares with; plain where one is 0."""
    return float(np.exp(np.log(usual).mean()) if (usual > 0).all() else usual.mean())


def mean_lift(lifts: Sequence[Lift], usual: Sequence[int]) -> Lift | None:
    """Average over several times an event came; `usual` are the stretches each was held against.

    What the times differ by beyond the chance of their weeks (DerSimonian and Laird's variance
    between) widens the interval. None without any.
    """
    if len(lifts) <= 1:
        return lifts[0] if lifts else None
    logs = np.log([each.ratio for each in lifts])
    freedom = np.array(usual) - 1
    widths = np.log([each.high / each.low for each in lifts]) / 2
    within = float(np.square(widths / stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)).mean())
    between = max(0.0, float(logs.var(ddof=1)) - within)
    return _lift(float(logs.mean()), (within + between) / len(lifts), int(freedom.sum()))


def _lift(log_ratio: float, variance: float, freedom: int) -> Lift:
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * float(np.sqrt(variance))
    ratio, low, high = np.exp([log_ratio, log_ratio - reach, log_ratio + reach]).tolist()
    return Lift(ratio, low, high)


class _Past:
    """Walks through the orders once, remembering each customer's standing."""

    def __init__(self, rows: OrderRows) -> None:
        self._rows = rows
        size = rows.customers
        self._days = np.zeros(size, dtype=np.int64)
        self._last = np.zeros(size, dtype=np.int64)
        self._spend = np.zeros(size)
        self._seen = 0
        self._new_day = _first_of_day(rows)
        self._first, self._second = _first_days(rows, self._new_day)
        self._end = int(rows.day[-1]) if rows.day.size else 0

    def stretch(self, first: int, last: int) -> Stretch:
        """Add up some days; stretches must be asked for in order of their first day."""
        self._remember(first)
        rows = self._rows
        chosen = slice(self._seen, int(np.searchsorted(rows.day, last, side="right")))
        customer = rows.customer[chosen]
        standing = np.where(customer < 0, GUEST, self._standings()[customer])
        came = (self._first >= first) & (self._first <= min(last, self._end - RETURN_DAYS))
        back = came & (self._second - self._first <= RETURN_DAYS)
        orders = np.bincount(standing[rows.is_order[chosen]], minlength=STANDINGS)
        value = np.bincount(standing, rows.value[chosen], minlength=STANDINGS)
        return Stretch(orders, np.round(value).astype(np.int64), int(came.sum()), int(back.sum()))

    def _remember(self, day: int) -> None:
        """Take in what happened before a day."""
        rows, size = self._rows, self._days.size
        part = slice(self._seen, int(np.searchsorted(rows.day, day)))
        known = rows.customer[part] >= 0
        customer = rows.customer[part][known]
        self._spend += np.bincount(customer, rows.value[part][known], minlength=size)
        ordered = rows.customer[part][self._new_day[part]]
        self._days += np.bincount(ordered, minlength=size)
        np.maximum.at(self._last, ordered, rows.day[part][self._new_day[part]])
        self._seen, self._day = part.stop, day

    def _standings(self) -> IntArray:
        """Return the segment of everybody among those who had bought; one more for guests."""
        bought = np.flatnonzero(self._days)
        standings = np.full(self._days.size + 1, FIRST_ORDER, dtype=np.int64)
        purchases = self._days[bought]
        silent = self._day - 1 - self._last[bought]
        scores = rfm_scores(silent, purchases, self._spend[bought])
        standings[bought] = assign_segments(scores, purchases)
        return standings


def _first_of_day(rows: OrderRows) -> BoolArray:
    """Mark one order of each customer on each day."""
    counted = np.flatnonzero(rows.is_order & (rows.customer >= 0))
    order = counted[np.lexsort((rows.day[counted], rows.customer[counted]))]
    customer, day = rows.customer[order], rows.day[order]
    changed = np.ones(order.size, dtype=np.bool_)
    changed[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    marks = np.zeros(rows.day.size, dtype=np.bool_)
    marks[order[changed]] = True
    return marks


def _first_days(rows: OrderRows, new_day: BoolArray) -> tuple[IntArray, IntArray]:
    """First and second purchase day of each customer; far in the future where there is none."""
    never = np.iinfo(np.int64).max // 2
    first = np.full(rows.customers, never)
    second = np.full(rows.customers, never)
    customer, day = rows.customer[new_day], rows.day[new_day]
    np.minimum.at(first, customer, day)
    later = day > first[customer]
    np.minimum.at(second, customer[later], day[later])
    return first, second
