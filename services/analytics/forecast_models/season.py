"""Where smoothing starts from, and the season of the last few years."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats

RECENT_SEASONS = 5
RECENT_VALUES = 60
"""The season is that of the newest five, or of this many values where these are more."""
BOW_FROM = 3
"""Seasons from which the trend under the season may bend."""


def filled(values: Floats) -> Floats:
    """Return the values with unknown ones drawn as straight lines between their neighbours."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size == values.size:
        return values
    return np.interp(np.arange(values.size), known, values[known])


def season_indices(values: Floats, period: int, *, ratio: bool) -> Floats:
    """Effects by position in the season (mean 1 as a ratio, 0 as a difference), shrunk.

    Needs two whole seasons. A bowed line and the positions are fitted together, and of the
    positions is kept what they explain beyond chance: 1 - 1/F, the positive-part James-Stein
    factor. A series without a season so has effects near nothing, and no test need decide.
    """
    target = np.log(values) if ratio else values
    place = np.arange(values.size)
    line = (place - place.mean()) / values.size
    trend = [line, line**2] if values.size >= BOW_FROM * period else [line]
    design = np.column_stack([np.equal.outer(place % period, np.arange(period)), *trend])
    coefficients, *_ = np.linalg.lstsq(design, target, rcond=None)
    residual = target - design @ coefficients
    effects: Floats = coefficients[:period] - coefficients[:period].mean()
    within = residual @ residual / max(values.size - design.shape[1], 1)
    between = effects @ effects / (period - 1) * (values.size / period)
    effects = effects * (max(0.0, 1 - within / between) if between > 0 else 0.0)
    if not ratio:
        return effects
    ratios = np.exp(effects)
    return np.asarray(ratios / ratios.mean(), dtype=float)


def recent_indices(values: Floats, period: int, *, ratio: bool) -> Floats:
    """`season_indices` of the newest seasons; position 0 is that of the first value."""
    count = min(values.size, max(RECENT_SEASONS * period, RECENT_VALUES // period * period))
    indices = season_indices(values[-count:], period, ratio=ratio)
    return np.roll(indices, (values.size - count) % period)


def initial_season(values: Floats, period: int, form: str) -> tuple[float, float, Floats]:
    """Level and slope before the first value, and the season's effects, for smoothing."""
    values = filled(values)
    ratio = form == "multiplicative"
    if form == "none":
        season = np.full(period, 0.0)
    else:
        season = season_indices(values[: RECENT_SEASONS * period], period, ratio=ratio)
    head = values[: max(10, 2 * period)]
    effects = np.resize(season, head.size)
    flat = head / np.maximum(effects, 0.05) if ratio else head - effects
    slope, level = np.polyfit(np.arange(1, flat.size + 1), flat, 1)
    return float(level), float(slope), season
