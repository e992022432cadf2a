"""Forecasts that repeat the past: the yardstick, and last year scaled to today."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats, median
from services.analytics.forecast_models.season import filled


def seasonal_naive(values: Floats, period: int, horizon: int) -> Floats:
    """Repeat the last season; the last value where there is not one whole season."""
    values = filled(values)
    if values.size < period:
        return np.full(horizon, values[-1])
    return np.resize(values[-period:], horizon)


def last_year(values: Floats, year: int, recent: int, horizon: int) -> Floats:
    """Last year's values times the growth of the `recent` periods over the same a year ago.

    Growth is the ratio of sums of values cut at three medians, pulled towards 1 by half a
    window, so one bulk order in either year does not become the growth rate.
    """
    values = filled(values)
    now, then = values[-recent:], values[-recent - year : -year]
    cut_now, cut_then = (np.minimum(part, 3 * median(part) + 1e-9) for part in (now, then))
    pull = 0.1 * (cut_now.sum() + cut_then.sum()) / 2
    growth = (cut_now.sum() + pull) / max(cut_then.sum() + pull, 1e-9)
    growth = min(max(float(growth), 0.2), 5.0)
    laps = np.arange(horizon) // year
    return np.resize(values[-year:], horizon) * growth ** (laps + 1)
