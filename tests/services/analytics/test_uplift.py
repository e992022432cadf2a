"""Uplift from experiments: fits against known odds, Qini against known curves, the choice."""

import numpy as np
import pytest

from services.analytics.arrays import FloatArray
from services.analytics.uplift import (
    Experiment,
    compare_rankings,
    cross_fitted,
    fit_logistic,
    fit_propensity,
    fit_t_learner,
    pooled,
    qini,
)

PEOPLE = 12_000


def drawn(seed: int, *, changes: float, leads: float) -> Experiment:
    """An experiment in which feature 0 says whom it changes, and feature 1 who buys anyway."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(PEOPLE, 3))
    treated = random.random(PEOPLE) < 0.5
    odds = -2 + leads * features[:, 1] + treated * (0.4 + changes * features[:, 0])
    return Experiment(features, treated, random.random(PEOPLE) < 1 / (1 + np.exp(-odds)))


def test_logistic_regression_finds_the_odds_that_were_planted() -> None:
    random = np.random.default_rng(1)
    features: FloatArray = random.normal(2.0, 3.0, size=(40_000, 2))
    odds = -1 + 0.5 * (features[:, 0] - 2) - 0.25 * (features[:, 1] - 2)
    model = fit_logistic(features, random.random(40_000) < 1 / (1 + np.exp(-odds)))
    planted = np.array([-1, 1.5, -0.75])
    assert np.abs(model.weights - planted).max() < 0.06
    assert np.abs(model.probability(features) - 1 / (1 + np.exp(-odds))).max() < 0.04


def test_arm_without_buyers_still_gives_probabilities() -> None:
    features = np.random.default_rng(2).normal(size=(50, 2))
    chance = fit_logistic(features, np.zeros(50, dtype=np.bool_)).probability(features)
    assert (chance < 0.05).all()
    with pytest.raises(ValueError, match="nobody"):
        fit_logistic(features[:0], np.zeros(0, dtype=np.bool_))


def test_qini_is_the_area_above_a_random_order() -> None:
    # Of four people two buy because they were written to; ranked first, the curve climbs to 1
    # after half of the people and stays there.
    people = Experiment(
        np.zeros((8, 1)),
        np.array([True, False] * 4),
        np.array([True, False, True, False, False, False, False, False]),
    )
    first = np.arange(8, 0, -1, dtype=np.float64)
    best, worst = qini(first, people), qini(-first, people)
    assert best == pytest.approx(0.5 * 0.75 - 0.25, abs=0.04)
    assert worst == pytest.approx(-best, abs=0.08)


def ranked(experiments: list[Experiment]) -> str:
    return compare_rankings(
        cross_fitted(experiments, lambda each: fit_t_learner(each).uplift),
        cross_fitted(experiments, lambda each: fit_propensity(each).probability),
        pooled(experiments),
    ).best


def test_uplift_is_used_only_where_it_surely_beats_propensity_and_chance() -> None:
    assert ranked([drawn(n, changes=0.8, leads=0.3) for n in (1, 2)]) == "uplift"
    assert ranked([drawn(n, changes=0.0, leads=1.2) for n in (3, 4)]) == "propensity"
    assert ranked([drawn(n, changes=0.0, leads=0.0) for n in (5, 6)]) == "value"


def test_interval_of_a_random_order_holds_zero_and_that_of_uplift_holds_the_truth() -> None:
    experiments = [drawn(n, changes=0.8, leads=0.3) for n in (7, 8)]
    found = compare_rankings(
        cross_fitted(experiments, lambda each: fit_t_learner(each).uplift),
        cross_fitted(experiments, lambda each: fit_propensity(each).probability),
        pooled(experiments),
    )
    many = [drawn(n, changes=0.8, leads=0.3) for n in range(20, 30)]
    truth = float(np.mean([qini(each.features[:, 0], each) for each in many]))
    assert found.random.low < 0 < found.random.high
    assert found.uplift.low < truth < found.uplift.high
    assert found.people == 2 * PEOPLE
