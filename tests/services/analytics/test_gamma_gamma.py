from pathlib import Path

import numpy as np
import pytest

from benchmarks.purchases import day_number, read_cdnow
from services.analytics.arrays import FloatArray
from services.analytics.gamma_gamma import fit_gamma_gamma, log_likelihood

History = tuple[FloatArray, FloatArray]
CDNOW = Path(__file__).parents[2] / "data" / "cdnow_sample.csv"


@pytest.fixture(scope="module")
def cdnow() -> History:
    _, history = read_cdnow(CDNOW).history(day_number("1997-09-30"))
    return history.frequency.astype(np.float64), history.monetary


def test_cdnow_fit_has_the_published_parameters(cdnow: History) -> None:
    model = fit_gamma_gamma(*cdnow)
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)
    assert model.customers == 946


def test_gradient_agrees_with_finite_differences(cdnow: History) -> None:
    x, m = (values[cdnow[0] > 0] for values in cdnow)
    at = np.array([4.0, 3.0, 20.0])
    _, gradient = log_likelihood(at, x, m)
    for place, slope in enumerate(gradient):
        step = np.zeros(3)
        step[place] = 1e-5
        rise = log_likelihood(at + step, x, m)[0] - log_likelihood(at - step, x, m)[0]
        assert slope == pytest.approx(rise / 2e-5, rel=1e-4)


def test_fit_scales_with_the_currency(cdnow: History) -> None:
    dollars, cents = fit_gamma_gamma(*cdnow), fit_gamma_gamma(cdnow[0], cdnow[1] * 100)
    assert cents.gamma == pytest.approx(dollars.gamma * 100, rel=1e-3)
    assert cents.q == pytest.approx(dollars.q, rel=1e-3)


def test_true_parameters_are_recovered() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(1, 12, 40_000).astype(np.float64)
    nu = rng.gamma(4.0, 1 / 25.0, x.size)
    model = fit_gamma_gamma(x, rng.gamma(6.0 * x) / nu / x)
    assert (model.p, model.q, model.gamma) == pytest.approx((6.0, 4.0, 25.0), rel=0.06)


def test_expected_spend_moves_from_everyone_to_the_customer(cdnow: History) -> None:
    model = fit_gamma_gamma(*cdnow)
    everyone = model.p * model.gamma / (model.q - 1)
    one, many = model.expected_spend(np.array([1.0, 50.0]), np.array([200.0, 200.0]))
    nobody = model.expected_spend(np.array([0.0]), np.array([np.nan]))[0]
    assert nobody == pytest.approx(everyone)
    assert everyone < one < many < 200


def test_refunded_customers_do_not_break_the_fit(cdnow: History) -> None:
    x, m = np.r_[cdnow[0], 3.0, 1.0], np.r_[cdnow[1], 0.0, -12.0]
    model = fit_gamma_gamma(x, m)
    assert model.customers == 946
    assert (model.expected_spend(x, m) > 0).all()
