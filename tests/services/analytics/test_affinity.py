from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from services.analytics.affinity import (
    count_pairs,
    order_matrix,
    reaches,
    smallest_count,
    wilson_lower,
)
from services.analytics.arrays import Places, ranked


def matrix_of(*baskets: str) -> sparse.csr_array:
    """One letter a product."""
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    product = np.array([ord(letter) - ord("a") for basket in baskets for letter in basket])
    return order_matrix(order, product, 26)


def test_pairs_carry_their_counts_and_lift() -> None:
    pairs = count_pairs(matrix_of("ab", "abc", "a", "bc", "ab"), 2)
    assert list(zip(pairs.left, pairs.right, pairs.count, strict=True)) == [(0, 1, 3), (1, 2, 2)]
    assert pairs.lift.tolist() == pytest.approx([3 * 5 / 16, 2 * 5 / 8])


def test_a_product_twice_in_an_order_counts_once() -> None:
    pairs = count_pairs(matrix_of("aab", "abb"), 1)
    assert pairs.count.tolist() == [2]
    assert pairs.product_orders[:2].tolist() == [2, 2]


def test_counts_equal_those_of_plain_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.analytics.affinity.PAIRS_PER_BLOCK", 40)
    rng = np.random.default_rng(1)
    baskets = [sorted(set(rng.integers(0, 15, rng.integers(1, 7)))) for _ in range(400)]
    order = np.repeat(np.arange(400), [len(basket) for basket in baskets])
    pairs = count_pairs(order_matrix(order, np.concatenate(baskets), 15), 8)
    plain = {
        (left, right): sum(left in basket and right in basket for basket in baskets)
        for left, right in combinations(range(15), 2)
    }
    found = dict(zip(zip(pairs.left, pairs.right, strict=True), pairs.count, strict=True))
    assert found == {pair: count for pair, count in plain.items() if count >= 8}


def test_a_confidence_of_exactly_the_threshold_passes() -> None:
    assert reaches(np.array([4, 28]), np.array([5, 35]), 0.8).all()
    assert not reaches(np.array([3]), np.array([10]), 0.30001).any()
    assert smallest_count(0.001, 9835) == 10
    assert smallest_count(0.1, 10) == 1
    assert smallest_count(0.3, 10) == 3


@pytest.mark.parametrize("share", [1.4483026388162657e-179, 0.1234567890123456])
def test_shares_of_many_digits_are_compared_exactly(share: float) -> None:
    counts, bases = np.array([0, 123_456, 123_457]), np.array([10**6] * 3)
    assert reaches(counts, bases, share).tolist() == [False, share < 0.1, True]


def test_thresholds_leave_out_rare_and_weak_pairs() -> None:
    pairs = count_pairs(matrix_of("ab", "abc", "a", "bc", "ab"), 1)
    assert pairs.count.size == 3
    assert pairs.at_least(support=0.4).count.tolist() == [3, 2]
    assert pairs.at_least(confidence=0.8).count.tolist() == [2]


def test_the_careful_lift_of_two_shared_orders_is_far_below_their_lift() -> None:
    baskets = ["yz"] * 2 + ["ab"] * 60 + ["a", "b"] * 20 + ["c"] * 900
    pairs = count_pairs(matrix_of(*baskets), 2)
    rare = pairs.where(pairs.right == ord("z") - ord("a"))
    assert rare.lift[0] == pairs.lift.max() > 400
    assert rare.lift_lower[0] < rare.lift[0] / 2


def test_wilson_bound_is_the_textbook_one_and_never_negative() -> None:
    assert wilson_lower(np.array([8]), np.array([10]))[0] == pytest.approx(0.4902, abs=1e-4)
    assert wilson_lower(np.array([0, 0]), np.array([0, 5])).tolist() == pytest.approx([0, 0])


def test_independent_products_have_lift_near_one() -> None:
    rng = np.random.default_rng(3)
    held = np.c_[rng.random((20_000, 5)) < 0.3, np.ones(20_000, dtype=np.bool_)]
    order, product = held.nonzero()
    pairs = count_pairs(order_matrix(order, product, 6), 10)
    assert pairs.lift == pytest.approx(np.ones(15), abs=0.05)
    assert (pairs.lift_lower < 1.03).all()


@pytest.mark.parametrize("ids", [[3, 1, 3, 7], [5, 10**12, 5], []])
def test_ids_are_ranked_as_by_sorting(ids: list[int]) -> None:
    given = np.array(ids, dtype=np.int64)
    distinct, places = ranked(given)
    assert distinct.tolist() == sorted(set(ids))
    assert distinct[places].tolist() == ids


@pytest.mark.parametrize("ids", [[1, 3, 7], [5, 10**12], []])
def test_ids_are_found_at_their_places_and_others_nowhere(ids: list[int]) -> None:
    wanted = np.array([*reversed(ids), 4, 10**13], dtype=np.int64)
    places = Places(np.array(ids, dtype=np.int64)).of(wanted)
    assert places.tolist() == [*reversed(range(len(ids))), -1, -1]
