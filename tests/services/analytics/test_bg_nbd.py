from pathlib import Path

import numpy as np
import pytest

from benchmarks.purchases import day_number, read_cdnow
from benchmarks.synthetic_shop import Truth, draw_shop
from services.analytics.arrays import FloatArray
from services.analytics.bg_nbd import BgNbd, aggregate, fit_bg_nbd, log_likelihood
from services.analytics.history import CustomerHistory

CDNOW = Path(__file__).parents[2] / "data" / "cdnow_sample.csv"
History = tuple[FloatArray, FloatArray, FloatArray]
MODEL = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0, customers=0)


def in_weeks(history: CustomerHistory) -> History:
    return history.frequency.astype(np.float64), history.recency_days / 7, history.age_days / 7


@pytest.fixture(scope="module")
def cdnow() -> History:
    _, history = read_cdnow(CDNOW).history(day_number("1997-09-30"))
    return in_weeks(history)


def test_cdnow_fit_has_the_published_parameters(cdnow: History) -> None:
    model = fit_bg_nbd(*cdnow)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), rel=0.01
    )
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    assert model.customers == 2357


def test_cumulative_repeat_orders_in_week_78_are_within_four_percent(cdnow: History) -> None:
    purchases = read_cdnow(CDNOW)
    expected = fit_bg_nbd(*cdnow).expected_orders_of_new(cdnow[2] + 1 / 7 + 39).sum()
    assert expected == pytest.approx(purchases.day.size - 2357, rel=0.04)


def test_paper_example_customer_expects_one_and_a_quarter_orders() -> None:
    x, t_x, age = np.array([2.0]), np.array([30.43]), np.array([38.86])
    alive = MODEL.p_alive(x, t_x, age)
    assert MODEL.expected_orders(x, age, alive, 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_gradient_agrees_with_finite_differences(cdnow: History) -> None:
    cells = aggregate(*cdnow)
    at = np.array([0.4, 6.0, 0.9, 2.0])
    _, gradient = log_likelihood(at, cells)
    for place, slope in enumerate(gradient):
        step = np.zeros(4)
        step[place] = 1e-5
        rise = log_likelihood(at + step, cells)[0] - log_likelihood(at - step, cells)[0]
        assert slope == pytest.approx(rise / 2e-5, rel=1e-5)


def test_fit_does_not_depend_on_the_unit_of_time(cdnow: History) -> None:
    weeks = fit_bg_nbd(*cdnow)
    years = fit_bg_nbd(cdnow[0], cdnow[1] / 52, cdnow[2] / 52)
    assert years.alpha * 52 == pytest.approx(weeks.alpha, rel=1e-3)
    assert years.a == pytest.approx(weeks.a, rel=1e-3)


def test_aggregated_customers_keep_their_number(cdnow: History) -> None:
    cells = aggregate(*cdnow)
    assert cells.customers.sum() == 2357
    assert cells.frequency.size < 2357
    assert (cells.customers * cells.frequency).sum() == cdnow[0].sum()


def test_true_parameters_are_recovered_from_a_drawn_shop() -> None:
    truth = Truth(r=0.6, alpha=10.0, a=0.8, b=3.0)
    shop = draw_shop(60_000, seed=4, truth=truth)
    _, history = shop.purchases.history(shop.as_of)
    model = fit_bg_nbd(*in_weeks(history))
    assert model.r == pytest.approx(truth.r, rel=0.06)
    assert model.alpha == pytest.approx(truth.alpha, rel=0.08)
    assert model.a / (model.a + model.b) == pytest.approx(0.8 / 3.8, rel=0.06)


def test_expected_orders_equal_the_sum_of_the_tails() -> None:
    x, age = np.array([0.0, 1.0, 7.0, 60.0]), np.array([5.0, 90.0, 30.0, 52.0])
    tails = MODEL.order_tail(np.arange(1.0, 3000)[:, np.newaxis], x, age, 52.0).sum(axis=0)
    assert MODEL.expected_orders(x, age, np.ones(4), 52.0) == pytest.approx(tails, rel=1e-6)


@pytest.mark.parametrize("a", [0.999999, 1.0, 1.000001, 0.05, 40.0])
def test_expected_orders_stay_true_around_and_far_from_a_equal_to_one(a: float) -> None:
    model = BgNbd(0.5, 5.0, a, 3.0, 0.0, 0)
    x, age = np.array([0.0, 3.0, 400.0]), np.array([1.0, 40.0, 100.0])
    tails = model.order_tail(np.arange(1.0, 6000)[:, np.newaxis], x, age, 52.0).sum(axis=0)
    assert model.expected_orders(x, age, np.ones(3), 52.0) == pytest.approx(tails, rel=1e-5)


def test_very_frequent_customers_get_finite_figures() -> None:
    x, t_x, age = np.array([3000.0]), np.array([519.0]), np.array([520.0])
    alive = MODEL.p_alive(x, t_x, age)
    expected = MODEL.expected_orders(x, age, alive, 52.0)
    assert 0.9 < alive[0] < 1.0
    assert 150 < expected[0] < 300


def test_one_time_buyers_are_alive_and_long_silence_makes_regulars_doubtful() -> None:
    x, age = np.array([0.0, 6.0, 6.0]), np.full(3, 60.0)
    alive = MODEL.p_alive(x, np.array([0.0, 55.0, 20.0]), age)
    assert alive[0] == 1.0
    assert alive[1] > 0.8
    assert alive[2] < 0.1


def test_longer_horizons_bring_more_orders_and_less_silence() -> None:
    x, age, alive = np.array([0.0, 4.0]), np.array([20.0, 50.0]), np.array([1.0, 0.7])
    horizons = (1.0, 4.0, 13.0, 52.0, 500.0)
    orders = np.array([MODEL.expected_orders(x, age, alive, weeks) for weeks in horizons])
    silence = np.array([MODEL.p_no_order(x, age, alive, weeks) for weeks in horizons])
    assert (np.diff(orders, axis=0) > 0).all()
    assert (np.diff(silence, axis=0) < 0).all()
    assert (silence >= 1 - alive).all()


def test_no_order_within_the_date_has_the_probability_of_the_date() -> None:
    x, age, alive = np.array([1.0, 8.0]), np.array([10.0, 40.0]), np.array([0.9, 0.95])
    weeks = MODEL.weeks_until_order(x, age, alive, 0.25)
    assert MODEL.p_no_order(x[:1], age[:1], alive[:1], weeks[0])[0] == pytest.approx(0.75)
    assert MODEL.p_no_order(x[1:], age[1:], alive[1:], weeks[1])[0] == pytest.approx(0.75)


def test_customers_who_are_probably_gone_have_no_date() -> None:
    weeks = MODEL.weeks_until_order(np.array([3.0]), np.array([50.0]), np.array([0.49]), 0.5)
    assert np.isnan(weeks[0])


def test_expected_orders_stay_true_where_hardly_anybody_leaves_by_chance_of_their_own() -> None:
    common = BgNbd(r=1.1, alpha=2.8, a=300.0, b=10_000.0, log_likelihood=0.0, customers=0)
    extreme = BgNbd(r=1.1, alpha=2.8, a=900.0, b=30_000.0, log_likelihood=0.0, customers=0)
    frequency, age = np.array([0.0, 3.0, 12.0]), np.array([0.2, 1.0, 20.0])
    alive = np.ones(3)
    near = common.expected_orders(frequency, age, alive, 13.0)
    far = extreme.expected_orders(frequency, age, alive, 13.0)
    assert np.isfinite(far).all()
    assert far == pytest.approx(near, rel=0.01)
