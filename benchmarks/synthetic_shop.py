"""A shop whose truth is known: customers drawn from the models, with lines from known bundles.

    python -m benchmarks.synthetic_shop --customers 1000000 --seed 1

prints what was drawn and how long that took. Others import `draw_shop`.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.purchases import Purchases, day_number
from services.analytics.arrays import FloatArray, IntArray

DAYS_PER_WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Truth:
    """Parameters customers are drawn from; time in weeks, money in major units."""

    r: float = 0.8
    alpha: float = 8.5
    a: float = 0.7
    b: float = 4.0
    p: float = 6.0
    q: float = 4.0
    gamma: float = 25.0
    months: tuple[float, ...] = (1.0,) * 12
    """How busy January to December are, averaging one; orders come faster in busy months."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines by position; `partner[i]` is the product often bought with product i."""

    order: IntArray
    product: IntArray
    partner: IntArray


@dataclass(frozen=True, slots=True)
class Shop:
    """Orders sorted by customer and day (days since 1970); `value` in major units."""

    truth: Truth
    as_of: int
    customer: IntArray
    day: IntArray
    value: FloatArray

    @property
    def purchases(self) -> Purchases:
        return Purchases.of_orders(self.customer, self.day, self.value)


def draw_shop(
    customers: int,
    *,
    seed: int,
    truth: Truth | None = None,
    as_of: str = "2026-06-30",
    days_open: int = 3 * 365,
    days_after: int = 0,
) -> Shop:
    """Customers come evenly over `days_open` up to `as_of`; orders run `days_after` beyond it."""
    truth = truth or Truth()
    rng = np.random.default_rng(seed)
    end = day_number(as_of)
    first = end - rng.integers(0, days_open, customers)
    begin = int(end - days_open)
    clock = _model_days(begin, end + days_after + 1 - begin, truth.months)
    born = clock[first - begin] / DAYS_PER_WEEK
    window = clock[-1] / DAYS_PER_WEEK - born

    rate = rng.gamma(truth.r, 1.0 / truth.alpha, customers)
    leaves = rng.beta(truth.a, truth.b, customers)
    active_for = rng.geometric(np.maximum(leaves, 1e-9))
    drawn = rng.poisson(rate * window)
    who = np.repeat(np.arange(customers), drawn)
    weeks = born[who] + rng.random(who.size) * window[who]
    order = np.lexsort((weeks, who))
    weeks = weeks[order]
    # Orders after the one they left with never come.
    rank = np.arange(who.size) - np.repeat(np.cumsum(drawn) - drawn, drawn)
    kept = rank < active_for[who]
    who, weeks = who[kept], weeks[kept]
    day = np.searchsorted(clock, weeks * DAYS_PER_WEEK, side="right") - 1 + begin

    customer = np.r_[np.arange(customers), who]
    days = np.r_[first, day]
    order = np.lexsort((days, customer))
    customer, days = customer[order], days[order]
    nu = rng.gamma(truth.q, 1.0 / truth.gamma, customers)
    value = np.round(rng.gamma(truth.p, 1.0, customer.size) / nu[customer], 2)
    return Shop(truth, end, customer, days, value)


def draw_lines(orders: int, *, seed: int, products: int = 20_000) -> Lines:
    """About 2.4 lines an order: popular products more often, and partners in a quarter."""
    rng = np.random.default_rng(seed)
    popularity = 1.0 / (np.arange(products) + 30.0) ** 0.8
    cumulative = np.cumsum(popularity / popularity.sum())
    partner = rng.permutation(products)
    sizes = 1 + rng.poisson(1.4, orders)
    order = np.repeat(np.arange(orders), sizes)
    product = np.searchsorted(cumulative, rng.random(order.size)).clip(max=products - 1)
    second = np.r_[False, order[1:] == order[:-1]]
    paired = np.flatnonzero(second & (rng.random(order.size) < 0.25))
    product[paired] = partner[product[paired - 1]]
    return Lines(order, product, partner)


def _model_days(begin: int, days: int, months: tuple[float, ...]) -> FloatArray:
    """Model days passed at the start of each day, and at the end of the last."""
    span = np.arange(begin, begin + days).astype("datetime64[D]").astype("datetime64[M]")
    index = np.array(months)[span.astype(np.int64) % 12]
    passed: FloatArray = np.r_[0.0, np.cumsum(index)]
    return passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    shop = draw_shop(arguments.customers, seed=arguments.seed)
    lines = draw_lines(shop.customer.size, seed=arguments.seed)
    print(f"customers {arguments.customers:,}")
    print(f"orders    {shop.customer.size:,}")
    print(f"lines     {lines.order.size:,}")
    print(f"seconds   {time.perf_counter() - started:.1f}")


if __name__ == "__main__":
    main()
