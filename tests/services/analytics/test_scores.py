from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.purchases import Purchases, day_number, read_cdnow
from benchmarks.synthetic_shop import draw_shop
from services.analytics.calibration import brier
from services.analytics.errors import NotEnoughHistoryError
from services.analytics.history import CustomerHistory
from services.analytics.recalibration import STRAIGHT, Recalibration
from services.analytics.scores import (
    CustomerModels,
    ScoreTable,
    backtest,
    fit_models,
    next_order_days,
    p_no_order,
    score_customers,
)

CDNOW = Path(__file__).parents[2] / "data" / "cdnow_sample.csv"
CALIBRATED = day_number("1997-09-30")


@pytest.fixture(scope="module")
def purchases() -> Purchases:
    return read_cdnow(CDNOW)


@pytest.fixture(scope="module")
def history(purchases: Purchases) -> CustomerHistory:
    return purchases.history(CALIBRATED)[1]


@pytest.fixture(
    scope="module",
    params=[STRAIGHT, Recalibration(-0.5, 0.75), Recalibration(0.6, 1.5)],
    ids=["straight", "flatter", "steeper"],
)
def models(request: pytest.FixtureRequest, history: CustomerHistory) -> CustomerModels:
    return replace(fit_models(history), recalibration=request.param)


@pytest.fixture(scope="module")
def scores(models: CustomerModels, history: CustomerHistory) -> ScoreTable:
    return score_customers(models, history, 273)


def test_history_has_the_published_sums(history: CustomerHistory) -> None:
    assert history.size == 2357
    assert history.frequency.sum() == 2457
    assert history.repeat_customers == 946


def test_unseen_customers_and_months_are_predicted_as_promised(purchases: Purchases) -> None:
    customers, history = purchases.history(CALIBRATED)
    half = np.arange(customers.size) % 2 == 0
    unseen = np.flatnonzero(~half)
    scores = score_customers(
        fit_models(history.take(np.flatnonzero(half))), history.take(unseen), 91
    )
    orders, _, first = purchases.after(customers[unseen], CALIBRATED, 91)
    found = backtest(scores, orders, first)
    assert found.calibration_error <= 0.035
    assert 0.8 <= found.covered80 <= 0.93
    assert 0.93 <= found.covered95 <= 0.985
    lapsed = (history.take(unseen).days_since_last > 90).astype(float)
    assert found.brier < 0.12 < brier(lapsed, orders == 0)
    assert brier(1 - scores.p_alive, orders == 0) > 0.5


def test_true_shop_is_predicted_within_its_intervals_and_dates() -> None:
    shop = draw_shop(8_000, seed=12, days_after=91)
    customers, history = shop.purchases.history(shop.as_of)
    orders, _, first = shop.purchases.after(customers, shop.as_of, 91)
    found = backtest(score_customers(fit_models(history), history, 91), orders, first)
    assert found.customers == 8_000
    assert found.calibration_error < 0.02
    assert found.orders_predicted == pytest.approx(found.orders_seen, rel=0.06)
    assert 0.46 < found.dates_reached < 0.54


def test_bounds_enclose_the_expected_figures(scores: ScoreTable) -> None:
    narrow, wide = scores.ranges[0.8], scores.ranges[0.95]
    assert (wide.orders_low <= narrow.orders_low).all()
    assert (narrow.orders_high <= wide.orders_high).all()
    assert (wide.value_low <= narrow.value_low).all()
    assert (narrow.value_high <= wide.value_high).all()
    assert (scores.expected_orders <= wide.orders_high + 1).all()


def test_no_figure_contradicts_another(
    models: CustomerModels, history: CustomerHistory, scores: ScoreTable
) -> None:
    assert ((scores.p_no_order >= 1 - scores.p_alive - 1e-12) & (scores.p_no_order <= 1)).all()
    assert (scores.expected_orders >= 1 - scores.p_no_order - 1e-12).all()
    assert (scores.p_alive[history.frequency == 0] == 1).all()
    nothing = scores.ranges[0.8].orders_high == 0
    assert (scores.p_no_order[nothing] >= 0.8 - 1e-12).all()
    assert (scores.p_no_order[~nothing] <= 0.8 + 1e-12).all()
    assert (p_no_order(models, history, 273) == scores.p_no_order).all()


def test_horizon_shorter_than_the_lines_own_is_told_by_the_models(
    models: CustomerModels, history: CustomerHistory
) -> None:
    straight = replace(models, recalibration=STRAIGHT)
    later = replace(models, recalibration=replace(models.recalibration, from_days=90))
    of_line, of_models = (score_customers(each, history, 30) for each in (later, straight))
    for name in ("p_no_order", "expected_orders"):
        assert (getattr(of_line, name) == getattr(of_models, name)).all()
    for name in ("orders_high", "value_high"):
        bounds = [getattr(told.ranges[0.95], name) for told in (of_line, of_models)]
        assert (bounds[0] == bounds[1]).all()


def test_a_date_exists_exactly_where_an_order_is_more_likely_than_not(
    models: CustomerModels, history: CustomerHistory, scores: ScoreTable
) -> None:
    due = scores.next_order_q50 <= 273
    assert (scores.p_no_order[due] <= 0.501).all()
    assert (scores.p_no_order[~due] >= 0.499).all()
    assert np.isnan(scores.next_order_q50[scores.p_alive < 0.5]).all()
    sooner = next_order_days(models, history, 0.25)
    assert (sooner[due] <= scores.next_order_q50[due]).all()


def test_scoring_is_the_same_customer_by_customer(
    models: CustomerModels, history: CustomerHistory, scores: ScoreTable
) -> None:
    few = np.array([3, 500, 1800])
    alone = score_customers(models, history.take(few), 273)
    assert alone.expected_orders == pytest.approx(scores.expected_orders[few])
    assert (alone.ranges[0.8].orders_high == scores.ranges[0.8].orders_high[few]).all()
    most = scores.ranges[0.95].value_high[few]
    assert alone.ranges[0.95].value_high == pytest.approx(most, rel=0.03)


def test_too_few_repeat_customers_are_refused_with_the_figure_needed(
    history: CustomerHistory,
) -> None:
    few = history.take(np.flatnonzero(history.frequency > 0)[:99])
    with pytest.raises(NotEnoughHistoryError, match="99 customers who came back, at least 100"):
        fit_models(few)


@pytest.mark.parametrize("days", [0, 1096])
def test_a_horizon_nobody_can_see_is_refused(
    models: CustomerModels, history: CustomerHistory, days: int
) -> None:
    with pytest.raises(ValueError, match="1 to 1095 days"):
        score_customers(models, history, days)
