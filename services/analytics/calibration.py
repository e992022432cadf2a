"""How true a set of predictions was, once the outcome is known."""

from dataclasses import dataclass

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """Predicted and seen frequency by group of equal size, from the least likely up."""

    predicted: FloatArray
    observed: FloatArray
    customers: IntArray

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of both, weighted by customers."""
        distance = np.abs(self.predicted - self.observed)
        return float((distance * self.customers).sum() / self.customers.sum())


def brier(probability: FloatArray, happened: BoolArray) -> float:
    """Mean squared distance of a probability from what happened (0 or 1); less is better."""
    return float(np.mean((probability - happened) ** 2))


def calibrate(probability: FloatArray, happened: BoolArray, groups: int = 10) -> Calibration:
    """Decile calibration; equal probabilities stay in one group, so groups may be fewer."""
    order = np.argsort(probability, kind="stable")
    ordered = probability[order]
    cuts = np.searchsorted(ordered, ordered[(np.arange(groups) * ordered.size) // groups])
    starts = np.unique(cuts)
    sizes = np.diff(np.r_[starts, ordered.size])
    return Calibration(
        np.add.reduceat(ordered, starts) / sizes,
        np.add.reduceat(happened[order].astype(np.float64), starts) / sizes,
        sizes,
    )


def coverage(
    low: FloatArray | IntArray, high: FloatArray | IntArray, actual: FloatArray | IntArray
) -> float:
    """Share of outcomes inside their interval, bounds included."""
    return float(np.mean((low <= actual) & (actual <= high)))
