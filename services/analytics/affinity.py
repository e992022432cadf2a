"""Which products are bought together, counted over all orders at once.

Orders are a sparse 0/1 matrix X; the pair counts are X'X. Counts are integers and thresholds are
compared as fractions, so a confidence of exactly 0.8 passes "at least 0.8". A pair is one finding,
whichever way round it is read.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import sparse

from services.analytics.arrays import BoolArray, FloatArray, IntArray, run_starts

# 95 % two-sided: the share a sample of this size leaves open at the lower end.
WILSON_Z = 1.959963984540054
# A block of X'X is some megabytes whatever the assortment; of large ones threads keep memory.
PAIRS_PER_BLOCK = 1_000_000
# scipy multiplies sparse matrices without holding Python's lock.
THREADS = 2


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of products (positions; `left` < `right`) with the orders that hold both.

    `product_orders` has one entry a product: the orders that hold it.
    """

    left: IntArray
    right: IntArray
    count: IntArray
    product_orders: IntArray
    orders: int

    @property
    def lift(self) -> FloatArray:
        """How many times more often than if both were bought independently."""
        left, right = self.product_orders[self.left], self.product_orders[self.right]
        return self.count * (self.orders / (left * right.astype(np.float64)))

    @property
    def lift_lower(self) -> FloatArray:
        """Lift at the Wilson lower bound of the confidence, the more careful of both directions.

        Rank by this: two orders that happen to share two rare products do not lead.
        """
        left, right = self.product_orders[self.left], self.product_orders[self.right]
        forward = wilson_lower(self.count, left) * self.orders / right
        backward = wilson_lower(self.count, right) * self.orders / left
        return np.minimum(forward, backward)

    def where(self, chosen: BoolArray) -> "Pairs":
        return Pairs(
            self.left[chosen],
            self.right[chosen],
            self.count[chosen],
            self.product_orders,
            self.orders,
        )

    def at_least(self, *, support: float = 0.0, confidence: float = 0.0) -> "Pairs":
        """Pairs with this support and, in at least one direction, this confidence."""
        enough = self.count >= smallest_count(support, self.orders)
        rarer = np.minimum(self.product_orders[self.left], self.product_orders[self.right])
        return self.where(enough & reaches(self.count, rarer, confidence))


def order_matrix(order: IntArray, product: IntArray, products: int) -> sparse.csr_array:
    """0/1 matrix of the orders that are there, by id, and of so many products, by position.

    One entry a line; a product twice in an order counts once.
    """
    code = order * products
    code += product
    code.sort()
    code = code[run_starts(code)]
    order = code // max(products, 1)
    code -= order * products
    held = code.astype(np.int32)
    starts = np.append(np.flatnonzero(run_starts(order)), held.size).astype(np.int32)
    ones = np.ones(held.size, dtype=np.int32)
    return sparse.csr_array((ones, held, starts), shape=(starts.size - 1, products))


def count_pairs(matrix: sparse.csr_array, min_count: int) -> Pairs:
    """All pairs of products that share at least `min_count` (>= 1) orders."""
    product_orders = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)
    frequent = np.flatnonzero(product_orders >= min_count)
    by_order = matrix[np.flatnonzero(np.diff(matrix.indptr) > 1)][:, frequent]
    by_product = by_order.T.tocsr()
    height = max(1, PAIRS_PER_BLOCK // max(frequent.size, 1))

    def found_from(start: int) -> IntArray:
        return _pairs_of_block(by_product, by_order, start, start + height, min_count)

    with ThreadPoolExecutor(THREADS) as threads:
        blocks = list(threads.map(found_from, range(0, frequent.size, height)))
    found = np.concatenate([np.zeros((3, 0), dtype=np.int64), *blocks], axis=1)
    left, right = frequent[found[0]], frequent[found[1]]
    return Pairs(left, right, found[2], product_orders, matrix.shape[0])


def smallest_count(support: float, orders: int) -> int:
    """Round up to the least whole number of orders whose share is at least `support`."""
    exact = Fraction(str(support)) * orders
    return -(-exact.numerator // exact.denominator)


def reaches(count: IntArray, base: IntArray, share: float) -> BoolArray:
    """Whether count / base >= share, compared in whole numbers.

    These are Python's, which hold a share of many digits; numpy's would overflow.
    """
    bases, places = np.unique(base, return_inverse=True)
    least = np.array([smallest_count(share, int(each)) for each in bases], dtype=np.int64)
    enough: BoolArray = count >= least[places]
    return enough


def wilson_lower(count: IntArray, trials: IntArray) -> FloatArray:
    """Lower end of the 95 % Wilson interval of count / trials."""
    n = np.maximum(trials, 1).astype(np.float64)
    share, z2 = count / n, WILSON_Z**2
    centre = share + z2 / (2.0 * n)
    width = WILSON_Z * np.sqrt(share * (1.0 - share) / n + z2 / (4.0 * n**2))
    return np.maximum((centre - width) / (1.0 + z2 / n), 0.0)


def _pairs_of_block(
    by_product: sparse.csr_array, by_order: sparse.csr_array, start: int, stop: int, min_count: int
) -> IntArray:
    """Pairs whose first product lies in [start, stop): rows of left, right and count."""
    counts = (by_product[start:stop] @ by_order).tocoo()
    enough = (counts.data >= min_count) & (counts.col > counts.row + start)
    return np.stack(
        [
            counts.row[enough].astype(np.int64) + start,
            counts.col[enough].astype(np.int64),
            counts.data[enough].astype(np.int64),
        ]
    )
