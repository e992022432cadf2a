"""The Theta method: smoothing of the seasonally adjusted series plus half its linear trend."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.season import filled, recent_indices

ALPHAS = np.linspace(0.05, 0.95, 19)


def theta(values: Floats, period: int, horizon: int) -> Floats:
    """Forecast `horizon` steps after the last value (Assimakopoulos and Nikolopoulos 2000)."""
    values = filled(values)
    ratio = bool(values.min() > 0)
    seasonal = period > 1 and values.size >= 2 * period
    if seasonal:
        indices = recent_indices(values, period, ratio=ratio)
        effects = np.resize(indices, values.size)
        ahead = indices[(values.size + np.arange(horizon)) % period]
        adjusted = values / effects if ratio else values - effects
    else:
        adjusted = values
    level, alpha = _smoothed(adjusted)
    slope = np.polyfit(np.arange(adjusted.size), adjusted, 1)[0]
    lag = (1 - (1 - alpha) ** adjusted.size) / alpha
    base: Floats = level + 0.5 * slope * (np.arange(horizon) + lag)
    if seasonal:
        base = base * ahead if ratio else base + ahead
    return base


def _smoothed(values: Floats) -> tuple[float, float]:
    """Return the final level, and the constant with the least one-step error."""
    level = np.full(ALPHAS.size, values[0])
    squares = np.zeros(ALPHAS.size)
    for value in values[1:]:
        error = value - level
        squares += error**2
        level = level + ALPHAS * error
    best = int(np.argmin(squares))
    return float(level[best]), float(ALPHAS[best])
