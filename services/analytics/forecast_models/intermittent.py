"""Series with many zeros: how often something is asked for, and how much each time."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.season import filled

RATES = (0.02, 0.05, 0.1, 0.2)


def demand_rate(values: Floats, horizon: int) -> Floats:
    """Teunter-Syntetos-Babai: probability of demand times its size, flat over the horizon.

    The probability fades with every empty period, so a product that died tends to zero. Rates
    are chosen by one-step squared error.
    """
    values = filled(values)
    sold = values[values > 0]
    if sold.size == 0:
        return np.zeros(horizon)
    cap = float(np.median(sold)) * 8
    best, least = 0.0, np.inf
    head = values[: max(8, values.size // 4)]
    for rate in RATES:
        probability = float(np.mean(head > 0))
        size = float(np.mean(np.minimum(sold[:8], cap)))
        loss = 0.0
        for value in values:
            capped = min(value, cap)
            loss += (capped - probability * size) ** 2
            probability += rate * ((value > 0) - probability)
            if value > 0:
                size += 0.1 * (capped - size)
        if loss < least:
            best, least = probability * size, loss
    return np.full(horizon, best)


def season_profile(values: Floats, period: int, horizon: int) -> Floats:
    """Mean by position in the season over the last seasons, half-way to the overall mean."""
    values = filled(values)
    seasons = min(values.size // period, max(2, 56 // period))
    if seasons == 0:
        return np.full(horizon, float(values.mean()))
    recent = values[-seasons * period :]
    recent = np.minimum(recent, 8 * (np.median(recent[recent > 0]) if (recent > 0).any() else 0))
    by_position = recent.reshape(seasons, period).mean(axis=0)
    trust = seasons / (seasons + 4)
    mixed = trust * by_position + (1 - trust) * recent.mean()
    return np.resize(mixed, horizon)
