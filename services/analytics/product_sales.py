"""What each product brought and who came back for it, added up a block of order lines at a time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.analytics.arrays import BoolArray, IntArray, distinct, run_starts

SmallInts = npt.NDArray[np.int32] | IntArray


@dataclass(frozen=True, slots=True)
class SoldLines:
    """One entry a line of an order or cancellation; `amount` in minor units.

    `product` are positions from 0, `customer`, too, or -1 for a guest; `day` counts from 0. These
    two may be smaller integers.
    """

    order: IntArray
    product: IntArray
    customer: SmallInts
    day: SmallInts
    is_order: BoolArray
    quantity: IntArray
    amount: IntArray


@dataclass(frozen=True, slots=True)
class ProductSales:
    """One entry a product; `lines` is zero for who was in no line at all.

    Cancellations lower units and revenue; orders and buyers are those of bought lines.
    """

    lines: IntArray
    orders: IntArray
    units: IntArray
    revenue: IntArray
    buyers: IntArray
    repeat_buyers: IntArray
    """Those who bought it on at least two days."""


class SalesCount:
    """Adds up so many products, customers and days."""

    def __init__(self, products: int, customers: int, days: int) -> None:
        self._products, self._customers, self._days = products, customers, days
        self._lines, self._orders, self._units, self._revenue = np.zeros(
            (4, products), dtype=np.int64
        )
        self._visits = [np.zeros(0, dtype=np.int64)]

    def add(self, lines: SoldLines) -> None:
        """Take in some lines; all lines of an order must come together."""
        self._lines += self._counted(lines.product)
        self._units += self._counted(lines.product, lines.quantity)
        self._revenue += self._counted(lines.product, lines.amount)
        bought = lines.is_order & (lines.quantity > 0)
        held = distinct(lines.order[bought] * self._products + lines.product[bought])
        self._orders += self._counted(held % self._products)
        known = bought & (lines.customer >= 0)
        buyer = lines.product[known] * self._customers + lines.customer[known]
        self._visits.append(buyer * self._days + lines.day[known])

    def sales(self) -> ProductSales:
        """Return the sums; nothing can be added afterwards."""
        visits = np.concatenate(self._visits)
        self._visits.clear()
        visits.sort()
        buyer = visits[run_starts(visits)]
        del visits  # each is an entry a line, and there are millions
        buyer //= self._days
        is_first = run_starts(buyer)
        has_more = np.append(~is_first[1:], np.False_)[: buyer.size]
        product, came_back = buyer[is_first], has_more[is_first]
        product //= max(self._customers, 1)
        return ProductSales(
            lines=self._lines,
            orders=self._orders,
            units=self._units,
            revenue=self._revenue,
            buyers=self._counted(product),
            repeat_buyers=self._counted(product[came_back]),
        )

    def _counted(self, product: IntArray, figures: IntArray | None = None) -> IntArray:
        sums = np.bincount(product, figures, minlength=self._products)
        return np.round(sums).astype(np.int64)
