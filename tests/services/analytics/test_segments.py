import numpy as np

from services.analytics.segments import SEGMENTS, assign_segments, rfm_scores

NAMES = [segment.name for segment in SEGMENTS]


def test_scores_count_the_fifths_a_customer_beats() -> None:
    days = np.arange(10)
    scores = rfm_scores(days, 10 - days, np.arange(30.0, 0.0, -3.0))
    assert scores.recency.tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores.frequency.tolist() == scores.recency.tolist()
    assert scores.monetary.tolist() == scores.recency.tolist()


def test_equal_customers_get_equal_scores() -> None:
    purchases = np.array([1, 1, 1, 1, 1, 1, 2, 2, 3, 9])
    scores = rfm_scores(np.zeros(10, dtype=int), purchases, np.zeros(10))
    assert scores.frequency.tolist() == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]
    assert set(scores.recency) == {1}


def test_every_customer_has_exactly_one_segment_and_all_segments_can_occur() -> None:
    rng = np.random.default_rng(5)
    purchases = rng.geometric(0.2, 5_000)
    scores = rfm_scores(rng.integers(0, 400, 5_000), purchases, rng.gamma(2, 50, 5_000))
    assigned = assign_segments(scores, purchases)
    assert set(assigned) == set(range(len(SEGMENTS)))


def test_a_lapsed_big_spender_is_one_that_cannot_be_lost() -> None:
    days = np.r_[np.arange(99), 399]
    purchases = np.r_[np.tile([1, 2, 3], 33), 40]
    spend = np.r_[np.linspace(10, 90, 99), 5_000.0]
    assigned = assign_segments(rfm_scores(days, purchases, spend), purchases)
    assert NAMES[assigned[-1]] == "cannot lose"
    assert NAMES[assigned[0]] == "new"
    assert NAMES[assigned[96]] == "lost one-time"


def test_rules_are_readable() -> None:
    rules = {segment.name: segment.rule for segment in SEGMENTS}
    assert rules["new"] == "recency 4-5, one purchase"
    assert rules["champion"] == "recency 4-5, frequency 4-5, money 4-5"
    assert rules["cannot lose"] == "recency 1-2, frequency 5, money 4-5"
    assert rules["hibernating"] == "everybody else"


def test_no_customers_give_no_scores() -> None:
    nothing = np.zeros(0, dtype=int)
    assert rfm_scores(nothing, nothing, np.zeros(0)).recency.size == 0
