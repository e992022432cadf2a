"""How far forecasts were off. Rows are origins, columns steps; NaN steps are left out."""

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats


@dataclass(frozen=True)
class PointErrors:
    """Errors of a path; ratios are NaN where there is nothing to divide by."""

    wape: float
    """Sum of absolute errors over the sum of absolute values."""
    mase: float
    """Mean absolute error over that of the seasonal naive inside the history."""
    smape: float
    """In percent, 0 to 200; a step where both are 0 counts as right."""
    total_error: float
    """Mean over the windows of |sum forecast - sum actual| / |sum actual|."""


@dataclass(frozen=True)
class IntervalErrors:
    """Coverage of the two intervals, and the mean scaled interval score at 95 %."""

    coverage80: float
    coverage95: float
    msis: float


def naive_scale(values: Floats, period: int) -> float:
    """Mean absolute change over one season, the unit of MASE and MSIS."""
    lag = period if values.size > period else 1
    changes = np.abs(values[lag:] - values[:-lag])
    changes = changes[~np.isnan(changes)]
    return float(changes.mean()) if changes.size else float("nan")


def point_errors(points: Floats, actual: Floats, scale: float) -> PointErrors:
    error = np.abs(points - actual)
    known = ~np.isnan(error)
    size = np.abs(points) + np.abs(actual)
    halves = np.divide(error, size, out=np.zeros_like(error), where=known & (size > 0))
    sums = np.abs(np.where(known, actual, 0.0).sum(axis=1))
    missed = np.abs(np.where(known, points - actual, 0.0).sum(axis=1))
    volume = np.abs(actual[known]).sum()
    return PointErrors(
        wape=_ratio(error[known].sum(), volume),
        mase=_ratio(error[known].mean() if known.any() else np.nan, scale),
        smape=200 * _ratio(halves[known].sum(), float(known.sum())),
        total_error=float(np.mean(missed[sums > 0] / sums[sums > 0])) if sums.any() else np.nan,
    )


def interval_errors(
    bounds80: tuple[Floats, Floats], bounds95: tuple[Floats, Floats], actual: Floats, scale: float
) -> IntervalErrors:
    known = ~np.isnan(actual)
    low, high = bounds95
    miss = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    score = (high - low + (2 / 0.05) * miss)[known]
    return IntervalErrors(
        coverage80=_coverage(bounds80, actual),
        coverage95=_coverage(bounds95, actual),
        msis=_ratio(score.mean() if score.size else np.nan, scale),
    )


def _coverage(bounds: tuple[Floats, Floats], actual: Floats) -> float:
    known = ~np.isnan(actual)
    slack = 1e-9 * (1 + np.abs(actual))
    inside = (actual >= bounds[0] - slack) & (actual <= bounds[1] + slack)
    return float(inside[known].mean()) if known.any() else float("nan")


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator > 0 else float("nan")
