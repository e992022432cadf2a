"""Are the customer models true? Anchors, calibration and coverage on customers not fitted on.

    python -m benchmarks.customer_models DATA_DIR [--plot FILE] [--scale 1000000]

DATA_DIR holds `cdnow_sample/cdnow_sample.csv` and, if wanted,
`online_retail_2010_2011/online_retail.csv.gz` and
`complete_journey_sample/transactions_sample.csv.gz`, which nothing here was designed on.
Every customer is scored by models fitted on the other half of the customers up to a day, and
compared with the months after that day; the recalibration is learnt on that half by the product's
own code, and figures without it stand beside. Logistic regression learns from the same other half:
once from the months before the day ("earlier months"), once told the outcome of the very months
predicted ("same months"), which no shop can know.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.model_trials import QUARTER, Outcome, Trial, run, trials
from benchmarks.purchases import Purchases, day_number, read_cdnow
from benchmarks.synthetic_shop import Truth, draw_shop
from services.analytics.arrays import BoolArray, FloatArray
from services.analytics.calibration import brier, calibrate, coverage
from services.analytics.scores import CustomerModels, ScoreTable, fit_models, score_customers

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
RANGES = {"80": (0.80, 0.93), "95": (0.93, 0.98)}


class Row(NamedTuple):
    """A figure, and where there is one its goal and what it is with nothing bent."""

    name: str
    value: str
    goal: str = ""
    is_met: bool | None = None
    straight: str = ""


def churn_rows(outcomes: list[Outcome]) -> Iterator[Row]:
    """Brier and calibration of "no order in the horizon", beside other methods."""
    silent = np.concatenate([outcome.orders for outcome in outcomes]) == 0
    ours, straight = _p_no_order(outcomes)
    earlier = [one.logistic_earlier for one in outcomes if one.logistic_earlier is not None]
    same = np.concatenate([outcome.logistic_same for outcome in outcomes])
    lapsed = np.concatenate([outcome.history.days_since_last > 90 for outcome in outcomes])
    alive = np.concatenate([outcome.scores.p_alive for outcome in outcomes])
    best = brier(same, silent)
    if earlier:
        before = brier(np.concatenate(earlier), silent)
        best = min(best, before)
        yield Row("Brier, logistic, earlier months", f"{before:.4f}")
    yield Row("Brier, logistic, same months", f"{brier(same, silent):.4f}")
    found, goal = brier(ours, silent), best + 0.003
    lines = " and ".join(f"{one.line.intercept:+.2f} {one.line.slope:.2f}x" for one in outcomes)
    yield Row("line learnt by each half", lines)
    yield Row(
        "Brier, this model",
        f"{found:.4f}",
        f"<= {goal:.4f}",
        found <= goal,
        f"{brier(straight, silent):.4f}",
    )
    for name, rule in (
        ("recency > 90 days", lapsed.astype(np.float64)),
        ("1 - P(alive)", 1 - alive),
    ):
        yield Row(
            f"Brier, {name}", f"{brier(rule, silent):.4f}", "above", brier(rule, silent) > found
        )
    error = calibrate(ours, silent).error
    yield Row(
        "decile calibration error",
        f"{error:.4f}",
        "<= 0.03",
        error <= 0.03,
        f"{calibrate(straight, silent).error:.4f}",
    )
    chance = np.quantile(_errors_if_true(ours), [0.5, 0.95])
    yield Row("... were all probabilities true, 50 / 95 %", "{:.4f} / {:.4f}".format(*chance))


def _p_no_order(outcomes: list[Outcome]) -> tuple[FloatArray, FloatArray]:
    ours = np.concatenate([outcome.scores.p_no_order for outcome in outcomes])
    return ours, np.concatenate([outcome.straight.p_no_order for outcome in outcomes])


def _errors_if_true(probability: FloatArray) -> FloatArray:
    """Calibration errors of outcomes drawn from the predictions: what so few customers leave."""
    rng = np.random.default_rng(0)
    drawn = (rng.random(probability.size) < probability for _ in range(REDRAWN))
    return np.array([calibrate(probability, happened).error for happened in drawn])


def interval_rows(outcomes: list[Outcome]) -> Iterator[Row]:
    """Coverage of orders and spend, and how many had ordered by their date."""
    ours = [(one.scores, one) for one in outcomes]
    straight = [(one.straight, one) for one in outcomes]
    both = (ours, straight)
    for what, seen in (("orders", "orders"), ("value", "spend")):
        for level, (least, most) in RANGES.items():
            found = _covered(ours, what, level, seen)
            yield Row(
                f"{what}: {level} % interval covers",
                f"{found:.3f}",
                f"{least:.2f}-{most:.2f}",
                least <= found <= most,
                f"{_covered(straight, what, level, seen):.3f}",
            )
    reached, dates = _reached(ours)
    yield Row(
        f"50 % next-order date reached ({dates} dates)",
        f"{reached:.3f}",
        ".45-.55",
        0.45 <= reached <= 0.55,
        f"{_reached(straight)[0]:.3f}",
    )
    seen_orders = sum(int(one.orders.sum()) for one in outcomes)
    sums = [sum(float(scores.expected_orders.sum()) for scores, _ in told) for told in both]
    predicted, before = (f"{total:.0f} / {seen_orders}" for total in sums)
    yield Row("orders, predicted / seen", predicted, straight=before)


def _covered(told: list[tuple[ScoreTable, Outcome]], what: str, level: str, seen: str) -> float:
    shares = []
    for scores, one in told:
        bounds = scores.ranges[int(level) / 100]
        low, high = (getattr(bounds, f"{what}_{end}") for end in ("low", "high"))
        shares.append(coverage(low, high, getattr(one, seen)))
    return float(np.average(shares, weights=[one.orders.size for _, one in told]))


def _reached(told: list[tuple[ScoreTable, Outcome]]) -> tuple[float, int]:
    """Share of the dates inside the horizon by which an order had come, and how many they are."""
    dates = np.concatenate([scores.next_order_q50 for scores, _ in told])
    came = np.concatenate([one.days_to_next for _, one in told])
    due: BoolArray = dates <= told[0][0].horizon_days
    share = float(np.mean(came[due] <= dates[due])) if due.any() else float("nan")
    return share, int(due.sum())


def anchors(purchases: Purchases) -> Iterator[Row]:
    """The published figures of the CDNOW sample, calibrated to 1997-09-30."""
    _, history = purchases.history(day_number("1997-09-30"))
    models = fit_models(history)
    found = _parameters(models)
    for name, published in PUBLISHED.items():
        off = found[name] / published - 1.0
        yield Row(name, f"{found[name]:.4f} ({off:+.2%})", f"{published} +- 1 %", abs(off) <= 0.01)
    # Week 78 ends with 1998-06-30: 39 weeks after the calibration, that day included.
    weeks = (history.age_days + 1) / 7.0 + 39.0
    expected = float(models.orders.expected_orders_of_new(weeks).sum())
    seen = purchases.day.size - history.size
    off = expected / seen - 1.0
    yield Row("cumulative repeat orders, week 78", f"{off:+.2%}", "+- 4 %", abs(off) <= 0.04)


def _parameters(models: CustomerModels) -> dict[str, float]:
    orders, spend = models.orders, models.spend
    values = (orders.r, orders.alpha, orders.a, orders.b, orders.log_likelihood)
    return dict(zip(PUBLISHED, (*values, spend.p, spend.q, spend.gamma), strict=True))


def recovery(truth: Truth) -> Iterator[Row]:
    """Parameters recovered from 200,000 drawn customers, beside the true ones.

    A few percent off by nature: orders come at any hour, but days are what a history keeps.
    """
    shop = draw_shop(200_000, seed=7, truth=truth)
    _, history = shop.purchases.history(shop.as_of)
    found = _parameters(fit_models(history))
    for name in ("r", "alpha", "a", "b", "p", "q", "gamma"):
        yield Row(name, f"{found[name]:.4f}", f"true {getattr(truth, name)}")


def plot(tested: list[tuple[Trial, list[Outcome]]], path: Path) -> None:
    """Decile calibration of every trial as one picture; the thin line has nothing bent."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only wanted with --plot

    figure = Figure(figsize=(12, 6), layout="constrained")
    panels = figure.subplots(2, -(-len(tested) // 2), sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(tested) :]:
        axes.remove()
    for axes, (trial, outcomes) in zip(panels.flat, tested, strict=False):
        silent = np.concatenate([outcome.orders for outcome in outcomes]) == 0
        ours, straight = _p_no_order(outcomes)
        deciles, before = calibrate(ours, silent), calibrate(straight, silent)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axes.plot(before.predicted, before.observed, marker=".", color="#d08c3a", linewidth=1)
        axes.plot(deciles.predicted, deciles.observed, marker="o", color="#3b6fb6")
        axes.set_title(
            f"{trial.name.removesuffix(', 13 weeks')}\nerror {deciles.error:.3f}",
            loc="left",
            fontsize=9,
        )
    figure.supxlabel("predicted probability of no order, by tenth of the customers")
    figure.supylabel("share without an order")
    figure.savefig(path, dpi=110, metadata={"Software": None})


def scale(customers: int) -> Iterator[Row]:
    """Time and peak memory of fitting and scoring a large shop, its history given."""
    _, history = draw_shop(customers, seed=1).purchases.history(day_number("2026-06-30"))
    before = _peak_megabytes()
    started = time.perf_counter()
    models = fit_models(history)
    yield Row("fit, seconds", f"{time.perf_counter() - started:.1f}")
    for days in (30, 90, 365):
        started = time.perf_counter()
        score_customers(models, history, days)
        yield Row(f"score {days} days, seconds", f"{time.perf_counter() - started:.1f}")
    yield Row("peak memory, MB", f"{_peak_megabytes():.0f}", f"{before:.0f} before, drawing")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def show(title: str, rows: Iterator[Row]) -> None:
    print(f"\n{title}")
    for name, value, goal, is_met, straight in rows:
        mark = "" if is_met is None else "met" if is_met else "MISSED"
        before = f"(nothing bent: {straight})" if straight not in {"", value} else ""
        print(f"  {name:<44} {value:>22}   {goal:<14} {mark:<6} {before}".rstrip())


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
        if trial.horizon <= QUARTER:
            show(f"{trial.name}, no order", churn_rows(outcomes))
        if trial.horizon == QUARTER:
            tested.append((trial, outcomes))
        show(f"{trial.name}, intervals and dates", interval_rows(outcomes))
    if arguments.plot:
        plot(tested, arguments.plot)


if __name__ == "__main__":
    main()
