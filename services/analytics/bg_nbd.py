"""BG/NBD: how often a customer orders, and whether they still will.

While active a customer orders at random with their own rate, Gamma(r, alpha) over customers;
after every order they leave for good with their own probability, Beta(a, b) over customers.
Source: Fader, Hardie & Lee, "Counting Your Customers the Easy Way", Marketing Science 24(2), 2005.

Everything here is in model time: weeks (or seasonal weeks). Arrays are one-dimensional with one
entry a customer: `frequency` (x) counts repeat purchase days, `recency` (t_x) runs from the first
to the last purchase, `age` (T) from the first purchase to now.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from services.analytics.arrays import FloatArray

# In units of the mean age real shops lie well inside; the edges only stop a flat likelihood.
LOG_BOUNDS = (float(np.log(1e-4)), float(np.log(1e4)))
NEAR_ONE = 1e-6
NEGLIGIBLE_TAIL = 1e-10
MOST_ORDERS = 100_000
STARTS = ((0.5, 0.5, 1.0, 3.0), (1.5, 0.2, 0.2, 0.6))


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The four parameters (alpha in weeks) and how well they explain the customers fitted on."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int

    def p_alive(self, frequency: FloatArray, recency: FloatArray, age: FloatArray) -> FloatArray:
        """Probability of still being active; 1 for one-time buyers, by construction."""
        parameters = np.array([self.r, self.alpha, self.a, self.b])
        alive: FloatArray = special.expit(-_log_odds_of_gone(parameters, frequency, recency, age))
        return alive

    def p_no_order(
        self, frequency: FloatArray, age: FloatArray, p_alive: FloatArray, horizon: float
    ) -> FloatArray:
        """Probability of no order within `horizon` weeks: gone, or active and silent."""
        silent = np.exp(-(self.r + frequency) * np.log1p(horizon / (self.alpha + age)))
        return 1.0 - p_alive * (1.0 - silent)

    def expected_orders(
        self,
        frequency: FloatArray,
        age: FloatArray,
        p_alive: FloatArray,
        horizon: FloatArray | float,
    ) -> FloatArray:
        """Purchase days to expect in (now, now + horizon], equation 10 of the paper.

        The paper's 2F1 overflows for frequent customers. Euler's transformation turns it into
        (1 - z)^(a - 1) 2F1(a + b - 1 - r, a - 1; a + b + x - 1; z), where no exponent grows with x.
        """
        # At a = 1 the formula is 0/0; beside it the error is below one part in a million.
        a = self.a if abs(self.a - 1.0) > NEAR_ONE else 1.0 + NEAR_ONE
        c = a + self.b + frequency - 1.0
        z = horizon / (self.alpha + age + horizon)
        with np.errstate(invalid="ignore", over="ignore"):
            series = special.hyp2f1(a + self.b - 1.0 - self.r, a - 1.0, c, z)
            never = (1.0 - z) ** (a - 1.0) * series
        expected: FloatArray = p_alive * c / (a - 1.0) * (1.0 - never)
        # Where hardly anybody leaves by chance of their own, a is huge and this is 0 * infinity.
        lost = ~np.isfinite(expected)
        if lost.any():
            broadcast = np.broadcast_arrays(frequency, age, p_alive, horizon)
            x, t, alive, ahead = (array[lost] for array in broadcast)
            expected[lost] = alive * self._orders_by_tail(x, t, ahead)
        return expected

    def _orders_by_tail(
        self, frequency: FloatArray, age: FloatArray, horizon: FloatArray
    ) -> FloatArray:
        """Orders to expect while active, as the sum of P(at least 1), P(at least 2), ..."""
        total = np.zeros(frequency.size)
        for count in range(1, MOST_ORDERS):
            tail = self.order_tail(count, frequency, age, horizon)
            total += tail
            if tail.max() < NEGLIGIBLE_TAIL:
                break
        return total

    def order_tail(
        self,
        count: FloatArray | float,
        frequency: FloatArray,
        age: FloatArray,
        horizon: FloatArray | float,
    ) -> FloatArray:
        """P(at least `count` >= 1 orders within `horizon` | still active), by broadcasting.

        Orders are the smaller of a negative binomial count and the geometric order after which
        the customer leaves; both are independent given that the customer is active, so the two
        tails multiply.
        """
        z = horizon / (self.alpha + age + horizon)
        orders_enough = special.betainc(count, self.r + frequency, z)
        stays_enough = np.exp(
            special.betaln(self.a, self.b + frequency + count - 1.0)
            - special.betaln(self.a, self.b + frequency)
        )
        tail: FloatArray = orders_enough * stays_enough
        return tail

    def weeks_until_order(
        self, frequency: FloatArray, age: FloatArray, p_alive: FloatArray, quantile: float
    ) -> FloatArray:
        """Weeks until the next order has come with probability `quantile`; NaN if it never does."""
        silent = 1.0 - quantile / p_alive
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            weeks = (self.alpha + age) * np.expm1(-np.log(silent) / (self.r + frequency))
        return np.where((silent > 0.0) & np.isfinite(weeks), weeks, np.nan)

    def expected_orders_of_new(self, weeks: FloatArray) -> FloatArray:
        """Repeat orders to expect in the first `weeks` after a first purchase, equation 9."""
        newcomer = np.zeros_like(weeks)
        return self.expected_orders(newcomer, newcomer, np.ones_like(weeks), weeks)


@dataclass(frozen=True, slots=True)
class Cells:
    """Customers with equal history, counted: all the likelihood needs to know."""

    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    customers: FloatArray


def aggregate(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> Cells:
    """Group customers with the same (x, t_x, T)."""
    order = np.lexsort((age, recency, frequency))
    rows = np.stack([frequency, recency, age])[:, order]
    starts = np.flatnonzero(np.r_[True, (rows[:, 1:] != rows[:, :-1]).any(axis=0)])
    sizes = np.diff(np.r_[starts, frequency.size]).astype(np.float64)
    return Cells(rows[0, starts], rows[1, starts], rows[2, starts], sizes)


def fit_bg_nbd(frequency: FloatArray, recency: FloatArray, age: FloatArray) -> BgNbd:
    """Maximum likelihood by L-BFGS with the analytic gradient; times in weeks."""
    unit = float(age.mean()) or 1.0
    cells = aggregate(frequency, recency / unit, age / unit)

    def objective(log_parameters: FloatArray) -> tuple[float, FloatArray]:
        parameters = np.exp(log_parameters)
        value, gradient = log_likelihood(parameters, cells)
        return -value / frequency.size, -gradient * parameters / frequency.size

    fits = [
        optimize.minimize(
            objective,
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[LOG_BOUNDS] * 4,
            options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500},
        )
        for start in STARTS
    ]
    best = min(fits, key=lambda fit: float(fit.fun))
    r, alpha, a, b = (float(parameter) for parameter in np.exp(best.x))
    # The likelihood is a density in x order times, so the unit of time enters it x times.
    value = -float(best.fun) * frequency.size - float(frequency.sum()) * float(np.log(unit))
    return BgNbd(r, alpha * unit, a, b, value, frequency.size)


def log_likelihood(parameters: FloatArray, cells: Cells) -> tuple[float, FloatArray]:
    """Log-likelihood at (r, alpha, a, b) and its gradient, equation 6 of the paper."""
    r, alpha, a, b = parameters
    x, weight = cells.frequency, cells.customers
    # The gamma functions depend on x alone, which takes few values.
    counts, which = np.unique(x, return_inverse=True)
    by_count = np.bincount(which, weights=weight)
    total = weight.sum()

    value = (by_count * (special.gammaln(r + counts) + _log_stays(a, b, counts))).sum()
    value += total * (r * np.log(alpha) - special.gammaln(r))
    log_exposure = np.log(alpha + cells.age)
    odds_of_gone = _log_odds_of_gone(parameters, x, cells.recency, cells.age)
    value += (weight * (np.logaddexp(0.0, odds_of_gone) - (r + x) * log_exposure)).sum()

    gone = weight * special.expit(odds_of_gone)
    since_last = log_exposure - np.log(alpha + cells.recency)
    d_r = (by_count * special.digamma(r + counts)).sum()
    d_r += total * (np.log(alpha) - special.digamma(r))
    d_r += (gone * since_last - weight * log_exposure).sum()
    d_alpha = total * r / alpha - (weight * (r + x) / (alpha + cells.age)).sum()
    d_alpha += (gone * (r + x) * (1 / (alpha + cells.age) - 1 / (alpha + cells.recency))).sum()
    shared = special.digamma(a + b) - special.digamma(a + b + counts)
    d_a = (by_count * shared).sum() + gone.sum() / a
    d_b = (by_count * (shared + special.digamma(b + counts) - special.digamma(b))).sum()
    d_b -= (gone / (b + np.maximum(x, 1.0) - 1.0)).sum()
    return float(value), np.array([d_r, d_alpha, d_a, d_b])


def _log_stays(a: float, b: float, counts: FloatArray) -> FloatArray:
    stays: FloatArray = special.betaln(a, b + counts) - special.betaln(a, b)
    return stays


def _log_odds_of_gone(
    parameters: FloatArray, frequency: FloatArray, recency: FloatArray, age: FloatArray
) -> FloatArray:
    """Log odds of having left right after the last order; -inf for one-time buyers."""
    r, alpha, a, b = parameters
    left = np.log(a) - np.log(b + np.maximum(frequency, 1.0) - 1.0)
    silence = (r + frequency) * (np.log(alpha + age) - np.log(alpha + recency))
    return np.where(frequency > 0, left + silence, -np.inf)
