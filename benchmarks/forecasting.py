"""Are forecasts ahead of the seasonal naive, and do their intervals cover what they claim?

    python -m benchmarks.forecasting --data DIR [--every 10] [--processes 2]

DIR holds `online_retail_2010_2011/`, `m3_monthly/` and `aus_retail_monthly/`. `--every` takes
each n-th monthly series only. Every forecast is made by `services.analytics.forecasting.forecast`
from what was known at its origin. AutoETS stands beside where statsforecast can be imported
(`pip install --group oracle`).
"""

import argparse
import csv
import gzip
import importlib.util
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from services.analytics.forecast_models.metrics import naive_scale
from services.analytics.forecast_models.naive import seasonal_naive
from services.analytics.forecast_models.periods import advance
from services.analytics.forecasting import Frequency, History, forecast

ORIGINS, DAYS_AHEAD = 25, 28
ANCHOR_MONTHS = 144
"""History per fit with which the seasonal naive has the MASE (.856, 450 fits) that stands beside
AutoETS's .741. Full histories are not comparable: the unit of MASE depends on their length."""
ORACLE = importlib.util.find_spec("statsforecast") is not None
Figures = dict[str, float]


@dataclass(frozen=True)
class Case:
    history: History
    actual: np.ndarray
    country: str | None = None


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def retail_cases(folder: Path) -> dict[str, list[Case]]:
    orders: dict[date, set[str]] = defaultdict(set)
    revenue: dict[date, float] = defaultdict(float)
    for row in rows(folder / "online_retail_2010_2011" / "online_retail.csv.gz"):
        amount = float(row["quantity"]) * float(row["unit_price"])
        if row["invoice"].startswith("C") or amount <= 0:
            continue
        day = date.fromisoformat(row["invoice_date"][:10])
        orders[day].add(row["invoice"])
        revenue[day] += amount
    first, last = min(orders), max(orders)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    series = {
        "retail orders": np.array([float(len(orders[day])) for day in days]),
        "retail revenue": np.array([revenue[day] for day in days]),
    }
    latest = len(days) - DAYS_AHEAD
    origins = np.linspace(latest - 12 * (ORIGINS - 1), latest, ORIGINS).astype(int)
    return {
        name: [
            Case(
                History(first, Frequency.DAILY, values[:origin]),
                values[origin : origin + DAYS_AHEAD],
                "GB",
            )
            for origin in origins
        ]
        for name, values in series.items()
    }


def m3_cases(folder: Path, every: int) -> list[Case]:
    parts: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(folder / "m3_monthly" / "m3_monthly.csv.gz"):
        parts[row["series"]][row["part"]].append(float(row["value"]))
    # The competition's file has no dates; any start gives the same months of the year.
    start = date(1985, 1, 1)
    return [
        Case(History(start, Frequency.MONTHLY, np.array(p["train"])), np.array(p["test"]))
        for p in list(parts.values())[::every]
    ]


def australian_cases(folder: Path, every: int, months_known: int | None) -> list[Case]:
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for row in rows(folder / "aus_retail_monthly" / "aus_retail.csv.gz"):
        found[row["series_id"]][date.fromisoformat(row["month"])] = float(row["turnover"])
    cases = []
    for months in list(found.values())[::every]:
        start = min(months)
        values = np.array([months[month] for month in sorted(months)])
        for back in (36, 24, 12):
            origin = values.size - back
            if origin >= Frequency.MONTHLY.minimum:
                first = max(0, origin - months_known) if months_known else 0
                begin = advance(start, Frequency.MONTHLY, first)
                history = History(begin, Frequency.MONTHLY, values[first:origin])
                cases.append(Case(history, values[origin : origin + 12], "AU"))
    return cases


