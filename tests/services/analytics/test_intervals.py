"""The closed forms are checked against draws from the posterior."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special

from services.analytics.arrays import FloatArray, IntArray
from services.analytics.bg_nbd import BgNbd
from services.analytics.gamma_gamma import GammaGamma
from services.analytics.intervals import order_quantiles, prediction_intervals, spend_quantiles
from services.analytics.recalibration import STRAIGHT, Recalibration

ORDERS = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0, customers=0)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44, log_likelihood=0.0, customers=0)
FREQUENCY = np.array([0.0, 0.0, 1.0, 3.0, 8.0, 23.0, 90.0])
RECENCY = np.array([0.0, 0.0, 30.0, 35.0, 20.0, 50.0, 99.0])
AGE = np.array([1.0, 60.0, 38.0, 38.0, 38.0, 52.0, 100.0])
MONETARY = np.array([0.0, 0.0, 20.0, 35.0, 50.0, 28.0, 33.0])
ALIVE = ORDERS.p_alive(FREQUENCY, RECENCY, AGE)
DRAWS = 40_000
Drawn = tuple[float, IntArray, FloatArray]
Figure = TypeVar("Figure", np.int64, np.float64)
LINES = (STRAIGHT, Recalibration(0.1, 0.75), Recalibration(-0.4, 1.4))


@pytest.fixture(scope="module", params=[4.0, 39.0])
def drawn(request: pytest.FixtureRequest) -> Drawn:
    """Horizon, and orders and spend drawn from the posterior, (DRAWS, customers)."""
    rng = np.random.default_rng(11)
    shape = (DRAWS, FREQUENCY.size)
    rate = rng.gamma(ORDERS.r + FREQUENCY, 1 / (ORDERS.alpha + AGE), shape)
    leaves = rng.beta(ORDERS.a, ORDERS.b + FREQUENCY, shape)
    orders = np.minimum(rng.poisson(rate * request.param), rng.geometric(leaves))
    orders *= rng.random(shape) < ALIVE
    posterior, total = SPEND.posterior(FREQUENCY, MONETARY)
    nu = rng.gamma(posterior, 1 / total, shape)
    spend = np.where(orders > 0, rng.gamma(np.maximum(SPEND.p * orders, 1e-9)) / nu, 0.0)
    return request.param, orders, spend


def test_order_quantiles_are_those_of_the_posterior(drawn: Drawn) -> None:
    horizon, orders, _ = drawn
    levels = (0.025, 0.1, 0.5, 0.8, 0.9, 0.975)
    found = order_quantiles(ORDERS, FREQUENCY, AGE, ALIVE, horizon, levels)
    for level, counts in zip(levels, found, strict=True):
        assert ((orders <= counts).mean(axis=0) > level - 0.01).all()
        assert ((orders < counts).mean(axis=0) < level + 0.01).all()


def test_spend_quantiles_are_those_of_the_posterior(drawn: Drawn) -> None:
    horizon, _, spend = drawn
    levels = (0.025, 0.1, 0.5, 0.9, 0.975)
    history = (FREQUENCY, AGE, MONETARY)
    found = spend_quantiles(ORDERS, SPEND, history, ALIVE, horizon, levels)
    for level, amounts in zip(levels, found, strict=True):
        positive = amounts > 0
        below = (spend <= amounts).mean(axis=0)
        assert np.abs(below - level)[positive].max(initial=0.0) < 0.01
        assert (below[~positive] > level - 0.01).all()


def test_mean_of_the_posterior_is_the_expected_figure(drawn: Drawn) -> None:
    horizon, orders, spend = drawn
    expected = ORDERS.expected_orders(FREQUENCY, AGE, ALIVE, horizon)
    assert orders.mean(axis=0) == pytest.approx(expected, rel=0.05, abs=0.01)
    value = expected * SPEND.expected_spend(FREQUENCY, MONETARY)
    assert spend.mean(axis=0) == pytest.approx(value, rel=0.06, abs=0.5)
    none = ORDERS.p_no_order(FREQUENCY, AGE, ALIVE, horizon)
    assert (orders == 0).mean(axis=0) == pytest.approx(none, abs=0.01)


def bent(drawn: npt.NDArray[Figure], line: Recalibration) -> npt.NDArray[Figure]:
    """Draw from the bent distribution: the model's quantile at the level of a random one."""
    level = np.random.default_rng(12).random(DRAWS)
    of_model: FloatArray = special.expit((special.logit(level) - line.intercept) / line.slope)
    return np.sort(drawn, axis=0)[(of_model * DRAWS).astype(np.int64)]


@pytest.mark.parametrize("line", LINES)
def test_intervals_hold_at_least_their_level(drawn: Drawn, line: Recalibration) -> None:
    horizon, orders, spend = drawn[0], bent(drawn[1], line), bent(drawn[2], line)
    history = (FREQUENCY, AGE, MONETARY)
    levels = (0.8, 0.95)
    found = prediction_intervals(ORDERS, SPEND, history, ALIVE, horizon, levels, line)
    for level, bounds in zip(levels, found, strict=True):
        inside = (bounds.orders_low <= orders) & (orders <= bounds.orders_high)
        assert (inside.mean(axis=0) > level - 0.01).all()
        inside = (bounds.value_low <= spend) & (spend <= bounds.value_high)
        assert (inside.mean(axis=0) > level - 0.015).all()


@pytest.mark.parametrize("line", LINES)
def test_wider_levels_contain_narrower_ones(line: Recalibration) -> None:
    history = (FREQUENCY, AGE, MONETARY)
    narrow, wide = prediction_intervals(ORDERS, SPEND, history, ALIVE, 39.0, (0.8, 0.95), line)
    assert (wide.orders_low <= narrow.orders_low).all()
    assert (wide.orders_high >= narrow.orders_high).all()
    assert (wide.value_low <= narrow.value_low).all()
    assert (wide.value_high >= narrow.value_high).all()


def test_nobody_spends_without_an_order_in_the_interval() -> None:
    gone = np.full(FREQUENCY.size, 0.05)
    bounds = prediction_intervals(ORDERS, SPEND, (FREQUENCY, AGE, MONETARY), gone, 4.0, (0.8,))[0]
    assert (bounds.orders_high == 0).all()
    assert (bounds.value_high == 0).all()
