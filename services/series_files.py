"""One or many series from a CSV file, made ready to forecast."""

import csv
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from math import isfinite, isnan, nan
from pathlib import Path
from typing import TextIO

from services.analytics.forecast_models.periods import advance, period_start, periods_between
from services.analytics.forecasting import Frequency, History, from_days
from services.errors import WrongInputError

UNKNOWN = frozenset({"", "na", "n/a", "nan", "null", "none"})
GAPS = 0.05
"""Share of periods without a row from which a missing row means that nothing happened."""
DELIMITERS = (",", ";", "\t")
YEAR_FIRST = ("%Y/%m/%d", "%Y.%m.%d", "%Y/%m", "%YM%m", "%Y %b", "%Y-%b", "%b %Y", "%B %Y")
"""Ways to write dates beside ISO that can be read in one way only."""
YEARS = range(1800, 2201)


@dataclass(frozen=True)
class SeriesColumns:
    """Names of the columns to read; without `id` the file is one series.

    `date_format` is that of `strptime`; without one a date must be unmistakable.
    """

    date: str
    value: str
    id: str | None = None
    date_format: str | None = None


@dataclass(frozen=True)
class SeriesFile:
    """What was read, twelve bytes a row; a history is made when it is asked for."""

    frequency: Frequency
    _rows: dict[str | None, "_Rows"]

    def __len__(self) -> int:
        return len(self._rows)

    def histories(self) -> Iterator[tuple[str | None, History]]:
        """Give id and history of each series, in the order of the file.

        Rows of one day add up. A missing date counts as 0, an empty value as unknown. A series
        that skips dates runs to the last date of the file; one with a row for every period ends
        with its own last row. Weeks start on the weekday that all dates of a series share, else
        on Monday.
        """
        end = date.fromordinal(max(max(rows.days) for rows in self._rows.values()))
        for key, rows in self._rows.items():
            yield key, _history(rows.sums(), self.frequency, end)


@dataclass
class _Rows:
    """The rows of one series: day (as ordinal) and value, NaN where it is empty."""

    days: "array[int]" = field(default_factory=lambda: array("i"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def sums(self) -> dict[date, float]:
        """Add up each day; it is unknown where none of its rows has a value."""
        found: dict[int, float] = {}
        for day, value in zip(self.days, self.values, strict=True):
            known = found.get(day, nan)
            if isnan(known):
                found[day] = value
            elif not isnan(value):
                found[day] = known + value
        return {date.fromordinal(day): value for day, value in found.items()}


def read_series(path: Path, columns: SeriesColumns, frequency: Frequency) -> SeriesFile:
    """Read a file of UTF-8 text with a header; raises WrongInputError, which tells the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = _read(file, columns, path)
    except OSError as error:
        raise WrongInputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongInputError(f"{path} is not UTF-8 text.") from error
    except csv.Error as error:
        raise WrongInputError(f"{path} is not a CSV file: {error}.") from error
    if not found:
        raise WrongInputError(f"{path} has no rows below its header.")
    return SeriesFile(frequency, found)


def _read(file: TextIO, columns: SeriesColumns, path: Path) -> dict[str | None, _Rows]:
    first = file.readline()
    names = [name for name in (columns.date, columns.value, columns.id) if name is not None]
    headers = {mark: next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS}
    mark = next((mark for mark in DELIMITERS if set(names) <= set(headers[mark])), DELIMITERS[0])
    header = headers[mark]
    for name in names:
        if name not in header:
            known = ", ".join(header) or "none"
            raise WrongInputError(f"{path} has no column {name!r}; its columns are: {known}.")
        if header.count(name) > 1:
            raise WrongInputError(f"{path} has several columns {name!r}; name them differently.")
    day_at, value_at = header.index(columns.date), header.index(columns.value)
    id_at = header.index(columns.id) if columns.id else None
    found: dict[str | None, _Rows] = defaultdict(_Rows)
    reader = csv.reader(chain([first], file), delimiter=mark)
    next(reader, None)
    for row in reader:
        if not row:
            continue
        where = f"{path} line {reader.line_num}"
        if len(row) <= max(day_at, value_at, id_at or 0):
            raise WrongInputError(f"{where} has {len(row)} cells, the header {len(header)}.")
        rows = found[None if id_at is None else row[id_at]]
        rows.days.append(_day(row[day_at].strip(), columns.date_format, where))
        rows.values.append(_value(row[value_at].strip(), where))
    return dict(found)


def _day(text: str, date_format: str | None, where: str) -> int:
    try:
        day = _parsed(text, date_format)
    except ValueError as error:
        wanted = f"a date written {date_format}" if date_format else "a date like 2026-11-22"
        advice = "" if date_format else "; --date-format tells another way, such as %d/%m/%Y"
        raise WrongInputError(f"{where}: {text!r} is not {wanted}{advice}.") from error
    if day.year not in YEARS:
        raise WrongInputError(f"{where}: the year of {text!r} must be {YEARS[0]} to {YEARS[-1]}.")
    return day.toordinal()


@lru_cache(maxsize=20_000)
def _parsed(text: str, date_format: str | None) -> date:
    """Read a day; a month alone is its first day."""
    if date_format:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day has no zone
    try:
        return datetime.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text).date()
    except ValueError:
        for each in YEAR_FIRST:
            try:
                return datetime.strptime(text, each).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        raise


def _value(text: str, where: str) -> float:
    if text.lower() in UNKNOWN:
        return nan
    try:
        value = float(text)
    except ValueError as error:
        raise WrongInputError(f"{where}: {text!r} is not a number like 1234.5.") from error
    if not isfinite(value):
        raise WrongInputError(f"{where}: {text!r} is not a finite number.")
    return value


def _history(days: dict[date, float], frequency: Frequency, file_end: date) -> History:
    week_starts = _week_start(days, frequency)
    by_period: dict[date, list[date]] = defaultdict(list)
    for day in days:
        by_period[period_start(day, frequency, week_starts)].append(day)
    first, last = min(by_period), max(by_period)
    span = periods_between(first, last, frequency) + 1
    ends_itself = len(by_period) >= (1 - GAPS) * span
    until = max(days) if ends_itself else file_end
    if all(len(members) == 1 for members in by_period.values()):
        days = {start: days[members[0]] for start, members in by_period.items()}
        until = _last_day(period_start(until, frequency, week_starts), frequency)
    return from_days(days, frequency, complete_until=until, week_starts=week_starts)


def _last_day(start: date, frequency: Frequency) -> date:
    return advance(start, frequency, 1) - timedelta(days=1)


def _week_start(days: dict[date, float], frequency: Frequency) -> int:
    """Take Monday, unless the file has one row a week, always on the same weekday."""
    weekdays = {day.weekday() for day in days}
    return weekdays.pop() if frequency is Frequency.WEEKLY and len(weekdays) == 1 else 0
