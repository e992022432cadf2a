from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from services.analytics import rules as rules_module
from services.analytics.affinity import order_matrix
from services.analytics.rules import (
    TooManyItemsetsError,
    association_rules,
    frequent_itemsets,
)

Baskets = list[frozenset[int]]


@pytest.fixture(scope="module")
def baskets() -> Baskets:
    """Grocery-like baskets: a few favourites, many rare products, some bundles."""
    rng = np.random.default_rng(8)
    popularity = 1 / np.arange(1, 31) ** 0.9
    popularity /= popularity.sum()
    drawn = []
    for _ in range(600):
        basket = set(rng.choice(30, rng.integers(1, 7), p=popularity).tolist())
        if rng.random() < 0.15:
            basket |= {20, 21, 22}
        drawn.append(frozenset(basket))
    return drawn


@pytest.fixture(scope="module")
def matrix(baskets: Baskets) -> sparse.csr_array:
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    product = np.array([item for basket in baskets for item in basket])
    return order_matrix(order, product, 30)


def test_itemsets_equal_those_of_plain_counting(baskets: Baskets, matrix: sparse.csr_array) -> None:
    plain = Counter(
        itemset
        for basket in baskets
        for size in range(1, len(basket) + 1)
        for itemset in combinations(sorted(basket), size)
    )
    expected = {itemset: count for itemset, count in plain.items() if count >= 12}
    assert frequent_itemsets(matrix, 12) == expected
    assert max(map(len, expected)) >= 4


@pytest.mark.parametrize("confidence", [0.25, 0.5, 0.8])
def test_rules_equal_those_of_plain_counting_in_whole_numbers(
    baskets: Baskets, matrix: sparse.csr_array, confidence: float
) -> None:
    def count(items: Iterable[int]) -> int:
        return sum(basket.issuperset(items) for basket in baskets)

    expected = {
        (tuple(item for item in itemset if item != consequent), consequent)
        for itemset, shared in frequent_itemsets(matrix, 12).items()
        for consequent in itemset
        if len(itemset) > 1
        and Fraction(shared, count(set(itemset) - {consequent})) >= Fraction(str(confidence))
    }
    rules = association_rules(matrix, min_support=0.02, min_confidence=confidence)
    assert {(rule.antecedent, rule.consequent) for rule in rules} == expected
    assert len(rules) == len(expected) > 0


def test_a_confidence_of_exactly_the_threshold_is_a_rule() -> None:
    order = np.r_[np.arange(10), np.arange(8)]
    product = np.r_[np.zeros(10, dtype=int), np.ones(8, dtype=int)]
    rules = association_rules(order_matrix(order, product, 2), min_confidence=0.8)
    assert {(rule.antecedent, rule.consequent) for rule in rules} == {((0,), 1), ((1,), 0)}


def test_rules_show_their_arithmetic() -> None:
    order = np.r_[np.arange(4), np.arange(3), 0, 9, np.arange(4, 9)]
    product = np.r_[np.zeros(4, dtype=int), np.ones(3, dtype=int), 2, 1, np.full(5, 3)]
    rules = association_rules(order_matrix(order, product, 4), min_confidence=0.7)
    rule = next(rule for rule in rules if rule.consequent == 1)
    assert (rule.count, rule.antecedent_count, rule.consequent_count) == (3, 4, 4)
    assert rule.support == 0.3
    assert rule.confidence == 0.75
    assert rule.lift == pytest.approx(3 * 10 / 16)
    assert 0.2 < rule.confidence_lower < 0.75


def test_length_is_limited_on_request(matrix: sparse.csr_array) -> None:
    assert max(len(itemset) for itemset in frequent_itemsets(matrix, 5, longest=2)) == 2


@pytest.mark.parametrize("limit", ["MOST_ITEMSETS", "MOST_BITS"])
def test_a_search_beyond_time_or_memory_is_refused_with_advice(
    matrix: sparse.csr_array, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(rules_module, limit, 50)
    with pytest.raises(TooManyItemsetsError, match="higher minimum"):
        association_rules(matrix, min_count=1)
