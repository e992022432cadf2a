import numpy as np

from services.analytics.affinity import count_pairs, order_matrix
from services.analytics.next_best import PartnerTable, strongest


def learnt(most: int = 5) -> PartnerTable:
    """Products: 0 best seller, 1 and 2 bought together, 3 and 4 bought together, 5 alone."""
    baskets = [{0}] * 200 + [{1, 2}] * 30 + [{3, 4}] * 20 + [{1}] * 10 + [{5}] * 40
    baskets += [{0, 1}] * 10 + [{1, 4}] * 12
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    product = np.array([item for basket in baskets for item in sorted(basket)])
    return strongest(count_pairs(order_matrix(order, product, 6), 5), most)


def test_products_bought_together_speak_for_each_other_both_ways_round() -> None:
    found = learnt()
    pairs = set(zip(found.product.tolist(), found.partner.tolist(), strict=True))
    assert {(1, 2), (2, 1), (3, 4), (4, 3)} <= pairs
    assert (found.evidence > 0).all()
    assert found.orders[(found.product == 3) & (found.partner == 4)].tolist() == [20]


def test_what_is_merely_popular_is_no_partner() -> None:
    found = learnt()
    assert 0 not in found.partner
    assert 5 not in found.product


def test_only_the_strongest_partners_of_a_product_are_kept_the_best_first() -> None:
    every, one = learnt(), learnt(1)
    assert (every.product == 1).sum() > 1
    assert one.product.tolist() == sorted(set(every.product.tolist()))
    best = every.partner[every.product == 1][0]
    assert one.partner[one.product == 1].tolist() == [best] == [2]
