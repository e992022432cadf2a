"""How many people an experiment needs, or what it can see with those it has.

The usual formula for two proportions with arms of unequal size (Fleiss, Levin and Paik 2003, eq.
4.14 without the continuity correction), two-sided at 5 %, with a power of 80 %.
"""

import math

from scipy import optimize, stats

SIGNIFICANCE = 0.05
POWER = 0.8


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
    z_alpha, z_beta = (float(stats.norm.ppf(at)) for at in (1 - SIGNIFICANCE / 2, POWER))
    pull = z_alpha * math.sqrt(if_equal) + z_beta * math.sqrt(as_meant)
    return math.ceil((pull / lift) ** 2)


def smallest_lift(rate: float, people: int, holdout: float) -> float | None:
    """Give the smallest lift that so many people show; None where not even everybody buying would.

    `rate` and `holdout` as in `people_needed`.
    """
    most = 1 - rate
    if most <= 0 or not 0 < holdout < 1 or people_needed(rate, most, holdout) > people:
        return None
    least = 1e-9
    found = optimize.brentq(
        lambda lift: people_needed(rate, lift, holdout) - people, least, most, xtol=1e-7
    )
    return float(found)
