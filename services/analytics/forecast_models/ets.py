"""Exponential smoothing with automatic choice of form.

Every form (no, damped or full trend; no, additive or multiplicative season; additive or
multiplicative error) on a grid of smoothing parameters is one candidate, and one pass over the
series filters all candidates at once. Additive and multiplicative errors share their recursions
and differ in likelihood only. The filter looks backwards only, so the same pass serves every
backtest origin: at each origin the candidates are weighed by their AICc so far.
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from services.analytics.forecast_models.arrays import Floats
from services.analytics.forecast_models.season import initial_season

Season = Literal["none", "additive", "multiplicative"]

ALPHAS = (0.03, 0.08, 0.15, 0.25, 0.4, 0.55, 0.75, 0.95)
TREND_RATIOS = (0.01, 0.05, 0.15, 0.4)
DAMPINGS = (0.8, 0.9, 0.97, 1.0)
GAMMAS = (0.01, 0.08, 0.2, 0.4)
CLIP = 4.0
"""A bulk order moves the level no further than this many scales of the usual innovation."""
KEPT = 24
"""How many of the best candidates take part in the average."""


@dataclass(frozen=True)
class SmoothedPaths:
    """Forecasts from every origin: one row an origin, one column a step."""

    points: Floats
    deviations: Floats


@dataclass(frozen=True)
class _Grid:
    """Parameters of all candidates of one season form, as parallel arrays."""

    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats
    free: Floats

    @classmethod
    def build(cls, season: Season, period: int) -> "_Grid":
        trends: list[tuple[float, float, int]] = [(0.0, 0.0, 0)]
        trends += [(r, phi, 2 + (phi < 1)) for r, phi in product(TREND_RATIOS, DAMPINGS)]
        gammas: tuple[float, ...] = (0.0,) if season == "none" else GAMMAS
        seasonal = 0 if season == "none" else period
        rows = [
            (alpha, alpha * ratio, gamma * (1 - alpha), phi, 3 + extra + seasonal)
            for alpha, (ratio, phi, extra), gamma in product(ALPHAS, trends, gammas)
        ]
        return cls(*np.array(rows, dtype=float).T)


@dataclass(frozen=True)
class _Snapshot:
    """The best candidates of one form as they stood at one origin."""

    criterion: Floats
    points: Floats
    deviations: Floats


def smooth(
    values: Floats, period: int, origins: list[int], horizon: int, *, clip: float = CLIP
) -> SmoothedPaths:
    """Forecast `horizon` steps from each origin (the number of values known there).

    Unknown values (NaN) leave the state as it is. Innovations beyond `clip` scales are cut.
    """
    blended: dict[int, tuple[Floats, Floats]] = {}
    each = sorted(set(origins))  # days that are closed share the origin of the day before
    young = [origin for origin in each if origin < 2 * period]
    grown = [origin for origin in each if origin >= 2 * period]
    groups: list[tuple[list[int], list[Season]]] = [
        (young, ["none"]),
        (grown, _forms(values, period)),
    ]
    for group, forms in groups:
        if group:
            found = [_filter(values, form, period, group, horizon, clip) for form in forms]
            for place, origin in enumerate(group):
                blended[origin] = _average([form[place] for form in found])
    paths, deviations = zip(*(blended[origin] for origin in origins), strict=True)
    return SmoothedPaths(np.array(paths), np.array(deviations))


def _forms(values: Floats, period: int) -> list[Season]:
    if period == 1:
        return ["none"]
    return ["none", "additive", "multiplicative"] if np.nanmin(values) > 0 else ["none", "additive"]


def _average(snapshots: list[_Snapshot]) -> tuple[Floats, Floats]:
    """Mean and deviation of the candidates' forecasts under their Akaike weights."""
    criterion = np.concatenate([s.criterion for s in snapshots])
    points = np.concatenate([s.points for s in snapshots])
    deviations = np.concatenate([s.deviations for s in snapshots])
    weights = np.exp(-0.5 * (criterion - criterion.min()))
    weights /= weights.sum()
    mean = weights @ points
    variance = weights @ (deviations**2 + (points - mean) ** 2)
    return mean, np.sqrt(variance)


