"""Association rules of any length, on demand: "who buys these also buys that".

Every itemset's orders are a row of bits; a longer set is the AND of two rows. The search goes
depth first, so memory is one row of siblings a level. Rules have one product on the right and at
least one on the left, and thresholds are compared in whole numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from services.analytics.affinity import reaches, smallest_count, wilson_lower
from services.analytics.arrays import IntArray

Bits = npt.NDArray[np.uint64]
Itemset = tuple[int, ...]
MOST_ITEMSETS = 500_000
MOST_BITS = 2_000_000_000
LONGEST = 10


class TooManyItemsetsError(Exception):
    """The thresholds are so low that the search would outgrow reasonable time or memory."""

    def __init__(self) -> None:
        super().__init__(
            "Too many products are this frequent to search all their combinations; "
            "ask for a higher minimum support or count"
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Of the `antecedent_count` orders with all of `antecedent`, `count` hold `consequent`."""

    antecedent: Itemset
    consequent: int
    count: int
    antecedent_count: int
    consequent_count: int
    orders: int

    @property
    def support(self) -> float:
        return self.count / self.orders

    @property
    def confidence(self) -> float:
        return self.count / self.antecedent_count

    @property
    def confidence_lower(self) -> float:
        """Lower end of the 95 % Wilson interval of the confidence."""
        return float(wilson_lower(np.array([self.count]), np.array([self.antecedent_count]))[0])

    @property
    def lift(self) -> float:
        return self.count * self.orders / (self.antecedent_count * self.consequent_count)


def association_rules(
    matrix: sparse.csr_array,
    *,
    min_support: float = 0.0,
    min_confidence: float = 0.0,
    min_count: int = 2,
    longest: int = LONGEST,
) -> list[Rule]:
    """All rules with one consequent that meet the three thresholds, most careful lift first."""
    orders = matrix.shape[0]
    fewest = max(min_count, smallest_count(min_support, orders), 1)
    counts = frequent_itemsets(matrix, fewest, longest)
    rules = [
        rule
        for itemset in counts
        if len(itemset) > 1
        for rule in _rules_of(itemset, counts, orders)
    ]
    passed = reaches(
        np.array([rule.count for rule in rules], dtype=np.int64),
        np.array([rule.antecedent_count for rule in rules], dtype=np.int64),
        min_confidence,
    )
    kept = [rule for rule, enough in zip(rules, passed, strict=True) if enough]
    return sorted(kept, key=lambda rule: -rule.confidence_lower * orders / rule.consequent_count)


def frequent_itemsets(
    matrix: sparse.csr_array, min_count: int, longest: int = LONGEST
) -> dict[Itemset, int]:
    """Every set of products (sorted positions) in at least `min_count` orders, with its count."""
    product_orders = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)
    frequent = np.flatnonzero(product_orders >= min_count)
    if frequent.size * matrix.shape[0] > MOST_BITS:
        raise TooManyItemsetsError
    # Rare products first: their sets of orders shrink soonest.
    items = frequent[np.argsort(product_orders[frequent], kind="stable")]
    found: dict[Itemset, int] = {}
    for itemset, count in _grow((), items, _bits(matrix, items), min_count, longest):
        found[tuple(sorted(itemset))] = count
        if len(found) > MOST_ITEMSETS:
            raise TooManyItemsetsError
    return found


def _grow(
    prefix: Itemset, items: IntArray, rows: Bits, min_count: int, longest: int
) -> Iterator[tuple[Itemset, int]]:
    """Extend `prefix` by each item; `rows` are the orders that hold the prefix and the item."""
    counts = np.bitwise_count(rows).sum(axis=1, dtype=np.int64)
    enough = counts >= min_count
    items, rows, counts = items[enough], rows[enough], counts[enough]
    for position, item in enumerate(items):
        itemset = (*prefix, int(item))
        yield itemset, int(counts[position])
        if len(itemset) < longest and position + 1 < items.size:
            later = rows[position + 1 :] & rows[position]
            yield from _grow(itemset, items[position + 1 :], later, min_count, longest)


def _bits(matrix: sparse.csr_array, items: IntArray) -> Bits:
    """One row of bits a product, one bit an order, padded to whole 64-bit words."""
    columns = matrix.tocsc()
    words = -(-matrix.shape[0] // 64)
    rows = np.zeros((items.size, words * 8), dtype=np.uint8)
    for row, item in enumerate(items):
        held = np.zeros(words * 64, dtype=np.bool_)
        held[columns.indices[columns.indptr[item] : columns.indptr[item + 1]]] = True
        rows[row] = np.packbits(held)
    return rows.view(np.uint64)


def _rules_of(itemset: Itemset, counts: dict[Itemset, int], orders: int) -> Iterator[Rule]:
    for position, consequent in enumerate(itemset):
        antecedent = itemset[:position] + itemset[position + 1 :]
        yield Rule(
            antecedent,
            consequent,
            counts[itemset],
            counts[antecedent],
            counts[(consequent,)],
            orders,
        )
