"""Days, weeks and months as periods that have a first day."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum


class Frequency(StrEnum):
    """How long one period is; the value is the letter of the command line."""

    DAILY = "D"
    WEEKLY = "W"
    MONTHLY = "M"

    @property
    def season(self) -> int:
        """Periods in the season that smoothing follows: a week of days, a year otherwise."""
        return {"D": 7, "W": 52, "M": 12}[self]

    @property
    def year(self) -> int:
        """Whole periods that bring the same part of the year (and weekday) again."""
        return {"D": 364, "W": 52, "M": 12}[self]

    @property
    def minimum(self) -> int:
        """Periods below which no forecast is given."""
        return {"D": 14, "W": 16, "M": 24}[self]

    @property
    def unit(self) -> str:
        return {"D": "day", "W": "week", "M": "month"}[self]


def period_start(day: date, frequency: Frequency, week_starts: int = 0) -> date:
    """First day of the period that `day` is in; weeks start on weekday 0 (Monday) to 6."""
    if frequency is Frequency.WEEKLY:
        return day - timedelta(days=(day.weekday() - week_starts) % 7)
    return day.replace(day=1) if frequency is Frequency.MONTHLY else day


def advance(start: date, frequency: Frequency, count: int) -> date:
    """First day of the period `count` periods after the one starting on `start`."""
    if frequency is Frequency.MONTHLY:
        year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
        return date(year, month + 1, 1)
    return start + timedelta(days=count * (7 if frequency is Frequency.WEEKLY else 1))


def period_dates(start: date, frequency: Frequency, count: int) -> list[date]:
    return [advance(start, frequency, i) for i in range(count)]


def periods_between(start: date, later: date, frequency: Frequency) -> int:
    """Periods from the one starting on `start` to the one starting on `later`."""
    if frequency is Frequency.MONTHLY:
        return (later.year - start.year) * 12 + later.month - start.month
    return (later - start).days // (7 if frequency is Frequency.WEEKLY else 1)


def period_days(start: date, frequency: Frequency) -> int:
    if frequency is Frequency.MONTHLY:
        return monthrange(start.year, start.month)[1]
    return 7 if frequency is Frequency.WEEKLY else 1
