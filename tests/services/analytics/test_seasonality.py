from datetime import date

import numpy as np
import pytest

from benchmarks.synthetic_shop import Shop, Truth, draw_shop
from services.analytics.history import CustomerHistory
from services.analytics.scores import backtest, fit_models, score_customers
from services.analytics.seasonality import ModelTime, MonthlyRepeats, month_index

BUSY = np.array([0.8, 0.75, 0.85, 0.9, 0.95, 0.9, 0.8, 0.8, 0.95, 1.1, 1.5, 1.7])
INDEX = BUSY / BUSY.mean()


def seasonal_shop(months: int) -> Shop:
    return draw_shop(
        12_000,
        seed=9,
        truth=Truth(months=tuple(INDEX)),
        as_of="2025-12-31",
        days_open=round(months * 30.4),
        days_after=91,
    )


def test_season_is_recovered_and_repairs_the_forecast_after_the_peak() -> None:
    shop = seasonal_shop(24)
    customers, history = shop.purchases.history(shop.as_of)
    orders, _, first = shop.purchases.after(customers, shop.as_of, 91)
    plain = fit_models(history)
    seasonal = fit_models(history, shop.purchases.repeats(shop.as_of))
    before = backtest(score_customers(plain, history, 91), orders, first)
    after = backtest(score_customers(seasonal, history, 91), orders, first)
    assert np.abs(seasonal.time.index - INDEX).max() < 0.15
    assert before.orders_predicted / before.orders_seen > 1.3
    assert 0.92 < after.orders_predicted / after.orders_seen < 1.08
    assert after.brier < before.brier
    assert after.calibration_error < 0.03


def test_with_fewer_than_twenty_months_the_season_is_not_known() -> None:
    shop = seasonal_shop(18)
    _, history = shop.purchases.history(shop.as_of)
    models = fit_models(history, shop.purchases.repeats(shop.as_of))
    assert models.time.index is None


def test_unfinished_and_first_months_are_not_used() -> None:
    counts = np.arange(1, 22)
    assert MonthlyRepeats(date(2026, 6, 29), counts).purchases[
        MonthlyRepeats(date(2026, 6, 29), counts).complete
    ].tolist() == list(range(2, 21))
    assert MonthlyRepeats(date(2026, 6, 30), counts[:20]).has_season
    assert not MonthlyRepeats(date(2026, 6, 29), counts[:20]).has_season


def test_a_flat_year_has_an_index_of_one() -> None:
    seen = np.full(24, 1000)
    assert month_index(seen, seen * 1.3, np.arange(24)) == pytest.approx(np.ones(12))


def test_few_orders_move_the_index_little() -> None:
    expected, months = np.full(24, 2.0), np.arange(24)
    seen = np.where(months % 12 == 11, 4, 2)
    few = month_index(seen, expected, months)
    many = month_index(seen * 500, expected * 500, months)
    assert 1.0 < few[11] < many[11] < 2.0


def test_model_time_runs_fast_in_busy_months() -> None:
    time = ModelTime.seasonal(INDEX, date(2026, 10, 31), 400)
    november = time.weeks_ahead(30)
    assert november == pytest.approx(INDEX[10] * 30 / 7)
    history = CustomerHistory(
        np.array([1]), np.array([31]), np.array([61]), np.array([5.0]), np.array([9.0])
    )
    recency, age = time.weeks(history)
    # 61 days back from 31 October is 31 August, so all of September and October lie between.
    assert age[0] == pytest.approx((30 * INDEX[8] + 31 * INDEX[9]) / 7)
    assert age[0] - recency[0] == pytest.approx(30 * INDEX[9] / 7)


def test_days_ahead_invert_weeks_ahead() -> None:
    time = ModelTime.seasonal(INDEX, date(2026, 10, 31), 400)
    weeks = np.array([time.weeks_ahead(days) for days in (1, 45, 200)])
    assert time.days_ahead(weeks) == pytest.approx([1, 45, 200])
    assert ModelTime.plain().days_ahead(np.array([2.0]))[0] == 14.0
