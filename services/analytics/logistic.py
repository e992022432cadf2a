"""Logistic regression by Newton's method."""

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray

STEPS = 50
TOLERANCE = 1e-8
# Beyond, a chance is 0 or 1 to the precision of a float.
LARGEST_LOG_ODDS = 30.0


def logistic_weights(design: FloatArray, happened: BoolArray, penalty: FloatArray) -> FloatArray:
    """Return the weight of each column; shapes (people, columns), (people,) and (columns,)."""
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        log_odds = np.clip(design @ weights, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
        chance = 1 / (1 + np.exp(-log_odds))
        slope = design.T @ (happened - chance) - penalty * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if float(np.abs(step).max()) < TOLERANCE:
            break
    return weights
