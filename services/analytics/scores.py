"""Fit the customer models and score everybody: the one door scoring goes through."""

from dataclasses import dataclass

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.bg_nbd import BgNbd, fit_bg_nbd
from services.analytics.calibration import brier, calibrate, coverage
from services.analytics.errors import NotEnoughHistoryError
from services.analytics.gamma_gamma import GammaGamma, fit_gamma_gamma
from services.analytics.history import (
    FURTHEST_HORIZON_DAYS,
    SMALLEST_REPEAT_BASE,
    CustomerHistory,
)
from services.analytics.intervals import Intervals, prediction_intervals
from services.analytics.recalibration import STRAIGHT, Recalibration
from services.analytics.seasonality import ModelTime, MonthlyRepeats, seasonal_time
from services.analytics.segments import assign_segments, rfm_scores

FIT_SAMPLE = 200_000
LEVELS = (0.8, 0.95)
# A date further away than this is not one to wait for; such customers have no date.
FURTHEST_DATE_DAYS = 730.0


@dataclass(frozen=True, slots=True)
class CustomerModels:
    """Everything fitted: orders in model weeks, spend in major units, and what a week is.

    The recalibration is learnt from past windows (`recalibration`), not by `fit_models`.
    """

    orders: BgNbd
    spend: GammaGamma
    time: ModelTime
    recalibration: Recalibration = STRAIGHT


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """One entry a customer; orders and value are of the days after scoring up to the horizon."""

    horizon_days: int
    p_alive: FloatArray
    p_no_order: FloatArray
    expected_orders: FloatArray
    expected_value: FloatArray
    ranges: dict[float, Intervals]
    """By level, such as 0.8."""
    next_order_q50: FloatArray
    """Whole days until the next order has come with probability one half; NaN means no date."""
    segment: IntArray
    """Position in `segments.SEGMENTS`."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the scores of a past day compare with what the customers did until the horizon."""

    customers: int
    brier: float
    calibration_error: float
    covered80: float
    covered95: float
    orders_predicted: float
    orders_seen: int
    dates_reached: float
    """Share of customers with a date inside the horizon who had ordered by it; NaN without any."""


def fit_models(
    history: CustomerHistory, repeats: MonthlyRepeats | None = None, *, seed: int = 0
) -> CustomerModels:
    """Fit on all customers or a seeded sample of FIT_SAMPLE; refuses too small a base.

    With `repeats` of at least twenty months, time is the shop's seasonal time.
    """
    if history.repeat_customers < SMALLEST_REPEAT_BASE:
        raise NotEnoughHistoryError(
            "customers who came back", found=history.repeat_customers, needed=SMALLEST_REPEAT_BASE
        )
    sample = history.sample(FIT_SAMPLE, seed)
    time = ModelTime.plain()
    orders = _fit_orders(sample, time)
    if repeats is not None and repeats.has_season:
        time = seasonal_time(orders, history.age_days, repeats)
        orders = _fit_orders(sample, time)
    spend = fit_gamma_gamma(sample.frequency.astype(np.float64), sample.monetary)
    return CustomerModels(orders, spend, time)


def score_customers(
    models: CustomerModels,
    history: CustomerHistory,
    horizon_days: int,
    levels: tuple[float, ...] = LEVELS,
) -> ScoreTable:
    """Score every customer for the days (0, horizon_days] after the day of the history.

    Ranges, one for each of `levels`, take most of the time. Chances and ranges are bent if the
    horizon is no shorter than the recalibration's. Expected figures are means of the models; a
    chance of an order above the mean raises it, so that they cannot contradict.
    """
    if not 1 <= horizon_days <= FURTHEST_HORIZON_DAYS:
        raise ValueError(f"A horizon has 1 to {FURTHEST_HORIZON_DAYS} days, not {horizon_days}.")
    x = history.frequency.astype(np.float64)
    recency, age = models.time.weeks(history)
    horizon = models.time.weeks_ahead(horizon_days)
    alive = models.orders.p_alive(x, recency, age)
    expected = models.orders.expected_orders(x, age, alive, horizon)
    silent = models.orders.p_no_order(x, age, alive, horizon)
    purchases = history.frequency + 1
    rfm = rfm_scores(history.days_since_last, purchases, history.spend)
    bend = models.recalibration.at(horizon_days)
    intervals = prediction_intervals(
        models.orders, models.spend, (x, age, history.monetary), alive, horizon, levels, bend
    )
    if not bend.is_straight:
        alive = 1.0 - bend.probability(1.0 - alive)
        silent = bend.probability(silent)
        expected = np.maximum(expected, 1.0 - silent)
    return ScoreTable(
        horizon_days=horizon_days,
        p_alive=alive,
        p_no_order=silent,
        expected_orders=expected,
        expected_value=expected * models.spend.expected_spend(x, history.monetary),
        ranges=dict(zip(levels, intervals, strict=True)),
        next_order_q50=next_order_days(models, history, 0.5),
        segment=assign_segments(rfm, purchases),
    )


def p_no_order(models: CustomerModels, history: CustomerHistory, horizon_days: int) -> FloatArray:
    """Only that figure of `score_customers`, which takes a fraction of the time."""
    x = history.frequency.astype(np.float64)
    recency, age = models.time.weeks(history)
    alive = models.orders.p_alive(x, recency, age)
    silent = models.orders.p_no_order(x, age, alive, models.time.weeks_ahead(horizon_days))
    return models.recalibration.at(horizon_days).probability(silent)


def next_order_days(
    models: CustomerModels, history: CustomerHistory, quantile: float
) -> FloatArray:
    """Whole days, at least one, until the next order has come with this probability, or NaN.

    Bent however near they are, so that they agree with the chance of no order in the horizon that
    the recalibration was learnt on.
    """
    bend = models.recalibration
    chance = quantile if bend.is_straight else 1.0 - bend.level(1.0 - quantile)
    x = history.frequency.astype(np.float64)
    recency, age = models.time.weeks(history)
    alive = models.orders.p_alive(x, recency, age)
    days = models.time.days_ahead(models.orders.weeks_until_order(x, age, alive, chance))
    return np.where(days <= FURTHEST_DATE_DAYS, np.maximum(np.round(days), 1.0), np.nan)


def backtest(scores: ScoreTable, orders_seen: IntArray, days_to_next: FloatArray) -> Backtest:
    """Compare with the purchase days seen in the horizon and the days to the first (NaN: none)."""
    silent: BoolArray = orders_seen == 0
    due = scores.next_order_q50 <= scores.horizon_days
    reached = days_to_next[due] <= scores.next_order_q50[due]
    return Backtest(
        customers=orders_seen.size,
        brier=brier(scores.p_no_order, silent),
        calibration_error=calibrate(scores.p_no_order, silent).error,
        covered80=_covered(scores.ranges[0.8], orders_seen),
        covered95=_covered(scores.ranges[0.95], orders_seen),
        orders_predicted=float(scores.expected_orders.sum()),
        orders_seen=int(orders_seen.sum()),
        dates_reached=float(reached.mean()) if reached.size else float("nan"),
    )


def _covered(bounds: Intervals, orders_seen: IntArray) -> float:
    return coverage(bounds.orders_low, bounds.orders_high, orders_seen)


def _fit_orders(sample: CustomerHistory, time: ModelTime) -> BgNbd:
    return fit_bg_nbd(sample.frequency.astype(np.float64), *time.weeks(sample))
