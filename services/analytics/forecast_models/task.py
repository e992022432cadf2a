"""A series made ready for the members: what is open, what is rare, where tests can start."""

from calendar import day_name
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from services.analytics.forecast_models.arrays import Floats, Mask
from services.analytics.forecast_models.calendar_features import CLOSING, Columns, calendar_columns
from services.analytics.forecast_models.periods import Frequency
from services.analytics.forecast_models.season import filled

INTERMITTENT = 0.35
"""Share of empty open periods from which demand is modelled as a rate."""
CLOSED_WEEKDAY = 0.9
"""Share of empty days on which a weekday counts as closed..."""
TRADING_WEEKDAY = 0.2
"""...provided that most weekdays are emptier than this less often."""
SEEN_TWICE = 2
CLOSED_SHARE = 0.7
"""Share of empty days on which a kind of holiday counts as closed."""
MOST_ORIGINS = 24


@dataclass(frozen=True)
class Task:
    """One series to forecast; NaN is unknown, `promoted` has one column a kind of promotion."""

    start: date
    frequency: Frequency
    values: Floats
    horizon: int
    country: str | None = None
    promoted: Floats | None = None
    promotions: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return self.values.size

    @cached_property
    def non_negative(self) -> bool:
        return bool(np.nanmin(self.values) >= 0)

    @cached_property
    def weekdays(self) -> np.ndarray:
        """Weekday of every period of history and horizon (daily series)."""
        return (np.arange(self.count + self.horizon) + self.start.weekday()) % 7

    @cached_property
    def open(self) -> Mask:
        """False on weekdays that the last weeks show to be closed."""
        result = np.ones(self.count + self.horizon, dtype=bool)
        if self.frequency is not Frequency.DAILY:
            return result
        zero = np.array([self._empty_share(weekday) for weekday in range(7)])
        if np.median(zero) < TRADING_WEEKDAY:
            result[np.isin(self.weekdays, np.flatnonzero(zero >= CLOSED_WEEKDAY))] = False
        return result

    @cached_property
    def closed_weekdays(self) -> list[str]:
        """English names of the weekdays that are closed."""
        return [day_name[i] for i in np.unique(self.weekdays[~self.open])]

    def _empty_share(self, weekday: int) -> float:
        recent = self.values[self.weekdays[: self.count] == weekday][-12:]
        recent = recent[~np.isnan(recent)]
        return float(np.mean(recent == 0)) if recent.size >= SEEN_TWICE else 0.0

    @cached_property
    def intermittent(self) -> bool:
        past = self.values[self.open[: self.count]]
        past = past[~np.isnan(past)]
        return self.non_negative and bool(np.mean(past == 0) > INTERMITTENT)

    @cached_property
    def columns(self) -> Columns:
        return calendar_columns(
            self.start, self.frequency, self.count + self.horizon, self.country
        ).with_promotions(self.promotions, self.promoted)

    @cached_property
    def season(self) -> int:
        """Length of the season in open periods."""
        closed = np.unique(self.weekdays[~self.open]).size
        return self.frequency.season - closed

    @cached_property
    def working(self) -> Floats:
        """The history without what is no signal: unknown where closed by rule or by holiday."""
        values = self.values.copy()
        values[~self.open[: self.count]] = np.nan
        if self.frequency is Frequency.DAILY and not self.intermittent:
            special = self.columns.special[: self.count]
            values[(values == 0) & special] = np.nan
        return values

    def closed(self, origin: int) -> Mask:
        """Mark steps after an origin that weekday or holiday closes, by what was known there."""
        ahead = slice(origin, origin + self.horizon)
        result = ~self.open[ahead]
        if self.frequency is not Frequency.DAILY or self.intermittent:
            return result
        past = self.values[:origin]
        usable = self.open[:origin] & ~np.isnan(past)
        for index, name in enumerate(self.columns.names):
            if name not in CLOSING:
                continue
            column = self.columns.matrix[:, index] > 0
            seen = past[column[:origin] & usable]
            if seen.size >= SEEN_TWICE and np.mean(seen == 0) >= CLOSED_SHARE:
                result = result | column[ahead]
        return result

    @cached_property
    def tamed(self) -> Floats:
        """`working` with lone outliers cut back to what the periods before them allow.

        Where most periods are empty every sale would look like an outlier, so none is cut.
        """
        if self.intermittent:
            return self.working
        return tame(self.working, max(13, 2 * self.frequency.season))

    @cached_property
    def calm(self) -> Floats:
        """The whole history, closed days included, with lone outliers cut back."""
        return np.where(np.isnan(self.tamed), self.values, self.tamed)

    @cached_property
    def earliest(self) -> int:
        """Periods that the first backtest origin knows."""
        season = self.season
        if self.frequency is not Frequency.DAILY and self.count >= self.horizon + 2 * season:
            return 2 * season
        return max(self.frequency.minimum // 2, 7)

    @cached_property
    def tested(self) -> int:
        """Steps that a backtest checks: the horizon, or less where history is short."""
        room = self.count - self.earliest
        return self.horizon if room >= self.horizon else max(1, room // 2)

    def origins(self) -> list[int]:
        """Count the known periods at each backtest origin, oldest first, then now."""
        last = self.count - self.tested
        step = max(1, self.tested // 4)
        first = max(self.earliest, last - step * (MOST_ORIGINS - 1))
        return [*reversed(range(last, first - 1, -step)), self.count]


def tame(values: Floats, window: int) -> Floats:
    """Cut lone outliers, looking backwards only.

    What the second highest and lowest of the window reached is no outlier, nor is the second
    value in a row beyond the limits: that is a level shift.
    """
    result = values.copy()
    if values.size <= window:
        return result
    past = np.sort(sliding_window_view(filled(values)[:-1], window), axis=1)
    middle = past[:, window // 2]
    spread = 1.4826 * np.median(np.abs(past - middle[:, None]), axis=1)
    reach = 6 * np.maximum(spread, 0.02 * np.abs(middle))
    low, high = np.minimum(middle - reach, past[:, 1]), np.maximum(middle + reach, past[:, -2])
    recent = result[window:]
    with np.errstate(invalid="ignore"):
        side = (recent > high).astype(int) - (recent < low)
    lone = (side != 0) & (side != np.concatenate([[0], side[:-1]]))
    recent[lone] = np.clip(recent, low, high)[lone]
    return result
