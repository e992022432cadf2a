"""Regression of the logarithm on the calendar, shrunk, with a level that follows the data."""

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats, median
from services.analytics.forecast_models.calendar_features import Columns

HUBER = 1.5
ROUNDS = 4
NOTHING = 0.12
"""A calendar effect below this share of a normal period means closed."""
LEVEL_RATES = (0.0, 0.01, 0.03, 0.07, 0.15, 0.3)
FEWEST = 8
"""Values below which no level or factor is estimated."""


@dataclass(frozen=True)
class CalendarFit:
    """What the calendar does to the series: effects by column on the log scale."""

    effects: Floats
    path: Floats
    """Forecast for the periods after the last known one."""
    calendar: Floats
    """Multiplier of the calendar for the same periods (1 = a normal period)."""


def fit_calendar(
    values: Floats, columns: Columns, horizon: int, year: int, spread_scale: Floats
) -> CalendarFit:
    """Fit to `values` (NaN unknown, closed periods also NaN) and forecast `horizon` steps.

    `columns` has rows for the history and the horizon; `spread_scale` widens or narrows what is
    expected of each column, 0 leaves it out.
    """
    count = values.size
    known = ~np.isnan(values)
    positive = values[known & (values > 0)]
    floor = max(positive.min() / 2, 0.05 * median(positive))
    usual = float(np.log(median(positive)))
    target = np.log(np.maximum(values[known], floor)) - usual
    time = (np.arange(count + horizon) - count) / year
    design = np.column_stack([np.ones(time.size), np.minimum(time, 0.0), columns.matrix])
    spreads = np.concatenate([[10.0, 0.3], columns.spreads * spread_scale])
    used = spreads > 0
    age = -time[:count][known]
    weights = 0.5 ** (age / 2.0)
    coefficients = _shrunk_fit(
        design[:count][known][:, used],
        target,
        spreads[used],
        weights,
        columns.special[:count][known],
    )
    effects = np.zeros(spreads.size)
    effects[used] = coefficients
    fitted = design @ effects + usual
    residual = np.full(count, np.nan)
    residual[known] = target + usual - fitted[:count][known]
    level = _level(residual, columns.special[:count])
    calendar = np.exp(columns.matrix[count:] @ effects[2:])
    closing = (columns.matrix[count:] * columns.special[count:, None]) @ effects[2:]
    path = np.exp(fitted[count:] + level) * _mean_over_median(values, fitted[:count], level)
    path = np.where(closing < np.log(NOTHING), 0.0, path)
    return CalendarFit(effects[2:], path, calendar)


def _shrunk_fit(
    design: Floats, target: Floats, spreads: Floats, weights: Floats, special: np.ndarray
) -> Floats:
    """Ridge with Huber weights; days on which shops close are never treated as outliers."""
    noise = float(np.var(target)) / 4 + 1e-4
    robust = np.ones(target.size)
    coefficients: Floats = np.zeros(spreads.size)
    for _ in range(ROUNDS):
        weighted = design * (weights * robust)[:, None]
        gram = weighted.T @ design + np.diag(noise / spreads**2)
        coefficients = np.asarray(np.linalg.solve(gram, weighted.T @ target), dtype=float)
        residual = target - design @ coefficients
        scale = 1.4826 * median(np.abs(residual)) + 1e-3
        noise = max(scale**2, 1e-4)
        robust = np.minimum(1.0, HUBER * scale / np.maximum(np.abs(residual), 1e-12))
        robust[special] = 1.0
    return coefficients


def _level(residual: Floats, special: np.ndarray) -> float:
    """Where the series stands against its calendar now: the residuals smoothed.

    The rate with the least error two weeks of periods ahead wins, so a level shift is followed
    while a noisy series is left alone.
    """
    usable = residual[~np.isnan(residual) & ~special]
    if usable.size < FEWEST:
        return 0.0
    limit = 3 * (1.4826 * median(np.abs(usable)) + 1e-3)
    ahead = min(7, usable.size // 4) + 1
    sums = np.concatenate([[0.0], np.cumsum(usable)])
    ends = np.minimum(np.arange(usable.size) + ahead, usable.size)
    coming = ((sums[ends] - sums[:-1]) / (ends - np.arange(usable.size))).tolist()
    values = usable.tolist()
    best, least = 0.0, np.inf
    for rate in LEVEL_RATES:
        level = loss = 0.0
        for value, soon in zip(values, coming, strict=True):
            loss += abs(soon - level)
            level += rate * max(-limit, min(limit, value - level))
        if loss < least:
            best, least = level, loss
    return best


def _mean_over_median(values: Floats, fitted: Floats, level: float) -> float:
    """Factor that brings the sum of recent fits to the sum of recent values, kept near 1."""
    recent = slice(-56, None)
    actual, fit = values[recent], np.exp(fitted[recent] + level)
    known = ~np.isnan(actual)
    if known.sum() < FEWEST:
        return 1.0
    capped = np.minimum(actual[known], 3 * fit[known])
    ratio = float(np.clip(capped.sum() / fit[known].sum(), 0.8, 1.25))
    return float(np.sqrt(ratio))
