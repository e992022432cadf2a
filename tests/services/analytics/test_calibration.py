import numpy as np
import pytest

from services.analytics.calibration import brier, calibrate, coverage


def test_brier_is_zero_for_foresight_and_a_quarter_for_a_coin() -> None:
    happened = np.array([True, False, False, True])
    assert brier(happened.astype(float), happened) == 0.0
    assert brier(np.full(4, 0.5), happened) == 0.25


def test_true_probabilities_are_calibrated_and_flattered_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    chance = rng.random(50_000)
    happened = rng.random(chance.size) < chance
    assert calibrate(chance, happened).error < 0.01
    assert calibrate(np.clip(chance + 0.1, 0, 1), happened).error > 0.08


def test_equal_probabilities_share_one_group() -> None:
    probability = np.r_[np.full(60, 0.2), np.full(40, 0.9)]
    happened = np.r_[np.arange(60) < 12, np.arange(40) < 30]
    groups = calibrate(probability, happened)
    assert groups.customers.tolist() == [60, 40]
    assert groups.observed.tolist() == [0.2, 0.75]
    assert groups.error == pytest.approx(0.06)


def test_coverage_counts_the_bounds_as_inside() -> None:
    low, high = np.array([0, 1, 2]), np.array([1, 2, 3])
    assert coverage(low, high, np.array([1, 1, 4])) == pytest.approx(2 / 3)
