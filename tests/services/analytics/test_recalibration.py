import numpy as np
import pytest

from services.analytics.arrays import FloatArray
from services.analytics.calibration import brier, calibrate
from services.analytics.recalibration import (
    STRAIGHT,
    Recalibration,
    Told,
    lasting,
    learn,
)

CUSTOMERS = 20_000


def told(line: Recalibration, *, seed: int, customers: int = CUSTOMERS) -> Told:
    """What came of customers whose true chances are the told ones bent by a line."""
    rng = np.random.default_rng(seed)
    chance: FloatArray = rng.beta(2.0, 1.0, customers)
    return Told(90, chance, rng.random(customers) < line.probability(chance))


@pytest.mark.parametrize("line", [Recalibration(0.3, 0.7), Recalibration(-0.5, 1.3), STRAIGHT])
def test_line_that_outcomes_were_drawn_with_is_found_again(line: Recalibration) -> None:
    found = learn(told(line, seed=1))
    assert found.intercept == pytest.approx(line.intercept, abs=0.05)
    assert found.slope == pytest.approx(line.slope, abs=0.05)


def test_what_is_learnt_on_one_window_makes_the_next_truer() -> None:
    window = told(Recalibration(0.3, 0.7), seed=2)
    bent = learn(told(Recalibration(0.3, 0.7), seed=3)).probability(window.p_no_order)
    assert brier(bent, window.silent) < brier(window.p_no_order, window.silent)
    assert calibrate(bent, window.silent).error < 0.02
    assert calibrate(window.p_no_order, window.silent).error > 0.04


def test_straight_line_changes_nothing_to_the_bit() -> None:
    chance = np.array([0.0, 1e-300, 0.1, 1 / 3, 1.0])
    assert STRAIGHT.probability(chance) is chance
    assert [STRAIGHT.level(level) for level in (0.1, 0.9, 0.975)] == [0.1, 0.9, 0.975]


def test_horizon_shorter_than_the_one_learnt_on_is_left_alone() -> None:
    line = learn(told(Recalibration(0.3, 0.7), seed=1))
    assert line.at(89) == STRAIGHT
    assert line.at(90) == line.at(365) == line


def test_the_certain_stays_certain() -> None:
    bent = Recalibration(-0.4, 0.8).probability(np.array([0.0, 1.0]))
    assert bent.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("level", [0.025, 0.5, 0.8, 0.975])
def test_level_of_the_model_is_bent_to_the_level_asked_for(level: float) -> None:
    line = Recalibration(-0.4, 0.8)
    assert line.probability(np.array([line.level(level)]))[0] == pytest.approx(level)


@pytest.mark.parametrize(
    "window",
    [
        told(Recalibration(0.0, 0.2), seed=4),
        told(Recalibration(0.0, 3.0), seed=4),
        Told(90, np.array([0.2, 0.4, 0.6, 0.8]), np.array([True, True, False, False])),
        Told(90, np.array([0.2, 0.7]), np.array([True, True])),
        Told(90, np.array([0.2, 0.7]), np.array([False, False])),
    ],
    ids=["no slope", "steep", "upside down", "all silent", "none silent"],
)
def test_line_that_makes_no_sense_is_not_learnt(window: Told) -> None:
    assert learn(window) == STRAIGHT


def test_lines_are_used_where_two_windows_agree() -> None:
    over_sure = Recalibration(0.0, 0.7)
    earlier, latest = told(over_sure, seed=5), told(over_sure, seed=6)
    assert lasting(earlier, latest) == (learn(earlier), learn(latest))


def test_line_of_one_window_that_the_other_does_not_know_is_not_used() -> None:
    true, over_sure = told(STRAIGHT, seed=5), told(Recalibration(0.0, 0.7), seed=6)
    assert lasting(over_sure, true) == (STRAIGHT, STRAIGHT)
    assert lasting(true, over_sure) == (STRAIGHT, STRAIGHT)


def test_true_chances_are_hardly_ever_bent() -> None:
    found = [
        lasting(
            told(STRAIGHT, seed=n, customers=2_000),
            told(STRAIGHT, seed=1_000 + n, customers=2_000),
        )
        for n in range(100)
    ]
    assert found.count((STRAIGHT, STRAIGHT)) >= 95
