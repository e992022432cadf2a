"""Classical decomposition: where smoothing starts from, and whether there is a season at all."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats


def filled(values: Floats) -> Floats:
    """Return the values with unknown ones drawn as straight lines between their neighbours."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size == values.size:
        return values
    return np.interp(np.arange(values.size), known, values[known])


def centred_mean(values: Floats, period: int) -> Floats:
    """Take the moving average over one season, NaN for half a season at either end."""
    half = period // 2
    kernel = np.full(2 * half + 1, 1.0 / period)
    if period % 2 == 0:
        kernel[[0, -1]] = 0.5 / period
    result = np.full(values.size, np.nan)
    if values.size >= kernel.size:
        result[half : values.size - half] = np.convolve(values, kernel, mode="valid")
    return result


def season_indices(values: Floats, period: int, *, ratio: bool) -> Floats:
    """Effects by position in the season, mean 1 (ratio) or 0 (difference)."""
    values = filled(values)
    trend = centred_mean(values, period)
    with np.errstate(divide="ignore", invalid="ignore"):
        detrended = values / trend if ratio else values - trend
    by_position = np.full((-(-values.size // period), period), np.nan)
    by_position.flat[: values.size] = np.where(np.isfinite(detrended), detrended, np.nan)
    neutral = 1.0 if ratio else 0.0
    seen = ~np.isnan(by_position).all(axis=0)
    indices = np.full(period, neutral)
    indices[seen] = np.nanmean(by_position[:, seen], axis=0)
    centred: Floats = indices / indices.mean() if ratio else indices - indices.mean()
    return centred


def is_seasonal(values: Floats, period: int) -> bool:
    """Test the autocorrelation at one season at the 90 % level, as the Theta method does."""
    if values.size < 3 * max(period, 2):
        return False
    centred = filled(values) - np.nanmean(values)
    total = centred @ centred
    if total <= 0:
        return False
    lags = [centred[k:] @ centred[:-k] / total for k in range(1, period + 1)]
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(np.square(lags[:-1]))) / values.size)
    return bool(abs(lags[-1]) > limit)


def initial_season(values: Floats, period: int, form: str) -> tuple[float, float, Floats]:
    """Level and slope before the first value, and the season's effects, for smoothing."""
    values = filled(values)
    ratio = form == "multiplicative"
    if form == "none":
        season = np.full(period, 0.0)
    else:
        season = season_indices(values[: 5 * period], period, ratio=ratio)
    head = values[: max(10, 2 * period)]
    effects = np.resize(season, head.size)
    flat = head / np.maximum(effects, 0.05) if ratio else head - effects
    slope, level = np.polyfit(np.arange(1, flat.size + 1), flat, 1)
    return float(level), float(slope), season
