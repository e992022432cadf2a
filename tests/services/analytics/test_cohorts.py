import numpy as np

from services.analytics.cohorts import CohortRows, CustomerOrders, cohort_rows, cohort_table

JANUARY = 12 * 2026


def rows(*entries: tuple[int, int, int, int, int]) -> CohortRows:
    """Cohort and month as months after January 2026, then customers, orders, value."""
    columns = np.array(entries).T
    return CohortRows(columns[0] + JANUARY, columns[1] + JANUARY, *columns[2:])


ROWS = rows(
    (0, 0, 10, 12, 1000),
    (0, 1, 4, 5, 500),
    (0, 3, 1, 1, 90),
    (1, 1, 20, 20, 2000),
    (1, 2, 5, 6, 700),
    (2, 2, 8, 8, 800),
    (3, 3, 6, 6, 600),
)
TABLE = cohort_table(ROWS, history_start=JANUARY, last_complete=JANUARY + 2)


def test_cohorts_are_as_large_as_they_began_and_count_who_ordered() -> None:
    assert TABLE.sizes.tolist() == [10, 20, 8]
    assert TABLE.active[0].tolist() == [10, 4, 0]
    assert TABLE.active[1, :2].tolist() == [20, 5]


def test_months_to_come_are_unknown_and_months_without_orders_are_zero() -> None:
    assert np.isnan(TABLE.active).tolist() == [
        [False, False, False],
        [False, False, True],
        [False, True, True],
    ]
    assert TABLE.active[0, 2] == 0


def test_an_unfinished_month_is_left_out() -> None:
    assert TABLE.cohorts.tolist() == [JANUARY, JANUARY + 1, JANUARY + 2]
    assert np.nansum(TABLE.orders) == 12 + 5 + 20 + 6 + 8


def test_first_month_of_the_history_is_marked_and_left_out_of_the_usual_retention() -> None:
    assert TABLE.left_censored.tolist() == [True, False, False]
    assert TABLE.usual_retention[:2].tolist() == [1.0, 0.25]
    assert np.isnan(TABLE.usual_retention[2])


def test_no_complete_month_gives_an_empty_table() -> None:
    table = cohort_table(ROWS, history_start=JANUARY, last_complete=JANUARY - 1)
    assert table.cohorts.size == 0
    assert table.active.shape == (0, 0)


def test_orders_are_added_up_by_the_month_of_their_customers_first_order() -> None:
    """Customer 0 came in January and March, 1 in February; 2 only ever cancelled."""
    customer, month, is_order, value = np.array(
        [
            (0, 0, 1, 100),
            (0, 0, 1, 50),
            (0, 2, 1, 30),
            (0, 2, 0, -10),
            (1, 0, 0, -5),
            (1, 1, 1, 70),
            (1, 2, 0, -70),
            (2, 1, 0, -9),
        ]
    ).T
    rows = cohort_rows(CustomerOrders(customer, month + JANUARY, is_order.astype(np.bool_), value))
    cells = (rows.cohort - JANUARY, rows.month - JANUARY, rows.customers, rows.orders, rows.value)
    assert list(zip(*(each.tolist() for each in cells), strict=True)) == [
        (0, 0, 1, 2, 150),
        (0, 2, 1, 1, 20),
        (1, 1, 1, 1, 70),
        (1, 2, 0, 0, -70),
    ]
