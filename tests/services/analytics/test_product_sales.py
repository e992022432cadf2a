import numpy as np

from services.analytics.product_sales import SalesCount, SoldLines

MUG, TEA, SPOON = range(3)
GUEST = -1


def lines(*rows: tuple[int, int, int, int, bool, int, int]) -> SoldLines:
    """Order, product, customer, day, whether it is an order, quantity, amount."""
    order, product, customer, day, is_order, quantity, amount = np.array(rows, dtype=np.int64).T
    return SoldLines(order, product, customer, day, is_order.astype(np.bool_), quantity, amount)


def counted() -> SalesCount:
    count = SalesCount(3, customers=2, days=10)
    count.add(
        lines(
            (1, MUG, 0, 0, True, 2, 200),
            (1, MUG, 0, 0, True, 1, 100),
            (2, MUG, 0, 0, True, 1, 100),
            (3, TEA, 1, 4, True, 1, 50),
        )
    )
    count.add(
        lines(
            (4, MUG, 1, 5, True, 1, 100),
            (5, MUG, GUEST, 6, True, 1, 100),
            (6, TEA, 1, 9, True, 1, 50),
            (7, MUG, 0, 9, False, -1, -100),
        )
    )
    return count


def test_cancellations_lower_units_and_revenue_but_are_no_orders() -> None:
    sales = counted().sales()
    assert sales.units.tolist() == [5, 2, 0]
    assert sales.revenue.tolist() == [500, 100, 0]
    assert sales.orders.tolist() == [4, 2, 0]
    assert sales.lines.tolist() == [6, 2, 0]


def test_buyers_come_back_on_another_day_and_guests_are_unknown() -> None:
    sales = counted().sales()
    assert sales.buyers.tolist() == [2, 1, 0]
    assert sales.repeat_buyers.tolist() == [0, 1, 0]


def test_nothing_sold_is_all_zeros() -> None:
    sales = SalesCount(2, customers=0, days=1).sales()
    assert sales.buyers.tolist() == sales.orders.tolist() == [0, 0]
