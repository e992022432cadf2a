"""What a campaign brought: the treated against those held out at random, never against others.

Rates are compared by Newcombe's hybrid score interval (Newcombe 1998, method 10), money per person
by Welch's t, or, where few bought, by resampling the buyers.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from services.analytics.arrays import FloatArray
from services.analytics.difference import Difference

CONFIDENCE = 0.95
FEW_BUYERS = 50
"""With fewer buyers in an arm, Welch's interval is too narrow for skewed amounts."""
RESAMPLES = 4_000
_FEWEST_PEOPLE = 2
"""One person alone has no spread."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an experiment. `amounts` are the sums of those who bought, shape (buyers,).

    All others of the `people` brought 0.
    """

    people: int
    amounts: FloatArray

    @property
    def buyers(self) -> int:
        return int(self.amounts.size)

    @property
    def mean(self) -> float:
        """Per person; there must be one."""
        return float(self.amounts.sum()) / self.people

    @property
    def variance(self) -> float:
        """Per person, unbiased; there must be two."""
        squares = float(np.square(self.amounts).sum())
        return max(0.0, squares - self.people * self.mean**2) / (self.people - 1)


def difference_of_rates(treated: Arm, held_out: Arm) -> Difference | None:
    """Compare shares of buyers; None where an arm is empty."""
    if not treated.people or not held_out.people:
        return None
    first, second = treated.buyers / treated.people, held_out.buyers / held_out.people
    low1, high1 = _wilson(treated.buyers, treated.people)
    low2, high2 = _wilson(held_out.buyers, held_out.people)
    estimate = first - second
    return Difference(
        estimate,
        estimate - math.hypot(first - low1, high2 - second),
        estimate + math.hypot(high1 - first, second - low2),
    )


def difference_of_means(treated: Arm, held_out: Arm, seed: int = 0) -> Difference | None:
    """Compare amounts per person; None where an arm has fewer than two people or nobody bought.

    Without a single buyer on one side its spread is unknown, and so is the interval.
    """
    if not _is_comparable(treated, held_out):
        return None
    if min(treated.buyers, held_out.buyers) < FEW_BUYERS:
        return _resampled(treated, held_out, seed)
    estimate = treated.mean - held_out.mean
    error, freedom = _welch(treated, held_out)
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * error
    return Difference(estimate, estimate - reach, estimate + reach)


def probability_above(treated: Arm, held_out: Arm, cost: float) -> float | None:
    """How likely the true difference per person is above `cost`, with a flat prior (Welch's t).

    None where `difference_of_means` is None.
    """
    if not _is_comparable(treated, held_out):
        return None
    error, freedom = _welch(treated, held_out)
    gained = treated.mean - held_out.mean - cost
    if error == 0:
        return float(gained > 0)
    return float(stats.t.cdf(gained / error, freedom))


def _is_comparable(treated: Arm, held_out: Arm) -> bool:
    is_peopled = min(treated.people, held_out.people) >= _FEWEST_PEOPLE
    return is_peopled and treated.buyers > 0 and held_out.buyers > 0


def _welch(treated: Arm, held_out: Arm) -> tuple[float, float]:
    """Give the standard error of the difference, and Welch-Satterthwaite degrees of freedom."""
    parts = [arm.variance / arm.people for arm in (treated, held_out)]
    total = sum(parts)
    if total == 0:
        return 0.0, float(min(treated.people, held_out.people) - 1)
    down = sum(
        part**2 / (arm.people - 1) for part, arm in zip(parts, (treated, held_out), strict=True)
    )
    return math.sqrt(total), total**2 / down


def _resampled(treated: Arm, held_out: Arm, seed: int) -> Difference:
    """Give the studentised bootstrap's interval, in which skew moves the bounds (Hall 1988)."""
    random = np.random.default_rng(seed)
    first, second = (_resample(arm, random) for arm in (treated, held_out))
    estimate = treated.mean - held_out.mean
    error, _ = _welch(treated, held_out)
    errors = np.sqrt(first[1] + second[1])
    usable = errors > 0
    if error == 0 or not usable.any():
        return Difference(estimate, estimate, estimate)
    pulls = ((first[0] - second[0] - estimate)[usable]) / errors[usable]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(pulls, [tail, 1 - tail])
    return Difference(estimate, estimate - float(high) * error, estimate - float(low) * error)


def _resample(arm: Arm, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw means and their squared errors; who did not buy is drawn as a mere number."""
    buyers = random.binomial(arm.people, arm.buyers / arm.people, RESAMPLES)
    buyers = np.minimum(buyers, 20 * FEW_BUYERS + arm.buyers)
    drawn = random.choice(arm.amounts, (RESAMPLES, int(buyers.max())))
    drawn[np.arange(drawn.shape[1]) >= buyers[:, None]] = 0.0
    means = drawn.sum(axis=1) / arm.people
    squares = np.square(drawn).sum(axis=1)
    variances = np.maximum(0.0, squares - arm.people * means**2) / (arm.people - 1)
    return means, variances / arm.people


def _wilson(successes: int, trials: int) -> tuple[float, float]:
    """Give Wilson's score interval of a share, kept inside 0 and 1 against rounding."""
    z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
    share = successes / trials
    middle = share + z * z / (2 * trials)
    reach = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    down = 1 + z * z / trials
    return max(0.0, (middle - reach) / down), min(1.0, (middle + reach) / down)
