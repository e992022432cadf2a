"""Whole days as the database keeps them: days since 1970 in the shop's own zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

STALE_DAYS = 8
"""Data that were imported so many days ago are old: a weekly import was missed."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def to_day(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


def to_date(day: int) -> date:
    return date.fromordinal(_EPOCH_DAY + day)


def spoken(day: date) -> str:
    """Write a day as people do: `6 Jan 2027`."""
    return f"{day_and_month(day)} {day:%Y}"


def spoken_time(at: datetime) -> str:
    """`6 Jan 2027 14:05 UTC`, of a time in UTC."""
    return f"{spoken(at)} {at:%H:%M} UTC"


def day_and_month(day: date) -> str:
    """Leave out the year where it is plain."""
    return f"{day.day} {day:%b}"


def today(zone: ZoneInfo) -> date:
    """Tell what day it is in the shop."""
    return datetime.now(zone).date()
