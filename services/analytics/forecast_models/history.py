"""From dated figures to a regular history of complete periods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.periods import (
    Frequency,
    advance,
    period_start,
    periods_between,
)

DAILY_HORIZON = 62
WEEKLY_HORIZON = 182
MISSED = 0.25
"""Share of a first week or month before the first day from which it is not taken as whole."""
HALF = 0.5


@dataclass(frozen=True)
class History:
    """Complete periods from `start` on; NaN is unknown, `partial` what the next one has so far."""

    start: date
    frequency: Frequency
    values: Floats
    partial: float | None = None

    def __post_init__(self) -> None:
        # An infinite value would silently become the level of everything after it.
        if np.isinf(self.values).any():
            raise ValueError("A history holds an infinite value.")

    def last(self, count: int) -> "History":
        """Return the newest `count` periods, or all where there are fewer."""
        dropped = max(self.values.size - count, 0)
        start = advance(self.start, self.frequency, dropped)
        return replace(self, start=start, values=self.values[dropped:])

    def known(self) -> "History":
        """Leave out the periods before the first known one."""
        return self.last(self.values.size - int(np.argmax(~np.isnan(self.values))))

    def scaled(self, factor: float) -> "History":
        partial = None if self.partial is None else self.partial * factor
        return replace(self, values=self.values * factor, partial=partial)


def from_days(
    days: Mapping[date, float],
    frequency: Frequency,
    *,
    complete_until: date,
    week_starts: int = 0,
) -> History:
    """Sum days into periods; a day that is missing counts as 0, NaN as unknown.

    A period is complete when its last day is not after `complete_until`; the one after the last
    complete period becomes `partial`. A first week or month that began well before the first day
    is left out too, unless nothing else is there. A period with unknown days is scaled up from
    its known ones, and unknown where those are less than half.
    """
    if not days:
        raise ValueError("A history needs at least one dated value.")
    first_day = min(days)
    start = period_start(first_day, frequency, week_starts)
    second = advance(start, frequency, 1)
    if (first_day - start).days > MISSED * (second - start).days and second <= complete_until:
        start = second
    following = period_start(complete_until + timedelta(days=1), frequency, week_starts)
    count = max(periods_between(start, following, frequency), 0)
    sums, known, rows = np.zeros(count + 1), np.zeros(count + 1), np.zeros(count + 1)
    for day, value in days.items():
        index = periods_between(start, period_start(day, frequency, week_starts), frequency)
        if 0 <= index <= count and day >= start:
            rows[index] += 1
            if not np.isnan(value):
                known[index] += 1
                sums[index] += value
    share = np.divide(known, rows, out=np.ones_like(rows), where=rows > 0)
    values = np.where(share >= HALF, sums / np.maximum(share, HALF), np.nan)
    under_way = complete_until >= following and frequency is not Frequency.DAILY
    return History(start, frequency, values[:count], float(sums[count]) if under_way else None)


def choose_frequency(first: date, last: date, horizon_days: int) -> Frequency:
    """Choose the finest period that suits the horizon and that the history has enough of."""
    days = (last - first).days + 1
    enough = {
        Frequency.DAILY: days >= max(Frequency.DAILY.minimum, horizon_days),
        Frequency.WEEKLY: days >= max(7 * Frequency.WEEKLY.minimum, horizon_days),
        Frequency.MONTHLY: days >= max(31 * Frequency.MONTHLY.minimum, horizon_days),
    }
    if horizon_days <= DAILY_HORIZON:
        order = [Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY]
    elif horizon_days <= WEEKLY_HORIZON:
        order = [Frequency.WEEKLY, Frequency.DAILY, Frequency.MONTHLY]
    else:
        order = [Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY]
    return next((frequency for frequency in order if enough[frequency]), order[0])
