"""The members of the pool, each run at every origin on what was known there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.calendar_ridge import CalendarFit, fit_calendar
from services.analytics.forecast_models.ets import CLIP, smooth
from services.analytics.forecast_models.intermittent import demand_rate, season_profile
from services.analytics.forecast_models.naive import last_year, seasonal_naive
from services.analytics.forecast_models.periods import Frequency
from services.analytics.forecast_models.task import Task
from services.analytics.forecast_models.theta import theta

MOSTLY_EMPTY = 0.25
"""Share of open periods without a positive value from which logarithms say little."""
YEARLY_TRUST = (0.6, 0.8, 1.0)
"""Share of the usual spread that the time of year is given with none, one or two years known."""
YEAR_FROM = 60
"""Days below which a wave of the year is only a trend by another name."""
CALENDAR_FROM = {Frequency.DAILY: 14, Frequency.WEEKLY: 20, Frequency.MONTHLY: 24}

Member = Callable[[Task, int], Floats]


@dataclass(frozen=True)
class Cube:
    """Forecasts by member: one row an origin, one column a step, NaN where history is short."""

    task: Task
    origins: list[int]
    points: dict[str, Floats]
    deviations: Floats
    """What the smoothing model expects its own error to be, for the shape over the steps."""
    actual: Floats
    naive: Floats
    """The yardstick: the last season as it was, with no knowledge of holidays or outliers."""


def run_members(task: Task) -> Cube:
    origins = task.origins()
    points, deviations = _smoothing(task, origins)
    paths = {"smoothing": points}
    for name, member in _members_for(task).items():
        paths[name] = np.array([member(task, origin) for origin in origins])
    for row, origin in enumerate(origins):
        closed = task.closed(origin)
        for path in paths.values():
            path[row, closed] = 0.0
            if task.non_negative:
                path[row] = np.maximum(path[row], 0.0)
    padded = np.concatenate([task.values, np.full(task.horizon, np.nan)])
    actual = np.array([padded[origin : origin + task.horizon] for origin in origins])
    season = task.frequency.season
    naive = np.array([seasonal_naive(task.values[:o], season, task.horizon) for o in origins])
    return Cube(task, origins, paths, deviations, actual, naive)


def _members_for(task: Task) -> dict[str, Member]:
    chosen: dict[str, Member] = {"theta": _theta, "last season": _last_season}
    if task.count >= task.frequency.year + task.frequency.season:
        chosen["last year"] = _last_year
    if task.intermittent:
        return chosen | {"demand rate": _demand_rate, "season profile": _season_profile}
    past = task.values[task.open[: task.count]]
    if np.mean(past[~np.isnan(past)] <= 0) < MOSTLY_EMPTY:
        chosen["calendar"] = _calendar
    return chosen


def _smoothing(task: Task, origins: list[int]) -> tuple[Floats, Floats]:
    """Smoothing runs on open periods only, so a closed Saturday is no season to learn."""
    is_open = task.open
    before = np.concatenate([[0], np.cumsum(is_open)])
    series = task.working[is_open[: task.count]]
    steps = max(int(before[o + task.horizon] - before[o]) for o in origins)
    clip = np.inf if task.intermittent else CLIP
    known = [int(before[o]) for o in origins]
    paths = smooth(series, task.season, known, max(steps, 1), clip=clip)
    points = np.zeros((len(origins), task.horizon))
    deviations = np.zeros_like(points)
    for row, origin in enumerate(origins):
        ahead = is_open[origin : origin + task.horizon]
        points[row, ahead] = paths.points[row, : ahead.sum()]
        deviations[row, ahead] = paths.deviations[row, : ahead.sum()]
    return points, deviations


def _theta(task: Task, origin: int) -> Floats:
    is_open = task.open
    ahead = is_open[origin : origin + task.horizon]
    path = np.zeros(task.horizon)
    path[ahead] = theta(task.tamed[:origin][is_open[:origin]], task.season, int(ahead.sum()))
    return path


def _last_season(task: Task, origin: int) -> Floats:
    return seasonal_naive(task.calm[:origin], task.frequency.season, task.horizon)


def _last_year(task: Task, origin: int) -> Floats:
    frequency = task.frequency
    recent = {"D": 56, "W": 12, "M": 6}[frequency]
    if origin < frequency.year + recent:
        return np.full(task.horizon, np.nan)
    return last_year(task.calm[:origin], frequency.year, recent, task.horizon)


def _demand_rate(task: Task, origin: int) -> Floats:
    return demand_rate(task.working[:origin], task.horizon)


def _season_profile(task: Task, origin: int) -> Floats:
    return season_profile(task.values[:origin], task.frequency.season, task.horizon)


def _calendar(task: Task, origin: int) -> Floats:
    if origin < CALENDAR_FROM[task.frequency]:
        return np.full(task.horizon, np.nan)
    return calendar_fit(task, origin).path


def calendar_fit(task: Task, origin: int) -> CalendarFit:
    """Fit the calendar to what was known at an origin."""
    year = 365 if task.frequency is Frequency.DAILY else task.frequency.year
    columns = task.columns.first(origin + task.horizon)
    scale = np.ones(columns.spreads.size)
    years = origin // year
    yearly = np.array([name.startswith("year ") for name in columns.names])
    too_young = task.frequency is Frequency.DAILY and origin < YEAR_FROM
    scale[yearly] = 0.0 if too_young else YEARLY_TRUST[min(years, 2)]
    values = task.values[:origin].copy()
    values[~task.open[:origin]] = np.nan
    return fit_calendar(values, columns, task.horizon, year, scale)
