"""Are the customer models true? Anchors, calibration and coverage on customers not fitted on.

    python -m benchmarks.customer_models DATA_DIR [--plot FILE] [--scale 1000000]

DATA_DIR holds `cdnow_sample/cdnow_sample.csv` and, if wanted,
`online_retail_2010_2011/online_retail.csv.gz` and
`complete_journey_sample/transactions_sample.csv.gz`, which nothing here was designed on.
Every customer is scored by models fitted on the other half of the customers up to a day, and
compared with the months after that day. Logistic regression learns from the same other half: once
from the months before the day ("earlier months"), once told the outcome of the very months
predicted ("same months"), which no shop can know.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
from services.analytics.calibration import brier, calibrate, coverage
from services.analytics.history import CustomerHistory
from services.analytics.scores import CustomerModels, ScoreTable, fit_models, score_customers

QUARTER = 91
FEWEST_PURCHASES = 1000
REDRAWN = 500
PUBLISHED = {
    "r": 0.243,
    "alpha": 4.414,
    "a": 0.793,
    "b": 2.426,
    "log-likelihood": -9582.4,
    "p": 6.25,
    "q": 3.74,
    "gamma": 15.44,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A history cut at a day, and how far ahead is looked."""

    name: str
    purchases: Purchases
    as_of: int
    horizon: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Predictions for customers of the half that was not fitted on, and what they did."""

    scores: ScoreTable
    history: CustomerHistory
    orders: IntArray
    spend: FloatArray
    days_to_next: FloatArray
    logistic_earlier: FloatArray | None
    """None where the history is too short for a whole horizon before the day."""
    logistic_same: FloatArray


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
    return Outcome(
        scores=score_customers(fit_models(learnt), scored, trial.horizon),
        history=scored,
        orders=orders,
        spend=spend,
        days_to_next=days_to_next,
        logistic_earlier=_learnt_before(trial, customers[known], scored),
        logistic_same=logistic(learnt, same == 0, scored),
    )


def _learnt_before(trial: Trial, known: IntArray, scored: CustomerHistory) -> FloatArray | None:
    """Logistic regression as a shop could run it: learnt one horizon earlier."""
    then = trial.as_of - trial.horizon
    if np.count_nonzero(trial.purchases.day <= then) < FEWEST_PURCHASES:
        return None
    customers, history = trial.purchases.history(then)
    both = np.flatnonzero(np.isin(customers, known))
    orders, _, _ = trial.purchases.after(customers[both], then, trial.horizon)
    return logistic(history.take(both), orders == 0, scored)


def logistic(learnt: CustomerHistory, silent: BoolArray, scored: CustomerHistory) -> FloatArray:
    """Logistic regression by iteratively reweighted least squares, slightly ridged."""
    raw = _features(learnt)
    centre, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(learnt.size), (raw - centre) / spread])
    weights = np.zeros(design.shape[1])
    ridge = 1e-3 * np.eye(design.shape[1])
    for _ in range(30):
        fitted = special.expit(design @ weights)
        curvature = design.T @ ((fitted * (1 - fitted))[:, np.newaxis] * design) + ridge
        gradient = design.T @ (silent - fitted) - ridge @ weights
        weights += np.linalg.solve(curvature, gradient)
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


def churn_rows(outcomes: list[Outcome]) -> Iterator[tuple[str, str, str]]:
    """Brier and calibration of "no order in the horizon", beside other methods."""
    silent = np.concatenate([outcome.orders for outcome in outcomes]) == 0
    ours = np.concatenate([outcome.scores.p_no_order for outcome in outcomes])
    earlier = [one.logistic_earlier for one in outcomes if one.logistic_earlier is not None]
    same = np.concatenate([outcome.logistic_same for outcome in outcomes])
    lapsed = np.concatenate([outcome.history.days_since_last > 90 for outcome in outcomes])
    alive = np.concatenate([outcome.scores.p_alive for outcome in outcomes])
    best = brier(same, silent)
    if earlier:
        before = brier(np.concatenate(earlier), silent)
        best = min(best, before)
        yield "Brier, logistic, earlier months", f"{before:.4f}", ""
    yield "Brier, logistic, same months", f"{brier(same, silent):.4f}", ""
    yield "Brier, this model", f"{brier(ours, silent):.4f}", f"<= {best + 0.003:.4f}"
    yield "Brier, recency > 90 days", f"{brier(lapsed.astype(np.float64), silent):.4f}", "above"
    yield "Brier, 1 - P(alive)", f"{brier(1.0 - alive, silent):.4f}", "above"
    yield "decile calibration error", f"{calibrate(ours, silent).error:.4f}", "<= 0.03"
    chance = np.quantile(_errors_if_true(ours), [0.5, 0.95])
    yield "... were all probabilities true, 50 / 95 %", "{:.4f} / {:.4f}".format(*chance), ""


def _errors_if_true(probability: FloatArray) -> FloatArray:
    """Calibration errors of outcomes drawn from the predictions: what so few customers leave."""
    rng = np.random.default_rng(0)
    drawn = (rng.random(probability.size) < probability for _ in range(REDRAWN))
    return np.array([calibrate(probability, happened).error for happened in drawn])


def interval_rows(outcomes: list[Outcome]) -> Iterator[tuple[str, str, str]]:
    """Coverage of orders and spend, and how many had ordered by their date."""

    def covered(low: str, high: str, seen: str) -> str:
        shares = [
            coverage(getattr(one.scores, low), getattr(one.scores, high), getattr(one, seen))
            for one in outcomes
        ]
        return f"{np.average(shares, weights=[one.orders.size for one in outcomes]):.3f}"

    for what, seen in (("orders", "orders"), ("value", "spend")):
        for level, target in (("80", ".80-.93"), ("95", ".93-.98")):
            names = (f"expected_{what}_lo{level}", f"expected_{what}_hi{level}", seen)
            yield f"{what}: {level} % interval covers", covered(*names), target
    dates = np.concatenate([one.scores.next_order_q50 for one in outcomes])
    came = np.concatenate([one.days_to_next for one in outcomes])
    due = dates <= outcomes[0].scores.horizon_days
    reached = float(np.mean(came[due] <= dates[due])) if due.any() else float("nan")
    yield f"50 % next-order date reached ({due.sum()} dates)", f"{reached:.3f}", ".45-.55"
    predicted = sum(float(one.scores.expected_orders.sum()) for one in outcomes)
    seen_orders = sum(int(one.orders.sum()) for one in outcomes)
    yield "orders, predicted / seen", f"{predicted:.0f} / {seen_orders}", ""


def anchors(purchases: Purchases) -> Iterator[tuple[str, str, str]]:
    """The published figures of the CDNOW sample, calibrated to 1997-09-30."""
    _, history = purchases.history(day_number("1997-09-30"))
    models = fit_models(history)
    found = _parameters(models)
    for name, published in PUBLISHED.items():
        off = found[name] / published - 1.0
        yield name, f"{found[name]:.4f} ({off:+.2%})", f"{published} +- 1 %"
    # Week 78 ends with 1998-06-30: 39 weeks after the calibration, that day included.
    weeks = (history.age_days + 1) / 7.0 + 39.0
    expected = float(models.orders.expected_orders_of_new(weeks).sum())
    seen = purchases.day.size - history.size
    yield "cumulative repeat orders, week 78", f"{expected / seen - 1.0:+.2%}", "+- 4 %"


def _parameters(models: CustomerModels) -> dict[str, float]:
    orders, spend = models.orders, models.spend
    values = (orders.r, orders.alpha, orders.a, orders.b, orders.log_likelihood)
    return dict(zip(PUBLISHED, (*values, spend.p, spend.q, spend.gamma), strict=True))


def recovery(truth: Truth) -> Iterator[tuple[str, str, str]]:
    """Parameters recovered from 200,000 drawn customers, beside the true ones.

    A few percent off by nature: orders come at any hour, but days are what a history keeps.
    """
    shop = draw_shop(200_000, seed=7, truth=truth)
    _, history = shop.purchases.history(shop.as_of)
    found = _parameters(fit_models(history))
    for name in ("r", "alpha", "a", "b", "p", "q", "gamma"):
        yield name, f"{found[name]:.4f}", f"true {getattr(truth, name)}"


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
        yield Trial("Complete Journey, 13 weeks", purchases, day_number("2017-09-30"), QUARTER)
    shop = draw_shop(20_000, seed=3, days_after=QUARTER)
    yield Trial("synthetic shop, 13 weeks", shop.purchases, shop.as_of, QUARTER)


def plot(tested: list[tuple[Trial, list[Outcome]]], path: Path) -> None:
    """Decile calibration of every trial as one picture."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only wanted with --plot

    figure = Figure(figsize=(9, 6), layout="constrained")
    panels = figure.subplots(2, -(-len(tested) // 2), sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(tested) :]:
        axes.remove()
    for axes, (trial, outcomes) in zip(panels.flat, tested, strict=False):
        silent = np.concatenate([outcome.orders for outcome in outcomes]) == 0
        ours = np.concatenate([outcome.scores.p_no_order for outcome in outcomes])
        deciles = calibrate(ours, silent)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axes.plot(deciles.predicted, deciles.observed, marker="o", color="#3b6fb6")
        axes.set_title(f"{trial.name}\nerror {deciles.error:.3f}", loc="left", fontsize=9)
    figure.supxlabel("predicted probability of no order, by tenth of the customers")
    figure.supylabel("share without an order")
    figure.savefig(path, dpi=110, metadata={"Software": None})


def scale(customers: int) -> Iterator[tuple[str, str, str]]:
    """Time and peak memory of fitting and scoring a large shop, its history given."""
    _, history = draw_shop(customers, seed=1).purchases.history(day_number("2026-06-30"))
    before = _peak_megabytes()
    started = time.perf_counter()
    models = fit_models(history)
    yield "fit, seconds", f"{time.perf_counter() - started:.1f}", ""
    for days in (30, 90, 365):
        started = time.perf_counter()
        score_customers(models, history, days)
        yield f"score {days} days, seconds", f"{time.perf_counter() - started:.1f}", ""
    yield "peak memory, MB", f"{_peak_megabytes():.0f}", f"{before:.0f} before, drawing"


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def show(title: str, rows: Iterator[tuple[str, str, str]]) -> None:
    print(f"\n{title}")
    for name, value, target in rows:
        print(f"  {name:<44} {value:>22}   {target}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("--scale", type=int, default=0, help="time a shop of that many customers")
    parser.add_argument("--plot", type=Path, help="PNG of the calibration of every trial")
    arguments = parser.parse_args()
    cdnow = read_cdnow(arguments.data / "cdnow_sample" / "cdnow_sample.csv")
    show("CDNOW, published figures", anchors(cdnow))
    show("Synthetic shop, 200,000 customers", recovery(Truth()))
    if arguments.scale:
        show(f"Synthetic shop, {arguments.scale:,} customers", scale(arguments.scale))
    tested = []
    for trial in trials(arguments.data):
        outcomes = run(trial)
        if trial.horizon == QUARTER:
            show(f"{trial.name}, no order", churn_rows(outcomes))
            tested.append((trial, outcomes))
        show(f"{trial.name}, intervals and dates", interval_rows(outcomes))
    if arguments.plot:
        plot(tested, arguments.plot)


if __name__ == "__main__":
    main()
