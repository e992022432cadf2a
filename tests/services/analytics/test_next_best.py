import numpy as np
import pytest
from scipy import sparse

from services.analytics.affinity import count_pairs, order_matrix
from services.analytics.next_best import NOBODY, excess_confidence, next_best


@pytest.fixture(scope="module")
def evidence() -> sparse.csr_array:
    """Products: 0 best seller, 1 and 2 bought together, 3 and 4 bought together, 5 alone."""
    baskets = [{0}] * 200 + [{1, 2}] * 30 + [{3, 4}] * 20 + [{1}] * 10 + [{5}] * 40
    baskets += [{0, 1}] * 10
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    product = np.array([item for basket in baskets for item in basket])
    return excess_confidence(count_pairs(order_matrix(order, product, len(baskets), 6), 5))


def bought(*customers: set[int]) -> sparse.csr_array:
    order = np.repeat(np.arange(len(customers)), [len(customer) for customer in customers])
    product = np.array([item for customer in customers for item in sorted(customer)], dtype=int)
    return order_matrix(order, product, len(customers), 6)


def test_the_partner_of_what_was_bought_is_suggested_with_its_reason(
    evidence: sparse.csr_array,
) -> None:
    found = next_best(evidence, bought({1, 5}, {3}), 2)
    assert found.product.tolist() == [[2, NOBODY], [4, NOBODY]]
    assert found.because.tolist() == [[1, NOBODY], [3, NOBODY]]
    assert (found.evidence[:, 0] > 0).all()


def test_what_is_merely_popular_is_not_suggested(evidence: sparse.csr_array) -> None:
    found = next_best(evidence, bought({1}, {5}), 6)
    assert 0 not in found.product


def test_nothing_bought_before_is_suggested_again(evidence: sparse.csr_array) -> None:
    found = next_best(evidence, bought({1, 2}, {1, 2, 3}), 3)
    assert found.product.tolist() == [[NOBODY] * 3, [4, NOBODY, NOBODY]]


def test_customers_without_purchases_get_no_suggestion(evidence: sparse.csr_array) -> None:
    found = next_best(evidence, bought(set(), {4}), 1)
    assert found.product.tolist() == [[NOBODY], [3]]


def test_blocks_of_customers_give_the_same_suggestions(
    evidence: sparse.csr_array, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = bought({1}, {3}, {5}, {2, 4})
    whole = next_best(evidence, customers, 2)
    monkeypatch.setattr("services.analytics.next_best.CUSTOMERS_AT_ONCE", 3)
    assert (next_best(evidence, customers, 2).product == whole.product).all()
