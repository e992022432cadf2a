"""From daily figures to a forecast, with `services.analytics.forecasting`; runs in the pool."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from services.analytics.errors import NotEnoughHistoryError
from services.analytics.forecast_models.calendar_features import holiday_names
from services.analytics.forecast_models.naive import seasonal_naive
from services.analytics.forecast_models.periods import advance, period_dates
from services.analytics.forecasting import (
    Backtest,
    Driver,
    Forecast,
    Frequency,
    History,
    Promotion,
    check_country,
    choose_frequency,
    forecast,
    from_days,
    reconcile,
)
from services.forecasts.report import Computed, Influence, Part, Range, Refused, Step, Tested
from services.forecasts.request import Horizon
from services.forecasts.task import DailySeries, Task

MONTH_DAYS = 365.25 / 12
SHOWN = {Frequency.DAILY: 90, Frequency.WEEKLY: 60, Frequency.MONTHLY: 36}
"""Periods of history in a chart, at least."""


def compute(task: Task) -> Computed | Refused:
    """See `services.forecasts.work.compute`."""
    start, count = task.whole.start, len(task.whole.values)
    last = start + timedelta(days=count - 1)
    frequency = choose_frequency(start, last, task.horizon.days)
    steps = steps_of(task.horizon, frequency)
    country = _known_country(task.country)
    promotions = [Promotion(offer.start, offer.end) for offer in task.promotions]

    def run(series: DailySeries) -> tuple[History, Forecast]:
        history = _history(series, frequency)
        return history, forecast(history, steps, country=country, promotions=promotions)

    try:
        history, whole = run(task.whole)
        parts = [run(series)[1] for series in task.parts]
    except NotEnoughHistoryError as error:
        return Refused(str(error), error.found, error.needed)
    if parts:
        whole, parts = reconcile(whole, parts)
    return _computed(task, history, whole, parts, country)


def steps_of(horizon: Horizon, frequency: Frequency) -> int:
    """How many periods reach as far as the horizon."""
    match frequency:
        case Frequency.DAILY:
            return horizon.days
        case Frequency.WEEKLY:
            return math.ceil(horizon.days / 7)
        case Frequency.MONTHLY:
            months = horizon.count if horizon.unit == "m" else horizon.days / MONTH_DAYS
            return max(1, round(months))


def _history(series: DailySeries, frequency: Frequency) -> History:
    days = {series.start + timedelta(days=i): value for i, value in enumerate(series.values)}
    return from_days(days, frequency, complete_until=max(days))


def _known_country(country: str | None) -> str | None:
    """Forecast without holidays where nobody knows those of the country."""
    try:
        check_country(country)
    except ValueError:
        return None
    return country


def _computed(
    task: Task, history: History, whole: Forecast, parts: Sequence[Forecast], country: str | None
) -> Computed:
    frequency = whole.frequency
    shown = history.last(max(SHOWN[frequency], 2 * len(whole.dates)))
    dates = period_dates(shown.start, frequency, shown.values.size)
    last_day = advance(whole.dates[-1], frequency, 1) - timedelta(days=1)
    return Computed(
        frequency=frequency.value,
        total=_total(whole),
        steps=_steps(history, whole),
        last_day=last_day,
        parts=tuple(
            Part(series.name, _total(part), part.point)
            for series, part in zip(task.parts, parts, strict=True)
        ),
        influences=tuple(map(_influence, whole.drivers)),
        tested=_tested(whole.backtest),
        season_known=whole.season_known,
        worse_than_naive=whole.worse_than_naive,
        notes=whole.notes,
        history=tuple(zip(dates, shown.values.tolist(), strict=True)),
        holidays=_holidays(country, dates[0], last_day),
    )


def _steps(history: History, whole: Forecast) -> tuple[Step, ...]:
    count = len(whole.dates)
    naive = seasonal_naive(history.values, whole.frequency.season, count).tolist()
    year = whole.frequency.year
    places = [history.values.size - year + step for step in range(count)]
    before = [
        float(history.values[place]) if 0 <= place < history.values.size else None
        for place in places
    ]
    bounds = zip(whole.point, whole.lo80, whole.hi80, whole.lo95, whole.hi95, strict=True)
    return tuple(
        Step(start, Range(*figures), naive[step], before[step])
        for step, (start, figures) in enumerate(zip(whole.dates, bounds, strict=True))
    )


def _total(of: Forecast) -> Range:
    interval = of.total_interval
    return Range(of.total, interval.lo80, interval.hi80, interval.lo95, interval.hi95)


def _influence(driver: Driver) -> Influence:
    return Influence(driver.kind, driver.name, driver.effect, driver.starts)


def _tested(backtest: Backtest | None) -> Tested | None:
    if backtest is None:
        return None
    ours, naive = backtest.points, backtest.naive
    figures = (ours.wape, naive.wape, ours.total_error, naive.total_error)
    if not np.isfinite(figures).all():
        return None  # nothing happened in the periods that could be tested
    return Tested(
        windows=backtest.origins,
        steps=backtest.steps,
        wape=ours.wape,
        total_error=ours.total_error,
        naive_wape=naive.wape,
        naive_total_error=naive.total_error,
        coverage80=backtest.intervals.coverage80,
        coverage95=backtest.intervals.coverage95,
    )


def _holidays(country: str | None, first: date, last: date) -> tuple[tuple[date, str], ...]:
    names = holiday_names(country, first.year, last.year)
    return tuple(sorted((day, name) for day, name in names.items() if first <= day <= last))
