"""Parts that add up to their whole."""

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.result import Forecast, Interval


def reconcile(whole: Forecast, parts: Sequence[Forecast]) -> tuple[Forecast, list[Forecast]]:
    """Make forecasts of the parts and of their whole agree, step by step.

    Points add up exactly. Intervals move with their points and keep their widths, except that
    the whole's never reach beyond the sums of the parts' bounds, which would be a contradiction.
    """
    if any(part.dates != whole.dates for part in parts):
        raise ValueError("The whole and its parts must be forecast for the same periods.")
    before = np.array([part.point for part in parts])
    after = reconcile_points(
        np.array(whole.point),
        before,
        _half_width(whole),
        np.array([_half_width(part) for part in parts]),
    )
    moved = [_moved(part, points) for part, points in zip(parts, after, strict=True)]
    total = _moved(whole, after.sum(axis=0))
    low80, low95 = (_sums(moved, name) for name in ("lo80", "lo95"))
    high80, high95 = (_sums(moved, name) for name in ("hi80", "hi95"))
    total = replace(
        total,
        lo80=tuple(np.maximum(total.lo80, low80).tolist()),
        lo95=tuple(np.maximum(total.lo95, low95).tolist()),
        hi80=tuple(np.minimum(total.hi80, high80).tolist()),
        hi95=tuple(np.minimum(total.hi95, high95).tolist()),
    )
    return total, moved


def _half_width(of: Forecast) -> Floats:
    half: Floats = (np.array(of.hi80) - np.array(of.lo80)) / 2
    return half


def _sums(parts: Sequence[Forecast], name: str) -> Floats:
    return np.asarray(np.sum([getattr(part, name) for part in parts], axis=0), dtype=float)


def _moved(old: Forecast, points: Floats) -> Forecast:
    """Shift a forecast to other points; what was not negative stays so."""
    shift = points - np.array(old.point)
    floor = 0.0 if min(old.lo95) >= 0 else -np.inf

    def follow(bound: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(np.maximum(np.array(bound) + shift, floor).tolist())

    total = float(points.sum())
    gap = total - old.total
    interval = (max(bound + gap, floor) for bound in astuple(old.total_interval))
    return replace(
        old,
        point=tuple(points.tolist()),
        lo80=follow(old.lo80),
        hi80=follow(old.hi80),
        lo95=follow(old.lo95),
        hi95=follow(old.hi95),
        total=total,
        total_interval=Interval(*interval),
    )


def reconcile_points(whole: Floats, parts: Floats, whole_sd: Floats, part_sds: Floats) -> Floats:
    """Adjust parts (one row each) so that all rows of forecasts agree with one another.

    The gap between the whole's own forecast and the sum of its parts is closed by the variance
    of each (MinT with a diagonal covariance): a part known well moves little, and the sum moves
    towards whichever of the two is known better. Parts that were not negative stay so; the sum
    of the returned parts is the reconciled whole.
    """
    variances = part_sds**2
    total = variances.sum(axis=0) + whole_sd**2
    even = np.full_like(parts, 1.0 / (parts.shape[0] + 1))
    shares = np.divide(variances, total, out=even, where=total > 0)
    adjusted = parts + shares * (whole - parts.sum(axis=0))
    non_negative = (parts >= 0).all(axis=0)
    target = adjusted.sum(axis=0)
    clipped = np.maximum(adjusted, 0.0)
    sums = clipped.sum(axis=0)
    factor = np.divide(np.maximum(target, 0.0), sums, out=np.ones_like(sums), where=sums > 0)
    agreed: Floats = np.where(non_negative, clipped * factor, adjusted)
    return agreed
