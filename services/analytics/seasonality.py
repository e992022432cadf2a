"""Seasonal model time: a week before Christmas may hold as many orders as two in July.

The BG/NBD model knows no season. It is run on warped time instead: a day counts as many model
days as its calendar month is busy, the index averaging one over the year. The index is what the
stationary model misses, month by month, so that growth of the customer base is not taken for
season. With fewer than twenty months this was measured to make predictions worse; then time stays
plain and the season is not known.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.analytics.arrays import FloatArray, IntArray
from services.analytics.bg_nbd import BgNbd
from services.analytics.history import CustomerHistory

MONTHS_NEEDED = 20
DAYS_PER_WEEK = 7.0
DAYS_KEPT_AHEAD = 3 * 366
# Log index of one month before seeing data: a standard deviation of about one half.
PRIOR_PRECISION = 4.0
# Misfit beyond Poisson: even a month with countless orders is uncertain by about a tenth.
MISFIT_VARIANCE = 0.01


@dataclass(frozen=True, slots=True)
class MonthlyRepeats:
    """Repeat purchase days of all customers in each calendar month, oldest first.

    `as_of` is the day of scoring; the last entry is its month (which may be unfinished and is
    then not used). The first month is left out as well: an import may start inside it.
    """

    as_of: date
    purchases: IntArray

    @property
    def months(self) -> IntArray:
        """Months since January 1970 of each entry."""
        last = 12 * (self.as_of.year - 1970) + self.as_of.month - 1
        return np.arange(last - self.purchases.size + 1, last + 1)

    @property
    def complete(self) -> slice:
        finished = (self.as_of + timedelta(days=1)).day == 1
        return slice(1, None if finished else -1)

    @property
    def has_season(self) -> bool:
        return self.purchases[self.complete].size >= MONTHS_NEEDED - 1


@dataclass(frozen=True, slots=True)
class ModelTime:
    """Model weeks in whole days: `past[d]` in the d days up to scoring, `ahead[d]` after it.

    Plain time has neither array. `index` has twelve entries from January, or none.
    """

    index: FloatArray | None = None
    past: FloatArray | None = None
    ahead: FloatArray | None = None

    @classmethod
    def plain(cls) -> "ModelTime":
        return cls()

    @classmethod
    def seasonal(cls, index: FloatArray, as_of: date, oldest_days: int) -> "ModelTime":
        """Time whose days weigh `index` of their month, reaching back `oldest_days`."""
        back = index[_months(as_of, -oldest_days)[::-1] % 12]
        forward = index[_months(as_of, DAYS_KEPT_AHEAD) % 12]
        past = np.r_[0.0, np.cumsum(back)] / DAYS_PER_WEEK
        ahead = np.r_[0.0, np.cumsum(forward)] / DAYS_PER_WEEK
        return cls(index, past, ahead)

    def weeks(self, history: CustomerHistory) -> tuple[FloatArray, FloatArray]:
        """Recency and age in model weeks."""
        if self.past is None:
            return history.recency_days / DAYS_PER_WEEK, history.age_days / DAYS_PER_WEEK
        age = self.past[history.age_days]
        return age - self.past[history.days_since_last], age

    def weeks_ahead(self, days: int) -> float:
        """Model weeks in the next `days` days."""
        return days / DAYS_PER_WEEK if self.ahead is None else float(self.ahead[days])

    def days_ahead(self, weeks: FloatArray) -> FloatArray:
        """Days until that many model weeks have passed; NaN beyond the days kept."""
        if self.ahead is None:
            return weeks * DAYS_PER_WEEK
        days: FloatArray = np.interp(
            weeks, self.ahead, np.arange(self.ahead.size, dtype=np.float64), right=np.nan
        )
        return days


def seasonal_time(orders: BgNbd, age_days: IntArray, repeats: MonthlyRepeats) -> ModelTime:
    """Seasonal time from what the stationary model expected in each month and what came."""
    kept = repeats.complete
    expected = expected_by_month(orders, age_days, repeats)
    index = month_index(repeats.purchases[kept], expected[kept], repeats.months[kept])
    return ModelTime.seasonal(index, repeats.as_of, int(age_days.max()))


def expected_by_month(orders: BgNbd, age_days: IntArray, repeats: MonthlyRepeats) -> FloatArray:
    """Repeat purchases the stationary model expects in each month, given who first came when."""
    newcomers = np.bincount(age_days)[::-1].astype(np.float64)
    growth = orders.expected_orders_of_new(np.arange(newcomers.size + 1) / DAYS_PER_WEEK)
    daily = np.convolve(newcomers, np.diff(growth))[: newcomers.size]
    position = _months(repeats.as_of, -newcomers.size) - repeats.months[0]
    inside = position >= 0
    totals = np.bincount(position[inside], daily[inside], minlength=repeats.purchases.size)
    return totals.astype(np.float64)


def month_index(seen: IntArray, expected: FloatArray, months: IntArray) -> FloatArray:
    """How busy January to December are; averages one, shrunk towards one where little is seen.

    A weighted ridge regression of log(seen / expected) on the calendar month, with a level and a
    trend of their own that take up what the stationary model gets wrong over the years.
    """
    log_ratio = np.log((seen + 0.5) / (expected + 0.5))
    weight = 1.0 / (1.0 / (seen + 0.5) + MISFIT_VARIANCE)
    trend = np.linspace(-1.0, 1.0, seen.size)
    design = np.column_stack([np.eye(12)[months % 12], np.ones(seen.size), trend])
    prior = np.diag([PRIOR_PRECISION] * 12 + [0.0, PRIOR_PRECISION])
    precision = design.T @ (weight[:, np.newaxis] * design) + prior
    effects = np.linalg.solve(precision, design.T @ (weight * log_ratio))[:12]
    index: FloatArray = np.exp(effects)
    index /= index.mean()
    return index


def _months(day: date, days: int) -> IntArray:
    """Months since January 1970 of the `days` days after a day, or the -`days` days up to it."""
    after = np.datetime64(day, "D") + 1
    span = np.arange(days) if days >= 0 else np.arange(days, 0)
    return (after + span).astype("datetime64[M]").astype(np.int64)
