"""A run's own hold-out: fitted on half of the customers a horizon ago, tested on the other half.

The same months tell whether chances should be bent, and how (`services.analytics.recalibration`).
"""

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.calibration import brier
from services.analytics.history import SMALLEST_REPEAT_BASE, CustomerHistory
from services.analytics.recalibration import STRAIGHT, Recalibration, Told, lasting
from services.analytics.scores import (
    CustomerModels,
    backtest,
    fit_models,
    p_no_order,
    score_customers,
)
from services.scoring.parameters import Parameters, from_json, line_to_json, to_json
from services.scoring.shop import HoldOut
from services.scoring.task import Tested

Figures = dict[str, Any]

RECENCY_RULE_DAYS = 90
# Worse is what a person could notice, and more than chance.
TOLERATED_BRIER = 0.003
STANDARD_ERRORS = 2.0


def test_on_hold_out(
    held_out: HoldOut, earlier: HoldOut, horizon_days: int, previous: Parameters | None
) -> Tested:
    """Measure new models and, on the same customers, those of the `previous` hold-out.

    `earlier` is the shop one more horizon ago: the line learnt there bends what would have been
    told. That it is used was also decided on these very months, which flatters a little. There
    are no figures when half of the customers a horizon ago are too few to learn from.
    """
    shop = held_out.shop
    learnt, tested = _halves(shop.history)
    known, unseen = shop.history.take(learnt), shop.history.take(tested)
    if not _are_enough(known):
        return Tested(None, None)
    models, line = recalibrate(fit_models(known, shop.repeats), held_out, earlier, horizon_days)
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
            scores.p_no_order, p_no_order(old, unseen, horizon_days), silent
        )
    figures["is_worse"] = previous is not None and _is_worse(figures["previous"])
    return Tested({name: _finite(value) for name, value in figures.items()}, line_to_json(line))


def recalibrate(
    models: CustomerModels, latest: HoldOut, earlier: HoldOut, horizon_days: int
) -> tuple[CustomerModels, Recalibration]:
    """Bend the models of the latest window by what the earlier one had taught.

    Also returns the line for what is told from now on, learnt on the latest window. Both are
    straight unless the two windows agree that there is something to bend.
    """
    if not _are_enough(earlier.shop.history):
        return models, STRAIGHT
    before = fit_models(earlier.shop.history, earlier.shop.repeats)
    told_then, told_now = lasting(
        _told(before, earlier, horizon_days), _told(models, latest, horizon_days)
    )
    return replace(models, recalibration=told_then), told_now


def _halves(history: CustomerHistory) -> tuple[IntArray, IntArray]:
    """Draw the places of half of the customers, and of the others.

    By what they did: our ids follow the order of an import, and the same orders imported in another
    order would bend otherwise.
    """
    by_past = np.lexsort(
        (
            history.spend,
            history.monetary,
            history.age_days,
            history.recency_days,
            history.frequency,
        )
    )
    is_first = np.random.default_rng(0).permutation(history.size) % 2 == 0
    return np.sort(by_past[is_first]), np.sort(by_past[~is_first])


def _told(models: CustomerModels, window: HoldOut, horizon_days: int) -> Told:
    told = p_no_order(models, window.shop.history, horizon_days)
    return Told(horizon_days, told, window.orders == 0)


def _are_enough(history: CustomerHistory) -> bool:
    paying = np.count_nonzero((history.frequency > 0) & (history.monetary > 0))
    return bool(paying >= SMALLEST_REPEAT_BASE)


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


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
