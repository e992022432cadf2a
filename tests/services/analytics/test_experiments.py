"""Differences between arms: published values, and coverage of planted effects."""

import numpy as np
import pytest

from services.analytics.arrays import FloatArray
from services.analytics.experiments import (
    Arm,
    difference_of_means,
    difference_of_rates,
    probability_above,
)
from services.analytics.sample_size import people_needed, smallest_lift

RATE = 0.05
PEOPLE, HELD_OUT = 18_000, 2_000
MEAN_AMOUNT = float(np.exp(8 + 0.7**2 / 2))


def arm(people: int, buyers: int, amount: float = 100.0) -> Arm:
    return Arm(people, np.full(buyers, amount))


def drawn_arm(random: np.random.Generator, people: int, rate: float) -> Arm:
    amounts: FloatArray = np.exp(random.normal(8, 0.7, random.binomial(people, rate)))
    return Arm(people, amounts)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe (1998), Table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_interval_of_rates_is_newcombes(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = difference_of_rates(arm(first[1], first[0]), arm(second[1], second[0]))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_arm_without_people_or_buyers_gives_no_figure() -> None:
    assert difference_of_rates(arm(10, 2), arm(0, 0)) is None
    assert difference_of_means(arm(10, 2), arm(1, 1)) is None
    assert difference_of_means(arm(10, 2), arm(10, 0)) is None
    assert probability_above(arm(10, 0), arm(10, 3), 0.0) is None


def test_difference_of_money_is_welchs_where_many_bought() -> None:
    random = np.random.default_rng(1)
    first, second = drawn_arm(random, 4_000, 0.1), drawn_arm(random, 1_500, 0.1)
    found = difference_of_means(first, second)
    values = [np.r_[each.amounts, np.zeros(each.people - each.buyers)] for each in (first, second)]
    errors = [v.var(ddof=1) / v.size for v in values]
    assert found is not None
    assert found.estimate == pytest.approx(values[0].mean() - values[1].mean())
    assert found.high - found.estimate == pytest.approx(1.9609 * np.sqrt(sum(errors)), rel=1e-3)


def test_cost_lowers_the_probability_that_it_paid() -> None:
    random = np.random.default_rng(2)
    first, second = drawn_arm(random, 20_000, 0.08), drawn_arm(random, 20_000, 0.05)
    gained = first.mean - second.mean
    sure, even, never = (probability_above(first, second, gained * x) for x in (0, 1, 2))
    assert sure is not None
    assert sure > 0.99
    assert even == pytest.approx(0.5, abs=1e-6)
    assert never is not None
    assert never < 0.01


def simulate(seeds: int, lift: float) -> tuple[float, float, float]:
    """Covered shares of both intervals, and how often zero was called a win."""
    rates = money = wins = 0
    for seed in range(seeds):
        random = np.random.default_rng([seed, int(lift * 100)])
        treated = drawn_arm(random, PEOPLE, RATE + lift)
        held_out = drawn_arm(random, HELD_OUT, RATE)
        buying = difference_of_rates(treated, held_out)
        spend = difference_of_means(treated, held_out, seed)
        assert buying is not None
        assert spend is not None
        rates += buying.low <= lift <= buying.high
        money += spend.low <= lift * MEAN_AMOUNT <= spend.high
        wins += buying.low > 0
    return rates / seeds, money / seeds, wins / seeds


@pytest.mark.parametrize("lift", [0.0, 0.02, 0.05])
def test_intervals_cover_planted_effects(lift: float) -> None:
    rates, money, wins = simulate(200, lift)
    # Three standard errors of 200 seeds around 93 % and 97 %.
    assert 0.90 <= rates <= 0.995
    assert 0.88 <= money <= 0.995
    assert lift > 0 or wins <= 0.07


@pytest.mark.soak
@pytest.mark.parametrize("lift", [0.0, 0.02, 0.05])
def test_intervals_cover_planted_effects_in_2000_shops(lift: float) -> None:
    rates, money, wins = simulate(2_000, lift)
    assert 0.93 <= rates <= 0.97
    assert 0.93 <= money <= 0.97
    assert lift > 0 or wins <= 0.04


@pytest.mark.parametrize(
    ("rate", "lift", "each"),
    [
        # Fleiss, Levin and Paik, without continuity correction; equal arms, 80 % power
        (0.10, 0.05, 686),
        (0.05, 0.02, 2_213),
        (0.20, 0.10, 294),
    ],
)
def test_people_needed_are_those_of_the_usual_formula(rate: float, lift: float, each: int) -> None:
    assert people_needed(rate, lift, 0.5) == pytest.approx(2 * each, rel=0.03)


def test_experiment_of_the_needed_size_sees_the_lift_four_times_in_five() -> None:
    people = people_needed(0.06, 0.03, 0.1)
    random = np.random.default_rng(3)
    held_out = round(people * 0.1)
    seen = 0
    for _ in range(1_000):
        first = random.binomial(people - held_out, 0.09) / (people - held_out)
        second = random.binomial(held_out, 0.06) / held_out
        mean = (first * (people - held_out) + second * held_out) / people
        error = np.sqrt(mean * (1 - mean) * (1 / (people - held_out) + 1 / held_out))
        seen += (first - second) / error > 1.96
    assert 0.75 <= seen / 1_000 <= 0.85


def test_smallest_lift_is_the_one_that_needs_so_many_people() -> None:
    lift = smallest_lift(0.05, 10_000, 0.1)
    assert lift is not None
    assert people_needed(0.05, lift, 0.1) == pytest.approx(10_000, abs=2)
    assert smallest_lift(0.05, 4, 0.5) is None
    with pytest.raises(ValueError, match="no experiment"):
        people_needed(0.9, 0.2, 0.1)
