"""Forecasts of a shop's figures: pooled from simple models, tested on the past, with intervals.

`forecast` is the whole of it: history in, `Forecast` out. How: `forecast_models/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.calendar_features import check_country
from services.analytics.forecast_models.conformal import Bands, interval_bands
from services.analytics.forecast_models.drivers import Driver, find_drivers
from services.analytics.forecast_models.history import History, choose_frequency, from_days
from services.analytics.forecast_models.members import Cube, run_members
from services.analytics.forecast_models.metrics import (
    IntervalErrors,
    PointErrors,
    interval_errors,
    naive_scale,
    point_errors,
)
from services.analytics.forecast_models.periods import (
    Frequency,
    advance,
    period_dates,
    period_days,
)
from services.analytics.forecast_models.pool import Pool, pool_members
from services.analytics.forecast_models.reconcile import reconcile
from services.analytics.forecast_models.result import (
    Backtest,
    Forecast,
    Interval,
    NotEnoughPeriodsError,
    Promotion,
)
from services.analytics.forecast_models.season import filled
from services.analytics.forecast_models.task import Task

__all__ = [
    "Backtest",
    "Driver",
    "Forecast",
    "Frequency",
    "History",
    "Interval",
    "NotEnoughPeriodsError",
    "Promotion",
    "check_country",
    "choose_frequency",
    "forecast",
    "from_days",
    "reconcile",
]

MOST_PERIODS = {Frequency.DAILY: 6 * 365, Frequency.WEEKLY: 12 * 52, Frequency.MONTHLY: 25 * 12}
"""Older periods say nothing more about the coming ones and cost time."""


def forecast(
    history: History,
    horizon: int,
    *,
    country: str | None = None,
    promotions: Sequence[Promotion] = (),
) -> Forecast:
    """Forecast `horizon` periods after the last complete one.

    Raises NotEnoughPeriodsError where the history is too short for the frequency or the horizon.
    """
    check_history(history, horizon)
    history = history.known().last(MOST_PERIODS[history.frequency])
    unit = _unit(history.values)
    return _forecast(history.scaled(1 / unit), horizon, country, promotions).scaled(unit)


def _forecast(
    history: History, horizon: int, country: str | None, promotions: Sequence[Promotion]
) -> Forecast:
    names, promoted = _promotion_columns(history, horizon, promotions)
    task = Task(history.start, history.frequency, history.values, horizon, country, promoted, names)
    cube = run_members(task)
    pool = pool_members(cube)
    bands = interval_bands(cube, pool)
    season_known = task.count >= 2 * task.frequency.year
    backtest = _backtest(cube, pool, bands)
    return _Assembly(history, task, cube, pool, bands).forecast(backtest, season_known)


def _unit(values: Floats) -> float:
    """Return the power of two next to the usual size: no square overflows, no digit is lost."""
    largest = float(np.nanmax(np.abs(values)))
    usual = float(np.nanmean(np.abs(values) / largest)) * largest if largest else 1.0
    return float(2.0 ** np.clip(np.round(np.log2(usual)), -1000, 1000))


def check_history(history: History, horizon: int) -> None:
    """Refuse what cannot be forecast, with the day from which it can."""
    if horizon < 1:
        raise ValueError("The horizon must be at least one period.")
    needed = max(history.frequency.minimum, horizon)
    known = int(np.count_nonzero(~np.isnan(history.values)))
    if known < needed:
        missing = needed - known
        works_from = advance(history.start, history.frequency, history.values.size + missing)
        raise NotEnoughPeriodsError(known, needed, history.frequency, works_from)


def _promotion_columns(
    history: History, horizon: int, promotions: Sequence[Promotion]
) -> tuple[tuple[str, ...], Floats | None]:
    """Share of each period's days that each kind of promotion covers."""
    names = tuple(dict.fromkeys(p.name for p in promotions))
    if not names:
        return (), None
    count = history.values.size + horizon
    shares = np.zeros((count, len(names)))
    for row, first in enumerate(period_dates(history.start, history.frequency, count)):
        days = period_days(first, history.frequency)
        last = first + timedelta(days=days - 1)
        for p in promotions:
            covered = (min(last, p.end) - max(first, p.start)).days + 1
            column = names.index(p.name)
            shares[row, column] = min(1.0, shares[row, column] + max(covered, 0) / days)
    return names, shares


def _bounds(points: Floats, half: Floats, *, non_negative: bool) -> tuple[Floats, Floats]:
    low = np.maximum(points - half, 0.0) if non_negative else points - half
    return low, points + half


