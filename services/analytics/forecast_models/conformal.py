"""Intervals from what finished backtests were wrong by.

The smoothing model says how errors grow with the step, scaled to the pooled forecast; finished
backtests say by how much that is off on this series. Where they are few, the factor learnt on
the M3 competition's monthly series speaks instead (`LEARNT`), and the two are mixed by the
number of windows that do not overlap.
"""

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.members import Cube
from services.analytics.forecast_models.pool import Pool, finished

LEVELS = (0.80, 0.95)
LEARNT = {0.80: 1.35, 0.95: 2.3}
LEARNT_TOTAL = {0.80: 1.35, 0.95: 2.3}
PATIENCE = 3.0
UNKNOWN_SEASON = 1.25
"""Widening while less than two years are known: the year may still do what it has not done."""
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
    steps = {
        level: base
        * widening[:, None]
        * np.array([_factors(cube, scores, row, level) for row in rows])
        for level in LEVELS
    }
    whole = {
        level: together * widening * np.array([_total(cube, totals, row, level) for row in rows])
        for level in LEVELS
    }
    return Bands(steps, whole)


def _base(cube: Cube, pool: Pool) -> Floats:
    smoothing = np.abs(cube.points["smoothing"])
    small = 0.05 * smoothing.mean(axis=1, keepdims=True) + 1e-12
    ratio = np.clip((np.abs(pool.points) + small) / (smoothing + small), 0.3, 3.0)
    return np.where(pool.points == 0, 0.0, cube.deviations * ratio)


def _widening(cube: Cube, row: int) -> float:
    years = cube.origins[row] / cube.task.frequency.year
    return UNKNOWN_SEASON if years < 2 and finished(cube, row).size < 2 else 1.0


def _windows(cube: Cube, past: np.ndarray) -> float:
    """How many windows without overlap the finished origins amount to."""
    if past.size == 0:
        return 0.0
    span = cube.origins[past[-1]] - cube.origins[past[0]]
    return 1.0 + span / cube.task.tested


def _factors(cube: Cube, scores: Floats, row: int, level: float) -> Floats:
    """Multiplier of the base by step."""
    past = finished(cube, row)
    horizon, tested = cube.task.horizon, cube.task.tested
    result = np.full(horizon, LEARNT[level])
    if past.size == 0:
        return result
    trust = _windows(cube, past)
    trust = trust / (trust + PATIENCE)
    for step in range(horizon):
        near = min(step, tested - 1)
        reach = max(1, tested // 3)
        sample = scores[past, max(0, near - reach) : near + reach + 1]
        sample = sample[~np.isnan(sample)]
        if sample.size:
            seen = float(np.quantile(sample, level))
            result[step] = np.exp(
                trust * np.log(max(seen, 0.2)) + (1 - trust) * np.log(LEARNT[level])
            )
    return result


def _total(cube: Cube, totals: Floats, row: int, level: float) -> float:
    past = finished(cube, row)
    sample = totals[past]
    sample = sample[np.isfinite(sample)]
    learnt = LEARNT_TOTAL[level]
    if sample.size == 0:
        return learnt
    trust = _windows(cube, past)
    trust = trust / (trust + 2 * PATIENCE)
    seen = max(float(np.quantile(sample, level)), 0.3)
    return float(np.exp(trust * np.log(seen) + (1 - trust) * np.log(learnt)))
