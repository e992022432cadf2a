"""How many people an experiment needs, or what it can see with those it has.

The usual formula for two proportions with arms of unequal size (Fleiss, Levin and Paik 2003, eq.
4.14 without the continuity correction), two-sided at 5 %, with a power of 80 %.
"""

import math
from bisect import bisect_left
from statistics import NormalDist

SIGNIFICANCE = 0.05
POWER = 0.8
_STEPS = 1_000_000
"""Into so many the possible lifts are divided when the smallest one is looked for."""


def people_needed(rate: float, lift: float, holdout: float) -> int:
    """Give the size of both arms together.

    `rate` is the share of buyers without a campaign, `rate + lift` with it; `holdout` is the share
    that stays silent. Raises ValueError unless 0 <= rate < rate + lift <= 1 and 0 < holdout < 1.
    """
    if not (0 <= rate < rate + lift <= 1 and 0 < holdout < 1):
        raise ValueError(f"no experiment has rate {rate}, lift {lift} and hold-out {holdout}")
    treated = 1 - holdout
    with_campaign = rate + lift
    mean = treated * with_campaign + holdout * rate
    if_equal = mean * (1 - mean) * (1 / treated + 1 / holdout)
    as_meant = with_campaign * (1 - with_campaign) / treated + rate * (1 - rate) / holdout
    z_alpha, z_beta = (NormalDist().inv_cdf(at) for at in (1 - SIGNIFICANCE / 2, POWER))
    pull = z_alpha * math.sqrt(if_equal) + z_beta * math.sqrt(as_meant)
    return math.ceil((pull / lift) ** 2)


def smallest_lift(rate: float, people: int, holdout: float) -> float | None:
    """Give the smallest lift that so many people show; None where not even everybody buying would.

    `rate` and `holdout` as in `people_needed`.
    """
    most = 1 - rate
    if most <= 0 or not 0 < holdout < 1 or people_needed(rate, most, holdout) > people:
        return None
    lifts = range(1, _STEPS + 1)
    found = bisect_left(
        lifts, 1, key=lambda step: people_needed(rate, most * step / _STEPS, holdout) <= people
    )
    return most * lifts[found] / _STEPS
