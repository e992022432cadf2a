import numpy as np
import pytest

from services.analytics.history import CustomerHistory


def history(frequency: list[int], recency: list[int], age: list[int]) -> CustomerHistory:
    size = len(frequency)
    return CustomerHistory(
        np.array(frequency), np.array(recency), np.array(age), np.zeros(size), np.ones(size)
    )


def test_days_since_the_last_purchase_are_age_less_recency() -> None:
    assert history([0, 2], [0, 30], [10, 100]).days_since_last.tolist() == [10, 70]


@pytest.mark.parametrize(
    ("frequency", "recency", "age"),
    [([1], [20], [10]), ([-1], [0], [10]), ([0], [5], [10]), ([1], [0], [10]), ([1], [-3], [10])],
)
def test_impossible_histories_are_refused(
    frequency: list[int], recency: list[int], age: list[int]
) -> None:
    with pytest.raises(ValueError, match="before the first one or after"):
        history(frequency, recency, age)


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry a customer"):
        history([1, 2], [3], [10])


def test_a_sample_is_seeded_and_without_repetition() -> None:
    everyone = history([0] * 500, [0] * 500, list(range(500)))
    sample = everyone.sample(100, seed=3)
    assert np.unique(sample.age_days).size == 100
    assert (everyone.sample(100, seed=3).age_days == sample.age_days).all()
    assert everyone.sample(500, seed=3) is everyone
