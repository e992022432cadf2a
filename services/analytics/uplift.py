"""Whom an experiment says to write to first: estimated uplift against propensity and chance.

A T-learner is one logistic regression for each arm; its uplift is the difference of the two
probabilities (Kuenzel et al. 2019). Rankings are compared by their Qini (Radcliffe 2007): the area
between the extra buyers among the best-ranked share of people and those of a random order, over
all shares, as a share of people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.difference import Difference
from services.analytics.logistic import logistic_weights

RIDGE = 1.0
"""Of standardised features; it also keeps perfectly separated arms finite."""
RESAMPLES = 400
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Experiment:
    """People of one or more experiments: `features` (people, k), in which arm, who bought."""

    features: FloatArray
    treated: BoolArray
    bought: BoolArray

    def only(self, which: BoolArray | IntArray) -> "Experiment":
        """Keep some of the people, or put them in another order."""
        return Experiment(self.features[which], self.treated[which], self.bought[which])


@dataclass(frozen=True, slots=True)
class Logistic:
    """Log-odds are linear in standardised features."""

    mean: FloatArray
    spread: FloatArray
    weights: FloatArray
    """Shape (1 + k,), the constant first."""

    def probability(self, features: FloatArray) -> FloatArray:
        """Give the probability of buying, shape (people,)."""
        odds = self.weights[0] + ((features - self.mean) / self.spread) @ self.weights[1:]
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class TLearner:
    """What buying looks like with and without the campaign."""

    treated: Logistic
    held_out: Logistic

    def uplift(self, features: FloatArray) -> FloatArray:
        """Give how much the campaign raises the probability of buying."""
        return self.treated.probability(features) - self.held_out.probability(features)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Qini of each ranking on people it was not fitted on, with 95 % intervals."""

    uplift: Difference
    propensity: Difference
    random: Difference
    gain: Difference
    """Of uplift over propensity, on the same resamples."""
    people: int

    @property
    def best(self) -> Literal["uplift", "propensity", "value"]:
        """Name the ranking to use: uplift only where it surely beats both others."""
        if self.uplift.low > 0 and self.gain.low > 0:
            return "uplift"
        return "propensity" if self.propensity.low > 0 else "value"


def fit_logistic(features: FloatArray, bought: BoolArray) -> Logistic:
    """Fit by Newton's method with a small ridge; raises ValueError without people."""
    if not bought.size:
        raise ValueError("nobody to learn from")
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(bought.size), (features - mean) / spread])
    penalty = np.full(design.shape[1], RIDGE)
    penalty[0] = 1e-6
    return Logistic(mean, spread, logistic_weights(design, bought, penalty))


def fit_t_learner(seen: Experiment) -> TLearner:
    """Fit each arm by itself; raises ValueError where one is empty."""
    return TLearner(
        fit_logistic(seen.features[seen.treated], seen.bought[seen.treated]),
        fit_logistic(seen.features[~seen.treated], seen.bought[~seen.treated]),
    )


def fit_propensity(seen: Experiment) -> Logistic:
    """Fit who buys without a campaign; raises ValueError without held-out people."""
    return fit_logistic(seen.features[~seen.treated], seen.bought[~seen.treated])


def qini(score: FloatArray, people: Experiment) -> float:
    """Give the Qini of writing to the highest scores first; 0 is chance."""
    return _area(people.only(_ranked(score)), np.ones(score.size))


def compare_rankings(
    uplift: FloatArray, propensity: FloatArray, people: Experiment, seed: int = 0
) -> Comparison:
    """Measure both rankings and a random one on people neither was fitted on."""
    random = np.random.default_rng(seed)
    by_chance = random.random(uplift.size)
    orders = [_ranked(score) for score in (uplift, propensity, by_chance)]
    lists = [people.only(order) for order in orders]
    seen = [_area(each, np.ones(uplift.size)) for each in lists]
    drawn = np.empty((RESAMPLES, len(lists)))
    for row in range(RESAMPLES):
        times = random.poisson(1.0, uplift.size).astype(np.float64)
        drawn[row] = [_area(each, times[order]) for each, order in zip(lists, orders, strict=True)]
    gain = drawn[:, 0] - drawn[:, 1]
    return Comparison(
        uplift=_interval(seen[0], drawn[:, 0]),
        propensity=_interval(seen[1], drawn[:, 1]),
        random=_interval(seen[2], drawn[:, 2]),
        gain=_interval(seen[0] - seen[1], gain),
        people=int(uplift.size),
    )


def cross_fitted(
    experiments: list[Experiment],
    fit: Callable[[Experiment], Callable[[FloatArray], FloatArray]],
) -> FloatArray:
    """Score everybody by a model fitted on the other experiments only, in the order given."""
    scores = []
    for own in range(len(experiments)):
        others = [each for place, each in enumerate(experiments) if place != own]
        scores.append(fit(pooled(others))(experiments[own].features))
    return np.concatenate(scores)


def pooled(experiments: list[Experiment]) -> Experiment:
    """Put the people of several experiments together."""
    return Experiment(
        np.concatenate([each.features for each in experiments]),
        np.concatenate([each.treated for each in experiments]),
        np.concatenate([each.bought for each in experiments]),
    )


def _ranked(score: FloatArray) -> IntArray:
    return np.argsort(-score, kind="stable")


def _area(ranked: Experiment, times: FloatArray) -> float:
    """Give the Qini of people in this order, each counted so many times."""
    of_treated, of_held_out = times * ranked.treated, times * ~ranked.treated
    if not of_treated.sum() or not of_held_out.sum():
        return 0.0
    gained = (
        np.cumsum(of_treated * ranked.bought) / of_treated.sum()
        - np.cumsum(of_held_out * ranked.bought) / of_held_out.sum()
    )
    before = np.concatenate([[0.0], gained[:-1]])
    area = float(((gained + before) / 2) @ (times / times.sum()))
    return area - float(gained[-1]) / 2


def _interval(estimate: float, drawn: FloatArray) -> Difference:
    low, high = np.quantile(drawn, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    return Difference(estimate, float(low), float(high))
