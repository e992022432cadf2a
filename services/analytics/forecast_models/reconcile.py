"""Parts that add up to their whole."""

import numpy as np

from services.analytics.forecast_models.arrays import Floats


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
