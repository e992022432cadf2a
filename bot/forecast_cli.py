"""`regulars forecast` and `regulars backtest`: any series from a CSV file.

Results are JSON lines (or plain words) on stdout; wrong input is one sentence on stderr, exit 2.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from services.analytics.forecasting import (
    Forecast,
    Frequency,
    History,
    NotEnoughPeriodsError,
    check_country,
    forecast,
)
from services.errors import WrongInputError
from services.series_files import SeriesColumns, read_series

DONE, WRONG_USE = 0, 2
ALONE = 8
"""Up to this many series are not worth starting processes for."""

Record = dict[str, Any]
Describe = Callable[[str | None, Forecast], list[Record]]


def add_forecast_commands(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register both commands; their `act` returns the exit code."""
    actions: list[tuple[str, str, Callable[[argparse.Namespace], int]]] = [
        ("forecast", "forecast one or many series from a CSV file", run_forecast),
        ("backtest", "test such forecasts on the past, beside the seasonal naive", run_backtest),
    ]
    for name, summary, act in actions:
        command = subparsers.add_parser(name, help=summary, description=summary.capitalize() + ".")
        command.add_argument("--csv", type=Path, required=True, metavar="FILE", help="CSV file")
        command.add_argument("--date", required=True, metavar="COLUMN", help="dates (2026-11-22)")
        command.add_argument(
            "--value",
            required=True,
            metavar="COLUMN",
            help="figures; rows of one period add up, a missing date is 0, an empty value unknown",
        )
        command.add_argument("--id", metavar="COLUMN", help="which series a row belongs to")
        command.add_argument("--horizon", type=int, required=True, metavar="N", help="periods")
        command.add_argument(
            "--frequency",
            choices=[str(frequency) for frequency in Frequency],
            required=True,
            help="days, weeks or months",
        )
        command.add_argument("--country", help="whose public holidays count, for example GB")
        command.add_argument("--json", action="store_true", help="JSON lines, one a record")
        command.set_defaults(act=act)


def run_forecast(args: argparse.Namespace) -> int:
    """Print one record a series and step."""
    return _run(args, forecast_records)


def run_backtest(args: argparse.Namespace) -> int:
    """Print one record a series, and for several series their mean."""
    return _run(args, backtest_records)


def _run(args: argparse.Namespace, describe: Describe) -> int:
    try:
        series = _read(args)
    except WrongInputError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - the reason
        return WRONG_USE
    work = partial(_work, horizon=args.horizon, country=args.country, describe=describe)
    records: list[Record] = []
    try:
        for record in _results(work, series):
            records.append(record)
            print(_line(record, as_json=args.json), flush=True)  # noqa: T201 - the result
        if describe is backtest_records and len(series) > 1:
            print(_line(_mean(records), as_json=args.json), flush=True)  # noqa: T201 - the result
    except BrokenPipeError:
        # Whoever read, such as `head`, has enough. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _read(args: argparse.Namespace) -> dict[str | None, History]:
    if args.horizon < 1:
        raise WrongInputError(f"--horizon must be at least 1, not {args.horizon}.")
    try:
        check_country(args.country)
    except ValueError as error:
        raise WrongInputError(f"--country: {error}") from error
    columns = SeriesColumns(args.date, args.value, args.id)
    return read_series(args.csv, columns, Frequency(args.frequency))


def _results(
    work: Callable[[str | None, History], list[Record]], series: dict[str | None, History]
) -> Iterator[Record]:
    """Run the series in processes where that pays, in the order of the file."""
    if len(series) <= ALONE:
        batches: Iterator[list[Record]] = map(work, series.keys(), series.values())
        yield from (record for batch in batches for record in batch)
        return
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for batch in pool.map(work, series.keys(), series.values(), chunksize=ALONE):
            yield from batch


def _work(
    key: str | None, history: History, *, horizon: int, country: str | None, describe: Describe
) -> list[Record]:
    try:
        return describe(key, forecast(history, horizon, country=country))
    except NotEnoughPeriodsError as error:
        return [{"id": key, "error": str(error)}]


def forecast_records(key: str | None, result: Forecast) -> list[Record]:
    """Describe every step of a forecast."""
    steps = zip(
        result.dates,
        result.point,
        result.lo80,
        result.hi80,
        result.lo95,
        result.hi95,
        strict=True,
    )
    names = ("point", "lo80", "hi80", "lo95", "hi95")
    return [
        {
            "id": key,
            "step": step,
            "date": first.isoformat(),
            **dict(zip(names, figures, strict=True)),
        }
        for step, (first, *figures) in enumerate(steps, start=1)
    ]


def backtest_records(key: str | None, result: Forecast) -> list[Record]:
    """Describe how the same forecast would have done on the series' own past."""
    test = result.backtest
    if test is None:
        return [{"id": key, "error": "No past period could be tested against."}]
    figures = asdict(test.points) | asdict(test.intervals)
    naive = asdict(test.naive) | asdict(test.naive_intervals)
    return [
        {"id": key, "origins": test.origins, "steps": test.steps}
        | {name: _finite(value) for name, value in figures.items()}
        | {f"naive_{name}": _finite(value) for name, value in naive.items()}
    ]


def _mean(records: list[Record]) -> Record:
    """Average the tested series; a figure that a series does not have is left out of it."""
    tested = [record for record in records if "error" not in record]
    summary: Record = {"summary": "mean of series", "series": len(tested)}
    summary["refused"] = len(records) - len(tested)
    for name in tested[0] if tested else ():
        values = [record[name] for record in tested if record[name] is not None]
        if name not in {"id", "origins", "steps"}:
            summary[name] = sum(values) / len(values) if values else None
    return summary


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _line(record: Record, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(record, ensure_ascii=False)
    shown = (
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in record.items()
        if value is not None
    )
    return "  ".join(shown)
