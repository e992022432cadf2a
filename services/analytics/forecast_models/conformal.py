"""Intervals from what finished backtests were wrong by.

The smoothing model says how errors grow with the step, scaled to the pooled forecast; finished
backtests say by how much that is off on this series. Where they are few, the factor learnt on
the M3 competition's monthly series speaks instead (`LEARNT`), and the two are mixed by the
number of windows that do not overlap.
"""

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats, Rows, quantiles
from services.analytics.forecast_models.members import Cube
from services.analytics.forecast_models.pool import Pool, finished

LEVELS = (0.80, 0.95)
LEARNT = (1.25, 2.15)
"""On every seventh M3 series 1.30 and 2.18 over the first six steps, 1.17 and 2.01 over all."""
LEAST = 0.2
"""No factor falls below this, however well the past went."""
KNOTS = 5
"""Steps at which factors are measured; between them they are interpolated."""
PATIENCE = 3.0
UNKNOWN_SEASON = 1.1
"""Widening while less than two years are known: the year may still do what it has not done."""
SPARSE = 1.2
"""Widening of intermittent series, whose few large values a short past has seldom shown."""
TOGETHER = 0.5
"""Correlation assumed between the errors of two steps."""


@dataclass(frozen=True)
class Bands:
    """Half-widths of the intervals by level: one row an origin, one column a step."""

    steps: dict[float, Floats]
    totals: dict[float, Floats]


def interval_bands(cube: Cube, pool: Pool) -> Bands:
    base = _base(cube, pool)
    together = np.sqrt((1 - TOGETHER) * (base**2).sum(axis=1) + TOGETHER * base.sum(axis=1) ** 2)
    error = cube.actual - pool.points
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(base > 0, np.abs(error) / base, np.nan)
        totals = np.abs(error.sum(axis=1)) / together
    rows = range(len(cube.origins))
    widening = np.array([_widening(cube, row) for row in rows])
    factors = np.array([_factors(cube, scores, row) for row in rows])
    whole = np.array([_total_factors(cube, totals, row) for row in rows])
    return Bands(
        {level: base * widening[:, None] * factors[:, i] for i, level in enumerate(LEVELS)},
        {level: together * widening * whole[:, i] for i, level in enumerate(LEVELS)},
    )


def _base(cube: Cube, pool: Pool) -> Floats:
    if cube.task.intermittent:
        return _sparse_base(cube, pool)
    smoothing = np.abs(cube.points["smoothing"])
    small = 0.05 * smoothing.mean(axis=1, keepdims=True) + 1e-12
    ratio = np.clip((np.abs(pool.points) + small) / (smoothing + small), 0.3, 3.0)
    return np.where(pool.points == 0, 0.0, cube.deviations * ratio)


def _sparse_base(cube: Cube, pool: Pool) -> Floats:
    """Spread of the known values: smoothing takes the rare sale for an outlier and hides it."""
    is_open, values = cube.task.open[: cube.task.count], cube.task.values
    spreads = [np.nanstd(values[:origin][is_open[:origin]]) for origin in cube.origins]
    return np.where(pool.points == 0, 0.0, np.array(spreads)[:, None])


def _widening(cube: Cube, row: int) -> float:
    two_years = 2 * cube.task.frequency.year
    season = UNKNOWN_SEASON if cube.origins[row] < two_years else 1.0
    return season * SPARSE if cube.task.intermittent else season


def _trust(cube: Cube, past: Rows, patience: float) -> float:
    """Weight of the finished origins: the windows they make without overlap, against `patience`."""
    if past.size == 0:
        return 0.0
    span = cube.origins[past[-1]] - cube.origins[past[0]]
    windows = float(1.0 + span / cube.task.tested)
    return windows / (windows + patience)


def _factors(cube: Cube, scores: Floats, row: int) -> Floats:
    """Multipliers of the base: one row a level, one column a step."""
    past = finished(cube, row)
    horizon, tested = cube.task.horizon, cube.task.tested
    learnt = np.log(LEARNT)
    trust = _trust(cube, past, PATIENCE)
    knots = np.unique(np.linspace(0, tested - 1, KNOTS).round().astype(int))
    reach = max(1, tested // 3)
    logs = np.tile(learnt[:, None], knots.size)
    for column, knot in enumerate(knots if trust else ()):
        sample = scores[past, max(0, knot - reach) : knot + reach + 1]
        sample = sample[~np.isnan(sample)]
        if sample.size:
            seen = np.log(np.maximum(quantiles(sample, LEVELS), LEAST))
            logs[:, column] = trust * seen + (1 - trust) * learnt
    return np.exp([np.interp(np.arange(horizon), knots, line) for line in logs])


def _total_factors(cube: Cube, totals: Floats, row: int) -> Floats:
    """Multipliers of the base of the sum over the horizon, one a level."""
    past = finished(cube, row)
    learnt = np.log(LEARNT)
    sample = totals[past]
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return np.exp(learnt)
    trust = _trust(cube, past, 2 * PATIENCE)
    seen = np.log(np.maximum(quantiles(sample, LEVELS), LEAST))
    return np.exp(trust * seen + (1 - trust) * learnt)
