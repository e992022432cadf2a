"""Gamma-Gamma: what a customer spends on an order.

One customer's orders vary with shape p around their own mean, and 1 / mean varies over customers
as Gamma(q, gamma); spend is independent of how often they order.
Source: Fader & Hardie, "The Gamma-Gamma Model of Monetary Value", note 025, 2013.

Money is in major units. `frequency` (x) counts repeat purchase days, `monetary` (m) is their mean
value; the first purchase is left out, as in every published table.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from services.analytics.arrays import FloatArray

LOG_BOUNDS = (float(np.log(1e-3)), float(np.log(1e5)))
# Mean spend is p gamma / (q - 1): nearer to 1, a handful of customers would set everyone's value.
SMALLEST_Q = 1.2


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The three parameters (gamma in major units) and the repeat customers fitted on."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int

    def expected_spend(self, frequency: FloatArray, monetary: FloatArray) -> FloatArray:
        """Value to expect of one order: between the customer's own mean and everyone's."""
        shape, rate = self.posterior(frequency, monetary)
        return self.p * rate / (shape - 1.0)

    def posterior(
        self, frequency: FloatArray, monetary: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Shape and rate of the gamma belief in nu, where an order is Gamma(p, nu)."""
        seen = np.where(frequency > 0, frequency * np.clip(monetary, 0.0, None), 0.0)
        return self.q + self.p * frequency, self.gamma + seen


def fit_gamma_gamma(frequency: FloatArray, monetary: FloatArray) -> GammaGamma:
    """Maximum likelihood over the customers with a repeat purchase of positive mean value."""
    chosen = (frequency > 0) & (monetary > 0)
    x, m = frequency[chosen], monetary[chosen]
    unit = float(m.mean())

    def objective(log_parameters: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(log_parameters)
        value, gradient = log_likelihood(parameters, x, m / unit)
        return -value / x.size, -gradient * parameters / x.size

    best = optimize.minimize(
        objective,
        np.log((3.0, 3.0, 1.0)),
        jac=True,
        method="L-BFGS-B",
        bounds=[LOG_BOUNDS, (float(np.log(SMALLEST_Q)), LOG_BOUNDS[1]), LOG_BOUNDS],
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
    )
    p, q, gamma = (float(parameter) for parameter in np.exp(best.x))
    value = -float(best.fun) * x.size - x.size * float(np.log(unit))
    return GammaGamma(p, q, gamma * unit, value, x.size)


def log_likelihood(
    parameters: FloatArray, frequency: FloatArray, monetary: FloatArray
) -> tuple[float, FloatArray]:
    """Log-likelihood at (p, q, gamma) and its gradient, equation 1a of the note."""
    p, q, gamma = parameters
    x, m = frequency, monetary
    customers = x.size
    # The gamma functions depend on x alone, which takes few values.
    counts, sizes = np.unique(x, return_counts=True)
    log_total = np.log(gamma + x * m)

    value = (sizes * (special.gammaln(p * counts + q) - special.gammaln(p * counts))).sum()
    value += customers * (q * np.log(gamma) - special.gammaln(q))
    value += ((p * x - 1.0) * np.log(m) + p * x * np.log(x) - (p * x + q) * log_total).sum()

    both = special.digamma(p * counts + q)
    d_p = (sizes * counts * (both - special.digamma(p * counts))).sum()
    d_p += (x * (np.log(m) + np.log(x) - log_total)).sum()
    d_q = (sizes * both).sum() + customers * (np.log(gamma) - special.digamma(q)) - log_total.sum()
    d_gamma = customers * q / gamma - ((p * x + q) / (gamma + x * m)).sum()
    return float(value), np.array([d_p, d_q, d_gamma])
