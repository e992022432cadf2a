"""Runs the forecasts of a file: read once, computed in processes, printed as they come."""

import argparse
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import islice

from bot.forecast_records import Mean, Record, backtest_records, forecast_records, line
from bot.output import to_reader
from services.analytics.forecasting import (
    Forecast,
    Frequency,
    History,
    NotEnoughPeriodsError,
    check_country,
    forecast,
)
from services.errors import WrongInputError
from services.series_files import SeriesColumns, SeriesFile, read_series

DONE, WRONG_USE = 0, 2
BATCH = 8
"""Series given to a process at once; up to this many are not worth starting processes for."""
AHEAD = 3
"""Batches a process that are under way or wait to be printed."""

Describe = Callable[[str | None, Forecast], list[Record]]
Series = tuple[str | None, History]
Work = Callable[[list[Series]], list[Record]]


def run_forecast(args: argparse.Namespace) -> int:
    """Print one record a series and step."""
    return _run(args, forecast_records, None)


def run_backtest(args: argparse.Namespace) -> int:
    """Print one record a series, and for several series their mean."""
    return _run(args, backtest_records, Mean())


def _run(args: argparse.Namespace, describe: Describe, mean: Mean | None) -> int:
    try:
        series = _read(args)
    except WrongInputError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - the reason
        return WRONG_USE
    work = partial(_work, horizon=args.horizon, country=args.country, describe=describe)
    with to_reader():
        for record in _results(work, series):
            print(line(record, as_json=args.json), flush=True)  # noqa: T201 - the result
            if mean:
                mean.add(record)
        if mean and len(series) > 1:
            print(line(mean.record(), as_json=args.json), flush=True)  # noqa: T201 - the result
    return DONE


def _read(args: argparse.Namespace) -> SeriesFile:
    if args.horizon < 1:
        raise WrongInputError(f"--horizon must be at least 1, not {args.horizon}.")
    try:
        check_country(args.country)
    except ValueError as error:
        raise WrongInputError(f"--country: {error}") from error
    columns = SeriesColumns(args.date, args.value, args.id, args.date_format)
    return read_series(args.csv, columns, Frequency(args.frequency))


def _results(work: Work, series: SeriesFile) -> Iterator[Record]:
    """Run the series, in the order of the file, in processes where that pays."""
    histories = series.histories()
    batches = iter(lambda: list(islice(histories, BATCH)), [])
    if len(series) <= BATCH:
        for batch in batches:
            yield from work(batch)
        return
    processes = os.cpu_count() or 1
    under_way: deque[Future[list[Record]]] = deque()
    with ProcessPoolExecutor(processes) as pool:
        for batch in batches:
            under_way.append(pool.submit(work, batch))
            if len(under_way) >= AHEAD * processes:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


def _work(
    batch: list[Series], *, horizon: int, country: str | None, describe: Describe
) -> list[Record]:
    records: list[Record] = []
    for key, history in batch:
        try:
            records += describe(key, forecast(history, horizon, country=country))
        except NotEnoughPeriodsError as error:
            records.append({"id": key, "error": str(error)})
    return records