def measure(case: Case) -> Figures:
    values, actual = case.history.values, case.actual
    season = case.history.frequency.season
    result = forecast(case.history, actual.size, country=case.country)
    paths = {"": np.array(result.point), "naive ": seasonal_naive(values, season, actual.size)}
    if ORACLE:
        paths["AutoETS "] = auto_ets(values, season, actual.size)
    scale = naive_scale(values, season)
    figures = {"volume": float(np.abs(actual).sum())}
    for name, path in paths.items():
        error = np.abs(path - actual)
        size = np.abs(path) + np.abs(actual)
        figures[f"{name}error"] = float(error.sum())
        figures[f"{name}mase"] = float(error.mean() / scale) if scale else np.nan
        figures[f"{name}smape"] = float(200 * np.mean(error / np.where(size > 0, size, 1.0)))
        figures[f"{name}total"] = abs(float(path.sum() - actual.sum())) / float(actual.sum())
    for level in (80, 95):
        low = np.array(getattr(result, f"lo{level}"))
        high = np.array(getattr(result, f"hi{level}"))
        figures[f"c{level}"] = float(np.mean((actual >= low - 1e-9) & (actual <= high + 1e-9)))
        miss = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
        score = np.mean(high - low + 200 / (100 - level) * miss)
        figures[f"msis{level}"] = float(score / scale) if scale else np.nan
    return figures


def auto_ets(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    from statsforecast.models import AutoETS  # type: ignore[import-not-found]  # noqa: PLC0415

    path = AutoETS(season_length=season).forecast(values, horizon)["mean"]
    return np.asarray(path, dtype=float)


def report(name: str, cases: list[Case], pool: ProcessPoolExecutor) -> Figures:
    started = time.perf_counter()
    measured = list(pool.map(measure, cases, chunksize=8))
    seconds = time.perf_counter() - started
    keys = measured[0].keys()
    mean = {key: float(np.nanmean([figures[key] for figures in measured])) for key in keys}
    print(f"\n{name}: {len(cases)} forecasts, {seconds / len(cases):.3f} s each")
    for label in ("", "naive ", "AutoETS ") if ORACLE else ("", "naive "):
        wape = mean[f"{label}error"] / mean["volume"]
        mean[f"{label}wape"] = wape
        print(
            f"  {label or 'ours ':<8} WAPE {wape:.3f}  MASE {mean[f'{label}mase']:.3f}  "
            f"sMAPE {mean[f'{label}smape']:.2f}  total {mean[f'{label}total']:.3f}"
        )
    print(
        f"  coverage 80 % {mean['c80']:.3f}  95 % {mean['c95']:.3f}  "
        f"MSIS 80 % {mean['msis80']:.2f}  95 % {mean['msis95']:.2f}"
    )
    return mean


def judge(what: str, value: float, low: float, high: float) -> None:
    verdict = "met" if low <= value <= high else "MISSED"
    print(f"  {verdict:<6} {what}: {value:.3f}, goal {low:g} to {high:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        for name, cases in retail_cases(options.data).items():
            mean = report(name, cases, pool)
            judge("WAPE over seasonal naive's", mean["wape"] / mean["naive wape"], 0, 0.80)
            judge("error of the 28-day total", mean["total"], 0, 0.15)
            judge("80 % interval covers", mean["c80"], 0.75, 0.92)
            judge("95 % interval covers", mean["c95"], 0.90, 0.99)
        mean = report("M3 monthly", m3_cases(options.data, options.every), pool)
        judge("MASE", mean["mase"], 0, 0.845)
        judge("95 % interval covers", mean["c95"], 0.91, 0.99)
        cases = australian_cases(options.data, options.every, ANCHOR_MONTHS)
        mean = report(f"Australian retail, {ANCHOR_MONTHS} months known", cases, pool)
        judge("MASE, AutoETS has .741", mean["mase"], 0, 0.741)
        cases = australian_cases(options.data, options.every, None)
        mean = report("Australian retail, all months known", cases, pool)
        if ORACLE:
            judge("MASE, AutoETS in this run", mean["mase"], 0, mean["AutoETS mase"])


if __name__ == "__main__":
    main()