def _backtest(cube: Cube, pool: Pool, bands: Bands) -> Backtest | None:
    """Errors over all past origins; each used only what was finished before it."""
    past = slice(0, len(cube.origins) - 1)
    tested = slice(0, cube.task.tested)
    actual = cube.actual[past, tested]
    if np.isnan(actual).all():
        return None
    scale = naive_scale(cube.task.values, cube.task.frequency.season)
    sign = cube.task.non_negative

    def measured(
        points: Floats, half80: Floats, half95: Floats
    ) -> tuple[PointErrors, IntervalErrors]:
        points = points[past, tested]
        inside80 = _bounds(points, half80[past, tested], non_negative=sign)
        inside95 = _bounds(points, half95[past, tested], non_negative=sign)
        intervals = interval_errors(inside80, inside95, actual, scale)
        return point_errors(points, actual, scale), intervals

    ours = measured(pool.points, bands.steps[0.80], bands.steps[0.95])
    spread = _naive_spread(cube)
    naive = measured(cube.naive, 1.2816 * spread, 1.96 * spread)
    return Backtest(actual.shape[0], actual.shape[1], ours[0], ours[1], naive[0], naive[1])


def _naive_spread(cube: Cube) -> Floats:
    """Textbook deviation of the seasonal naive: its one-season error, growing by the lap."""
    period = cube.task.frequency.season
    laps = np.sqrt(np.arange(cube.task.horizon) // period + 1)
    rows = []
    for origin in cube.origins:
        values = filled(cube.task.values[:origin])
        lag = period if values.size > period else 1
        errors = values[lag:] - values[:-lag]
        rows.append(np.sqrt(np.mean(errors**2)) * laps)
    return np.array(rows)


@dataclass(frozen=True)
class _Assembly:
    """The last row of everything, put into words and figures."""

    history: History
    task: Task
    cube: Cube
    pool: Pool
    bands: Bands

    def forecast(self, backtest: Backtest | None, season_known: bool) -> Forecast:  # noqa: FBT001
        points, so_far = self.pool.points[-1].copy(), self.history.partial or 0.0
        halves = {level: half[-1] for level, half in self.bands.steps.items()}
        sign = self.task.non_negative
        low80, high80 = _bounds(points, halves[0.80], non_negative=sign)
        low95, high95 = _bounds(points, np.maximum(halves[0.95], halves[0.80]), non_negative=sign)
        if sign and so_far > 0:
            for bound in (points, low80, high80, low95, high95):
                bound[0] = max(bound[0], so_far)
        weights = dict(zip(self.pool.names, self.pool.weights[-1].tolist(), strict=True))
        count = self.task.count
        first = advance(self.task.start, self.task.frequency, count)
        return Forecast(
            frequency=self.task.frequency,
            dates=tuple(period_dates(first, self.task.frequency, self.task.horizon)),
            point=tuple(points.tolist()),
            lo80=tuple(low80.tolist()),
            hi80=tuple(high80.tolist()),
            lo95=tuple(low95.tolist()),
            hi95=tuple(high95.tolist()),
            total=float(points.sum()),
            total_interval=self._total(float(points.sum())),
            backtest=backtest,
            weights={name: weight for name, weight in weights.items() if weight > 0},
            drivers=find_drivers(self.task, self._calendar_share(), season_known=season_known),
            notes=self._notes(backtest, season_known=season_known),
            season_known=season_known,
        )

    def _calendar_share(self) -> Floats | None:
        """How much of each period of the pooled forecast the calendar makes."""
        if "calendar" not in self.pool.names:
            return None
        weight = self.pool.weights[-1, self.pool.names.index("calendar")]
        own, pooled = np.nan_to_num(self.cube.points["calendar"][-1]), self.pool.points[-1]
        share: Floats = np.divide(weight * own, pooled, out=np.zeros_like(own), where=pooled > 0)
        return share

    def _total(self, total: float) -> Interval:
        half80 = float(self.bands.totals[0.80][-1])
        half95 = max(float(self.bands.totals[0.95][-1]), half80)
        least = max(0.0, self.history.partial or 0.0) if self.task.non_negative else -np.inf
        low80, low95 = max(total - half80, least), max(total - half95, least)
        return Interval(low80, total + half80, low95, total + half95)

    def _notes(self, backtest: Backtest | None, *, season_known: bool) -> tuple[str, ...]:
        task, unit = self.task, self.task.frequency.unit
        notes = []
        if not season_known:
            notes.append(
                f"The year's season is not known yet: there are {task.count} {unit}s of history "
                f"and two years are {2 * task.frequency.year}."
            )
        if backtest is None:
            notes.append("No past period could be tested against; the intervals are learnt ones.")
        elif backtest.worse_than_naive:
            notes.append("In its backtest this forecast did worse than repeating the last season.")
        if backtest is not None and backtest.steps < task.horizon:
            notes.append(
                f"History allows a test of the first {backtest.steps} of {task.horizon} {unit}s."
            )
        if self.history.partial is not None:
            notes.append(f"The {unit} under way is not complete and was left out of the history.")
        if task.intermittent:
            notes.append(f"Most {unit}s are at or near zero: the forecast is an average rate.")
        notes += [f"Closed on {day}s, as in the last weeks." for day in task.closed_weekdays]
        return tuple(notes)
