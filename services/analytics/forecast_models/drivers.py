"""What a forecast rests on, in figures a person can check: trend, season, holidays."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.calendar_features import PROMOTION
from services.analytics.forecast_models.calendar_ridge import CalendarFit
from services.analytics.forecast_models.members import calendar_fit
from services.analytics.forecast_models.periods import advance
from services.analytics.forecast_models.task import Task

SMALLEST = 0.02
"""Effects below this share are left unsaid."""
MOST_HOLIDAYS = 6
UNSEEN = 1e-6
"""Effect below which the history had no such event: it then gets no credit for its day."""
REGULAR = ("year ", "month ", "weekday ")
GENERIC = ("public holiday", "days before a public holiday", "day after a public holiday")


@dataclass(frozen=True)
class Driver:
    """One influence: `effect` is a share (+.1 = a tenth more), `starts` where it begins.

    That of a holiday or promotion is what it adds to the forecast as shown, the mean of several
    models of which only the calendar knows it by name.
    """

    kind: Literal["trend", "season", "holiday", "promotion"]
    name: str
    effect: float
    starts: date | None = None


def find_drivers(
    task: Task, calendar_share: Floats | None, *, season_known: bool
) -> tuple[Driver, ...]:
    """Name what a forecast rests on.

    `calendar_share`, shape (horizon,): how much of each period shown is the calendar's; None: it
    is no part of the forecast.
    """
    fit = None if calendar_share is None else calendar_fit(task, task.count)
    logs = np.zeros(task.count + task.horizon)
    yearly = np.zeros_like(logs)
    if fit is not None:
        logs = task.columns.matrix @ fit.effects
        of_year = [name.startswith("year ") for name in task.columns.names]
        yearly = task.columns.matrix[:, of_year] @ fit.effects[of_year]
    found = [_trend(task, logs if season_known else logs - yearly)]
    if fit is not None and season_known:
        found.append(_season(task, yearly))
    if fit is not None and calendar_share is not None:
        found += _events(task, fit, calendar_share)
    return tuple(d for d in found if d is not None and abs(d.effect) >= SMALLEST)


def _trend(task: Task, logs: Floats) -> Driver | None:
    """Recent periods against as many before them, both freed of what the calendar explains."""
    span = min(max(task.horizon, 2 * min(task.season, 12)), task.count // 2)
    adjusted = task.tamed / np.exp(logs[: task.count] - logs[: task.count].mean())
    parts = (adjusted[-span:], adjusted[-2 * span : -span])
    if any(np.isnan(part).all() for part in parts):
        return None
    now, before = map(np.nanmean, parts)
    if before <= 0 or now <= 0:
        return None
    unit = task.frequency.unit + ("s" if span > 1 else "")
    return Driver("trend", f"last {span} {unit} against the {span} before", float(now / before - 1))


def _season(task: Task, yearly: Floats) -> Driver:
    recent = yearly[max(task.count - task.horizon, 0) : task.count]
    effect = np.exp(yearly[task.count :]).mean() / np.exp(recent).mean() - 1
    unit = task.frequency.unit + ("s" if task.horizon > 1 else "")
    return Driver("season", f"time of year against the last {task.horizon} {unit}", float(effect))


def _added(log_effect: float, calendar_share: float) -> float:
    """Return the share by which an effect on the calendar changes a forecast it is a part of."""
    if np.isneginf(log_effect):
        return -1.0
    without = 1.0 + calendar_share * np.expm1(-log_effect)
    return float(1.0 / without - 1.0)


def _events(task: Task, fit: CalendarFit, calendar_share: Floats) -> list[Driver]:
    """Holidays and promotions in the horizon, each with all that the calendar says of its day.

    Weekdays that are closed anyway are left out: no holiday closes them.
    """
    names, ahead = task.columns.names, task.columns.matrix[task.count :]
    events = [i for i, name in enumerate(names) if not name.startswith(REGULAR)]
    together = ahead[:, events] @ fit.effects[events]
    together[task.closed(task.count)] = -np.inf
    found: dict[int, Driver] = {}
    for index in sorted(events, key=lambda i: task.columns.spreads[i]):
        steps = np.flatnonzero((ahead[:, index] != 0) & task.open[task.count :])
        is_new = abs(fit.effects[index]) < UNSEEN
        if steps.size == 0 or is_new or names[index] in GENERIC:
            continue
        step = int(steps[np.argmax(np.abs(together[steps]))])
        kind: Literal["promotion", "holiday"] = "holiday"
        if names[index].startswith(PROMOTION):
            kind = "promotion"
        label = names[index].removeprefix(PROMOTION)
        day = advance(task.start, task.frequency, task.count + step)
        found[step] = Driver(kind, label, _added(together[step], calendar_share[step]), day)
    strongest = sorted(found.values(), key=lambda driver: -abs(driver.effect))[:MOST_HOLIDAYS]
    return sorted(strongest, key=lambda driver: driver.starts or date.min)
