"""One or many series from a CSV file, made ready to forecast."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isfinite, isnan, nan
from pathlib import Path

from services.analytics.forecast_models.periods import advance, period_start, periods_between
from services.analytics.forecasting import Frequency, History, from_days
from services.errors import WrongInputError

UNKNOWN = frozenset({"", "na", "nan", "null"})
GAPS = 0.05
"""Share of periods without a row from which a missing row means that nothing happened."""


@dataclass(frozen=True)
class SeriesColumns:
    """Names of the columns to read; without `id` the file is one series."""

    date: str
    value: str
    id: str | None = None


@dataclass
class _Rows:
    """What was read of one series: the sum of each day, NaN where no row of it has a value."""

    days: dict[date, float] = field(default_factory=dict)

    def add(self, day: date, value: float) -> None:
        known = self.days.get(day, nan)
        if isnan(known):
            self.days[day] = value
        elif not isnan(value):
            self.days[day] = known + value


def read_series(
    path: Path, columns: SeriesColumns, frequency: Frequency
) -> dict[str | None, History]:
    """Read the histories by id, in the order of the file.

    Rows of one day add up. A missing date counts as 0, an empty value as unknown. A series that
    skips dates runs to the last date of the file; one with a row for every period ends with its
    own last row. Weeks start on the weekday that all dates of a series share, else on Monday.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = _read(csv.DictReader(file), columns, path)
    except OSError as error:
        raise WrongInputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongInputError(f"{path} is not UTF-8 text.") from error
    except csv.Error as error:
        raise WrongInputError(f"{path} is not a CSV file: {error}.") from error
    if not found:
        raise WrongInputError(f"{path} has no rows below its header.")
    last = max(max(rows.days) for rows in found.values())
    return {key: _history(rows.days, frequency, last) for key, rows in found.items()}


def _read(
    reader: "csv.DictReader[str]", columns: SeriesColumns, path: Path
) -> dict[str | None, _Rows]:
    header = reader.fieldnames or []
    for name in (columns.date, columns.value, columns.id):
        if name is not None and name not in header:
            known = ", ".join(header) or "none"
            raise WrongInputError(f"{path} has no column {name!r}; its columns are: {known}.")
    found: dict[str | None, _Rows] = defaultdict(_Rows)
    for row in reader:
        where = f"{path} line {reader.line_num}"
        key = row[columns.id] if columns.id else None
        found[key].add(_day(row[columns.date], where), _value(row[columns.value], where))
    return dict(found)


def _day(text: str | None, where: str) -> date:
    text = (text or "").strip()
    if len(text) == len("2026-11"):
        text += "-01"
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise WrongInputError(f"{where}: {text!r} is not a date like 2026-11-22.") from error


def _value(text: str | None, where: str) -> float:
    text = (text or "").strip()
    if text.lower() in UNKNOWN:
        return nan
    try:
        value = float(text)
    except ValueError as error:
        raise WrongInputError(f"{where}: {text!r} is not a number.") from error
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
