"""A run's own hold-out: fitted on half of the customers a horizon ago, tested on the other half."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray
from services.analytics.calibration import brier
from services.analytics.history import SMALLEST_REPEAT_BASE, CustomerHistory
from services.analytics.scores import CustomerModels, backtest, fit_models, score_customers
from services.scoring.parameters import Parameters, from_json, to_json
from services.scoring.shop import HoldOut

Figures = dict[str, Any]

RECENCY_RULE_DAYS = 90
# Worse is what a person could notice, and more than chance.
TOLERATED_BRIER = 0.003
STANDARD_ERRORS = 2.0


def test_on_hold_out(
    held_out: HoldOut, horizon_days: int, previous: Parameters | None
) -> Figures | None:
    """Measure new models and, on the same customers, those of the `previous` hold-out.

    None when half of the customers a horizon ago are too few to learn from.
    """
    shop = held_out.shop
    is_learnt = np.random.default_rng(0).permutation(shop.customer_id.size) % 2 == 0
    learnt, tested = np.flatnonzero(is_learnt), np.flatnonzero(~is_learnt)
    known, unseen = shop.history.take(learnt), shop.history.take(tested)
    paying = int(np.count_nonzero((known.frequency > 0) & (known.monetary > 0)))
    if paying < SMALLEST_REPEAT_BASE:
        return None
    models = fit_models(known, shop.repeats)
    scores = score_customers(models, unseen, horizon_days)
    silent = held_out.orders[tested] == 0
    figures: Figures = {
        "horizon_days": horizon_days,
        "as_of": shop.as_of.isoformat(),
        "learnt_on": known.size,
        **asdict(backtest(scores, held_out.orders[tested], held_out.days_to_next[tested])),
        "recency_rule_brier": brier(
            (unseen.days_since_last > RECENCY_RULE_DAYS).astype(np.float64), silent
        ),
        "parameters": to_json(models),
    }
    if previous:
        old = from_json(previous, shop.as_of, unseen)
        figures["previous"] = _compare(
            scores.p_no_order, _p_no_order(old, unseen, horizon_days), silent
        )
    figures["is_worse"] = previous is not None and _is_worse(figures["previous"])
    return {name: _finite(value) for name, value in figures.items()}


def _compare(new: FloatArray, old: FloatArray, silent: BoolArray) -> Figures:
    """Brier score of the old, and how much higher (worse) the new one is, customer by customer."""
    difference = (new - silent) ** 2 - (old - silent) ** 2
    return {
        "brier": brier(old, silent),
        "difference": float(difference.mean()),
        "standard_error": float(difference.std() / math.sqrt(difference.size)),
    }


def _is_worse(compared: Figures) -> bool:
    noise = STANDARD_ERRORS * compared["standard_error"]
    return bool(compared["difference"] > max(TOLERATED_BRIER, noise))


def _p_no_order(models: CustomerModels, history: CustomerHistory, horizon_days: int) -> FloatArray:
    frequency = history.frequency.astype(np.float64)
    recency, age = models.time.weeks(history)
    alive = models.orders.p_alive(frequency, recency, age)
    return models.orders.p_no_order(frequency, age, alive, models.time.weeks_ahead(horizon_days))


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
