"""Probabilities bent to what a shop's own past showed.

A line through the log-odds of "no more than k orders by t": an intercept moves all, a slope below
one says that the models are too sure of themselves. One line serves every count, date and horizon
from the one it was learnt on, so bent figures cannot contradict each other. Shorter horizons are
left alone: of a grocer whose 90 days want a slope of 0.8, the 30 days want none (decision 18).
Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999, without his smoothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from services.analytics.arrays import BoolArray, FloatArray
from services.analytics.logistic import logistic_weights

# A line outside says that something else is wrong than being too sure or not sure enough.
SLOPES = (0.4, 2.5)
# Where probabilities are so near 0 or 1 their log-odds would decide the line by themselves.
LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Recalibration:
    """log-odds of no more than k orders by t -> intercept + slope x log-odds; 0 and 1 stay."""

    intercept: float = 0.0
    slope: float = 1.0
    from_days: int = 0
    """The horizon it was learnt on; shorter ones are left alone."""

    @property
    def is_straight(self) -> bool:
        """Nothing is bent: every figure is the model's own, to the bit."""
        return self.intercept == 0.0 and self.slope == 1.0

    def at(self, horizon_days: int) -> "Recalibration":
        """Return what to bend the figures of this horizon with."""
        return self if horizon_days >= self.from_days else STRAIGHT

    def probability(self, of_model: FloatArray) -> FloatArray:
        """Bend the model's probabilities of no more than so many orders."""
        if self.is_straight:
            return of_model
        bent: FloatArray = special.expit(self.intercept + self.slope * special.logit(of_model))
        return bent

    def level(self, level: float) -> float:
        """Find the model's level whose quantile is the one of this level after bending."""
        if self.is_straight:
            return level
        return float(special.expit((special.logit(level) - self.intercept) / self.slope))


STRAIGHT = Recalibration()


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of each customer in a past window (P of no order), and whether it came so."""

    days: int
    p_no_order: FloatArray
    silent: BoolArray


def learn(told: Told) -> Recalibration:
    """Fit the line by maximum likelihood.

    Straight where there is none to learn: all were silent or none, or the slope is outside SLOPES.
    """
    if told.silent.all() or not told.silent.any():
        return STRAIGHT
    log_odds = special.logit(np.clip(told.p_no_order, LEAST, 1.0 - LEAST))
    design = np.column_stack([np.ones(log_odds.size), log_odds])
    # One probability for everybody leaves the slope open.
    intercept, slope = map(float, logistic_weights(design, told.silent, np.full(2, 1e-6)))
    least, most = SLOPES
    is_sensible = np.isfinite(intercept) and least <= slope <= most
    return Recalibration(intercept, slope, told.days) if is_sensible else STRAIGHT


def lasting(earlier: Told, latest: Told) -> tuple[Recalibration, Recalibration]:
    """Return the lines of both windows if they are no chance of one of them, else straight ones.

    The earlier line must have made the latest window truer (a lower Brier score), and both lines
    the window they were not learnt on by more than the standard error of that. Where there is
    nothing to bend, that keeps a line in two of a hundred drawn shops; asked of the earlier line
    alone, in four to eight, and a line that is needed is found less often.
    """
    before, now = learn(earlier), learn(latest)
    ahead, back = _gain(before, latest), _gain(now, earlier)
    noise = np.hypot(ahead.std() / np.sqrt(ahead.size), back.std() / np.sqrt(back.size))
    if ahead.mean() > 0.0 and ahead.mean() + back.mean() > noise:
        return before, now
    return STRAIGHT, STRAIGHT


def _gain(line: Recalibration, told: Told) -> FloatArray:
    """How much each customer's squared error falls: what is common to both is no noise."""
    plain = (told.p_no_order - told.silent) ** 2
    gain: FloatArray = plain - (line.probability(told.p_no_order) - told.silent) ** 2
    return gain
