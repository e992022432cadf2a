"""Which products are wanted next by who bought one, as evidence that can be added up.

A bought product speaks for another by its excess confidence: the Wilson lower bound of "orders
with the one hold the other", less the share of all orders that hold the other anyway. What is
merely popular thus scores nothing. A customer is told the products with the highest sum over all
they bought.
"""

from dataclasses import dataclass

import numpy as np

from services.analytics.affinity import Pairs, wilson_lower
from services.analytics.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class PartnerTable:
    """One entry a pair: positions of a product and its partner, orders with both, evidence."""

    product: IntArray
    partner: IntArray
    orders: IntArray
    evidence: FloatArray


def strongest(pairs: Pairs, most: int) -> PartnerTable:
    """Keep up to so many partners of each product, both ways round, with positive evidence."""
    product = np.r_[pairs.left, pairs.right]
    partner = np.r_[pairs.right, pairs.left]
    count = np.r_[pairs.count, pairs.count]
    popularity = pairs.product_orders / max(pairs.orders, 1)
    evidence = wilson_lower(count, pairs.product_orders[product]) - popularity[partner]
    useful = np.flatnonzero(evidence > 0)
    order = useful[np.lexsort((partner[useful], -evidence[useful], product[useful]))]
    ranked = product[order]
    place = np.arange(order.size) - np.searchsorted(ranked, ranked)
    kept = order[place < most]
    return PartnerTable(product[kept], partner[kept], count[kept], evidence[kept])