def _filter(
    values: Floats, form: Season, period: int, origins: list[int], horizon: int, clip: float
) -> list[_Snapshot]:
    grid = _Grid.build(form, period)
    level0, slope0, season0 = initial_season(values[: min(origins)], period, form)
    size = grid.alpha.size
    level = np.full(size, level0)
    slope = np.where(grid.phi > 0, slope0, 0.0)
    season = np.repeat(season0[:, None], size, axis=1)
    multiplicative = form == "multiplicative"
    positive = bool(np.nanmin(values) > 0)
    floor = 1e-3 * max(float(np.nanmean(np.abs(values))), 1e-9)
    scale = np.full(size, np.nan)
    squares, relative, logs = np.zeros(size), np.zeros(size), np.zeros(size)
    known = 0
    snapshots = []
    wanted, unknown = set(origins), np.isnan(values).tolist()
    for t in range(max(origins) + 1):
        if t in wanted:
            state = (level, slope, np.roll(season, -t % period, axis=0))
            fit = (squares, relative if positive else None, logs, known)
            snapshots.append(_snapshot(grid, state, fit, multiplicative, horizon))
        if t == max(origins):
            break
        base = level + grid.phi * slope
        effect = season[t % period]
        expected = base * effect if multiplicative else base + effect
        if positive:
            expected = np.maximum(expected, floor)
        if unknown[t]:
            level = base
            slope = grid.phi * slope
            continue
        error = values[t] - expected
        if known == 0:
            scale = np.maximum(np.abs(error), floor)
        limit = clip * scale if known > period else np.inf
        cut = np.minimum(np.maximum(error, -limit), limit)
        scale = scale + 0.1 * (1.25 * np.minimum(np.abs(error), 2 * limit) - scale)
        known += 1
        squares = squares + cut**2
        if positive:
            relative = relative + (cut / expected) ** 2
            logs = logs + np.log(expected)
        step = cut / np.maximum(effect, 0.05) if multiplicative else cut
        level = base + grid.alpha * step
        slope = grid.phi * slope + grid.beta * step
        if form != "none":
            pull = cut / np.maximum(np.abs(base), floor) if multiplicative else cut
            season[t % period] = effect + grid.gamma * pull
    return snapshots


def _snapshot(
    grid: _Grid,
    state: tuple[Floats, Floats, Floats],
    fit: tuple[Floats, Floats | None, Floats, int],
    multiplicative: bool,  # noqa: FBT001, a form, not a switch
    horizon: int,
) -> _Snapshot:
    squares, relative, logs, known = fit
    penalty = 2 * grid.free + 2 * grid.free * (grid.free + 1) / np.maximum(known - grid.free - 1, 1)
    additive = known * np.log(np.maximum(squares / known, 1e-300)) + penalty
    criteria = [additive]
    if relative is not None:
        spread = np.log(np.maximum(relative / known, 1e-300))
        criteria.append(known * spread + 2 * logs + penalty)
    together = np.concatenate(criteria)
    best = np.argsort(together)[:KEPT]
    candidate = best % grid.alpha.size
    proportional = best >= grid.alpha.size
    points = _project(grid, state, candidate, multiplicative, horizon)
    spread_by_step = _growth(grid, candidate, state[2].shape[0], horizon)
    degrees = np.maximum(known - np.minimum(grid.free[candidate], known / 2), 1)
    absolute = np.sqrt(squares[candidate] / degrees)
    deviations = absolute[:, None] * spread_by_step
    if relative is not None:
        share = np.sqrt(relative[candidate] / degrees)
        scaled = share[:, None] * spread_by_step * np.abs(points)
        deviations = np.where(proportional[:, None], scaled, deviations)
    return _Snapshot(together[best], points, deviations)


def _project(
    grid: _Grid,
    state: tuple[Floats, Floats, Floats],
    candidate: np.ndarray,
    multiplicative: bool,  # noqa: FBT001, a form, not a switch
    horizon: int,
) -> Floats:
    level, slope, season = state
    phi = grid.phi[candidate][:, None]
    run = np.cumsum(phi ** np.arange(1, horizon + 1), axis=1)
    base = level[candidate][:, None] + slope[candidate][:, None] * run
    effects = season[np.arange(horizon) % season.shape[0]][:, candidate].T
    points: Floats = base * effects if multiplicative else base + effects
    return points


def _growth(grid: _Grid, candidate: np.ndarray, period: int, horizon: int) -> Floats:
    """How the deviation grows with the step (Hyndman et al. 2008, class 1)."""
    alpha, beta = grid.alpha[candidate][:, None], grid.beta[candidate][:, None]
    gamma, phi = grid.gamma[candidate][:, None], grid.phi[candidate][:, None]
    steps = np.arange(1, horizon)
    weights = alpha + beta * np.cumsum(phi**steps, axis=1)
    weights = weights + gamma * (steps % period == 0)
    grown = np.hstack([np.zeros((candidate.size, 1)), np.cumsum(weights**2, axis=1)])
    growth: Floats = np.sqrt(1 + grown)
    return growth
