"""Would probabilities bent to a shop's own past be truer? Asked, not used by the product.

    python -m benchmarks.recalibration DATA_DIR

The trials of benchmarks.customer_models. A line through the log-odds of "no order" (Platt) is
learnt on what the months before the day showed, and kept only if one learnt on the months before
those had lowered the Brier score there; without so much history nothing is bent.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy import special

from benchmarks.customer_models import FEWEST_PURCHASES, QUARTER, Trial, trials
from services.analytics.arrays import BoolArray, FloatArray, IntArray
from services.analytics.calibration import brier, calibrate
from services.analytics.scores import fit_models, score_customers

LEAST = 1e-4
STRAIGHT = np.array([0.0, 1.0])
"""Intercept and slope that bend nothing."""

Predicted = tuple[FloatArray, BoolArray]
"""Probabilities of no order, and whether none came."""


def predicted(trial: Trial, as_of: int, fitted: IntArray, scored: IntArray) -> Predicted:
    """Fit on some customers as of a day, and score others, or the same, for the time after it."""
    customers, history = trial.purchases.history(as_of)
    models = fit_models(history.take(np.flatnonzero(np.isin(customers, fitted))))
    which = np.flatnonzero(np.isin(customers, scored))
    probability = score_customers(models, history.take(which), trial.horizon).p_no_order
    orders, _, _ = trial.purchases.after(customers[which], as_of, trial.horizon)
    return probability, orders == 0


def learnt(past: Predicted) -> FloatArray:
    """Intercept and slope by iteratively reweighted least squares."""
    probability, silent = past
    design = np.column_stack([np.ones(probability.size), _log_odds(probability)])
    line = STRAIGHT
    for _ in range(30):
        fitted = special.expit(design @ line)
        curvature = design.T @ ((fitted * (1 - fitted))[:, np.newaxis] * design)
        line = line + np.linalg.solve(curvature + 1e-6 * np.eye(2), design.T @ (silent - fitted))
    return line


def bent(line: FloatArray, probability: FloatArray) -> FloatArray:
    curved: FloatArray = special.expit(line[0] + line[1] * _log_odds(probability))
    return curved


def line_of(trial: Trial, known: IntArray) -> FloatArray:
    """The line that a shop would use on the day, from its own customers' past."""
    first, second = trial.as_of - 2 * trial.horizon, trial.as_of - trial.horizon
    if np.count_nonzero(trial.purchases.day <= first) < FEWEST_PURCHASES:
        return STRAIGHT
    probability, silent = predicted(trial, second, known, known)
    trusted = bent(learnt(predicted(trial, first, known, known)), probability)
    if brier(trusted, silent) >= brier(probability, silent):
        return STRAIGHT
    return learnt((probability, silent))


def compare(trial: Trial) -> None:
    """Print both scores before and after, on customers that nothing was learnt on."""
    customers, _ = trial.purchases.history(trial.as_of)
    half = np.random.default_rng(0).permutation(customers.size) % 2 == 0
    plain, curved, silent, lines = [], [], [], []
    for fitted in (half, ~half):
        probability, happened = predicted(trial, trial.as_of, customers[fitted], customers[~fitted])
        lines.append(line_of(trial, customers[fitted]))
        plain.append(probability)
        curved.append(bent(lines[-1], probability))
        silent.append(happened)
    outcome = np.concatenate(silent)
    told = [
        f"{brier(each, outcome):.4f}, {calibrate(each, outcome).error:.4f}"
        for each in (np.concatenate(plain), np.concatenate(curved))
    ]
    slopes = " and ".join(f"{line[0]:+.2f} {line[1]:+.2f}x" for line in lines)
    print(f"{trial.name:<42} Brier, calibration error: {told[0]}; bent: {told[1]} ({slopes})")


def _log_odds(probability: FloatArray) -> FloatArray:
    odds: FloatArray = special.logit(np.clip(probability, LEAST, 1 - LEAST))
    return odds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    for trial in trials(parser.parse_args().data):
        if trial.horizon == QUARTER:
            compare(trial)


if __name__ == "__main__":
    main()
