"""Trials of the customer models: a history cut at a day, and what came after it.

Every customer is scored by models fitted on the other half of the customers up to the day. The
recalibration is learnt on that half too, as the product learns it: from what the two quarters
before the day showed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import special

from benchmarks.purchases import (
    Purchases,
    day_number,
    read_cdnow,
    read_complete_journey,
    read_online_retail,
)
from benchmarks.synthetic_shop import Truth, draw_shop
from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.history import CustomerHistory
from services.analytics.logistic import logistic_weights
from services.analytics.recalibration import STRAIGHT, Recalibration
from services.analytics.scores import ScoreTable, fit_models, score_customers
from services.analytics.seasonality import MonthlyRepeats
from services.days import to_date
from services.scoring.holdout import test_on_hold_out
from services.scoring.shop import HoldOut, Shop
from services.scoring.task import CHURN_DAYS

QUARTER = 91
FEWEST_PURCHASES = 500
CHRISTMAS = np.array([0.8, 0.7, 0.8, 0.8, 0.85, 0.85, 0.8, 0.8, 1.0, 1.2, 1.8, 2.0])
"""How busy January to December are in a shop that lives from its Christmas."""
THIRTY_THREE_MONTHS = 1004


@dataclass(frozen=True, slots=True)
class Trial:
    """A history cut at a day, and how far ahead is looked."""

    name: str
    purchases: Purchases
    as_of: int
    horizon: int
    is_seasonal: bool = False
    """Time is the shop's seasonal time, as the product has it with twenty months or more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Predictions for customers of the half that was not fitted on, and what they did."""

    scores: ScoreTable
    straight: ScoreTable
    """The same, nothing bent."""
    line: Recalibration
    history: CustomerHistory
    orders: IntArray
    spend: FloatArray
    days_to_next: FloatArray
    logistic_earlier: FloatArray | None
    """None where the history is too short for a whole horizon before the day."""
    logistic_same: FloatArray


def trials(data: Path) -> Iterator[Trial]:
    cdnow = read_cdnow(data / "cdnow_sample" / "cdnow_sample.csv")
    calibrated = day_number("1997-09-30")
    yield Trial("CDNOW, 13 weeks", cdnow, calibrated, QUARTER)
    yield Trial("CDNOW, 39 weeks", cdnow, calibrated, 3 * QUARTER)
    retail = data / "online_retail_2010_2011" / "online_retail.csv.gz"
    if retail.exists():
        purchases = read_online_retail(retail)
        for day in ("2011-06-09", "2011-09-09"):
            name = f"Online Retail from {day}, 13 weeks"
            yield Trial(name, purchases, day_number(day), QUARTER)
    grocer = data / "complete_journey_sample" / "transactions_sample.csv.gz"
    if grocer.exists():
        purchases = read_complete_journey(grocer)
        autumn = day_number("2017-09-30")
        yield Trial("Complete Journey, 13 weeks", purchases, autumn, QUARTER)
        yield Trial("Complete Journey, 30 days", purchases, autumn, 30)
    shop = draw_shop(20_000, seed=3, days_after=QUARTER)
    yield Trial("synthetic shop, 13 weeks", shop.purchases, shop.as_of, QUARTER)
    shop = draw_shop(
        20_000,
        seed=3,
        truth=Truth(months=tuple(CHRISTMAS / CHRISTMAS.mean())),
        as_of="2025-09-15",
        days_open=THIRTY_THREE_MONTHS,
        days_after=QUARTER,
    )
    for name, is_seasonal in (("season not known", False), ("season known", True)):
        yield Trial(
            f"Christmas shop, {name}, 13 weeks", shop.purchases, shop.as_of, QUARTER, is_seasonal
        )


def run(trial: Trial) -> list[Outcome]:
    """Each half of the customers, scored by what was learnt on the other."""
    customers, history = trial.purchases.history(trial.as_of)
    half = np.random.default_rng(0).permutation(customers.size) % 2 == 0
    return [_run_half(trial, customers, history, fitted) for fitted in (half, ~half)]


def _run_half(
    trial: Trial, customers: IntArray, history: CustomerHistory, fitted: BoolArray
) -> Outcome:
    known, unseen = np.flatnonzero(fitted), np.flatnonzero(~fitted)
    learnt, scored = history.take(known), history.take(unseen)
    after = trial.purchases.after
    orders, spend, days_to_next = after(customers[unseen], trial.as_of, trial.horizon)
    same, _, _ = after(customers[known], trial.as_of, trial.horizon)
    theirs = replace(trial, purchases=trial.purchases.of(customers[known]))
    models = fit_models(learnt, _repeats(theirs, trial.as_of))
    line = _line(theirs)
    straight = score_customers(models, scored, trial.horizon)
    return Outcome(
        scores=score_customers(replace(models, recalibration=line), scored, trial.horizon),
        straight=straight,
        line=line,
        history=scored,
        orders=orders,
        spend=spend,
        days_to_next=days_to_next,
        logistic_earlier=_learnt_before(theirs, scored),
        logistic_same=logistic(learnt, same == 0, scored),
    )


def _line(trial: Trial) -> Recalibration:
    """Learn what to bend from these purchases, by the product's own code."""
    latest, earlier = (_window(trial, trial.as_of - n * CHURN_DAYS) for n in (1, 2))
    found = test_on_hold_out(latest, earlier, CHURN_DAYS, None).recalibration
    if found is None:
        return STRAIGHT
    return Recalibration(found["intercept"], found["slope"], int(found["from_days"]))


def _window(trial: Trial, day: int) -> HoldOut:
    customers, history = trial.purchases.history(day)
    orders, _, days_to_next = trial.purchases.after(customers, day, CHURN_DAYS)
    return HoldOut(Shop(day, customers, history, _repeats(trial, day)), orders, days_to_next)


def _repeats(trial: Trial, day: int) -> MonthlyRepeats:
    if trial.is_seasonal:
        return trial.purchases.repeats(day)
    return MonthlyRepeats(to_date(day), np.zeros(0, dtype=np.int64))


def _learnt_before(trial: Trial, scored: CustomerHistory) -> FloatArray | None:
    """Logistic regression as a shop could run it: learnt one horizon earlier."""
    then = trial.as_of - trial.horizon
    if np.count_nonzero(trial.purchases.day <= then) < FEWEST_PURCHASES:
        return None
    customers, history = trial.purchases.history(then)
    orders, _, _ = trial.purchases.after(customers, then, trial.horizon)
    return logistic(history, orders == 0, scored)


def logistic(learnt: CustomerHistory, silent: BoolArray, scored: CustomerHistory) -> FloatArray:
    """Logistic regression, slightly ridged."""
    raw = _features(learnt)
    centre, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(learnt.size), (raw - centre) / spread])
    weights = logistic_weights(design, silent, np.full(design.shape[1], 1e-3))
    new = np.column_stack([np.ones(scored.size), (_features(scored) - centre) / spread])
    predicted: FloatArray = special.expit(new @ weights)
    return predicted


def _features(history: CustomerHistory) -> FloatArray:
    return np.column_stack(
        [
            np.log1p(history.frequency),
            np.log1p(history.recency_days),
            np.log1p(history.days_since_last),
            np.log1p(history.age_days),
            history.frequency / (history.age_days + 30.0),
        ]
    )
