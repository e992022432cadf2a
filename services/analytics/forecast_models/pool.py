"""One forecast out of many: members weighed by how they did on this very series."""

from dataclasses import dataclass

import numpy as np

from services.analytics.forecast_models.arrays import Floats, Rows
from services.analytics.forecast_models.members import Cube
from services.analytics.forecast_models.periods import Frequency

POWER = 3
JUDGES = 6
"""Finished origins whose errors count."""
PATIENCE = 2.0
"""Finished origins at which the errors weigh as much as the prior."""
UNTESTED = 0.8
"""Standing, against the best, of a member that no finished origin could try: too new to judge."""
PRIOR = {
    Frequency.DAILY: {"smoothing": 1.0, "calendar": 1.0, "theta": 0.5, "last season": 0.05},
    Frequency.WEEKLY: {"smoothing": 1.0, "calendar": 1.0, "theta": 1.0, "last season": 0.05},
    Frequency.MONTHLY: {"smoothing": 1.0, "calendar": 0.2, "theta": 1.0, "last season": 0.02},
}
OTHERS = {"last year": 0.2, "demand rate": 2.0, "season profile": 1.0}


@dataclass(frozen=True)
class Pool:
    """The pooled path of every origin and the weights that made it (rows: origins)."""

    names: tuple[str, ...]
    weights: Floats
    points: Floats


def finished(cube: Cube, row: int) -> Rows:
    """Rows whose tested steps were all in the past at the origin of `row`."""
    origins = np.array(cube.origins)
    return np.flatnonzero(origins + cube.task.tested <= origins[row])


def pool_members(cube: Cube) -> Pool:
    names = tuple(cube.points)
    stack = np.stack([cube.points[name] for name in names])
    losses = _losses(cube, stack)
    prior = np.array([_prior(cube, name) for name in names])
    rows = range(len(cube.origins))
    weights = np.array([_weights(cube, losses, prior, stack, row) for row in rows])
    points = np.einsum("rm,mrs->rs", weights, np.nan_to_num(stack))
    closed = np.array([cube.task.closed(origin) for origin in cube.origins])
    return Pool(names, weights, np.where(closed, 0.0, points))


def _prior(cube: Cube, name: str) -> float:
    return OTHERS.get(name, 0.0) or PRIOR[cube.task.frequency][name]


def _losses(cube: Cube, stack: Floats) -> Floats:
    """Error by member and origin; of running totals where single periods are mostly empty."""
    error = (stack - cube.actual)[:, :, : cube.task.tested]
    if cube.task.intermittent:
        error = np.nancumsum(error, axis=2) + 0 * stack[:, :, : cube.task.tested]
    known = ~np.isnan(cube.actual[:, : cube.task.tested])
    absolute = np.where(known, np.abs(error), 0.0)
    losses: Floats = absolute.sum(axis=2) / np.maximum(known.sum(axis=1), 1)
    return losses


def _weights(cube: Cube, losses: Floats, prior: Floats, stack: Floats, row: int) -> Floats:
    able = ~np.isnan(stack[:, row, 0])
    judges = finished(cube, row)[-JUDGES:]
    loss = losses[:, judges]
    seen = ~np.isnan(loss).any(axis=1) & able
    trust = judges.size / (judges.size + PATIENCE)
    scores = prior.copy()
    if judges.size and seen.any():
        mean = loss.mean(axis=1)
        reference = float(mean[seen].min()) + 1e-12
        ratio = np.where(seen, (reference + 1e-12) / (np.maximum(mean, 0) + 1e-12), UNTESTED)
        scores = prior ** (1 - trust) * np.nan_to_num(ratio) ** (POWER * trust)
    scores = np.where(able, scores, 0.0)
    weights: Floats = scores / scores.sum()
    return weights
