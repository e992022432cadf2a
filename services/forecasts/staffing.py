"""Tickets by hour of the week, and the agents who answer them in time."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.analytics.staffing import agents_needed, hour_of_week_shares
from services.days import to_date
from services.errors import WrongInputError
from services.forecasts.report import ForecastReport
from storage.tickets import HourCount

PROFILE_WEEKS = 12
"""How many of the newest weeks say which hours are busy."""
WEEK_DAYS = 7
LONGEST_MINUTES = 7 * 24 * 60
MOST_WORK_MINUTES = 8 * 60


@dataclass(frozen=True, slots=True)
class Service:
    """What the team promises, and how long a ticket takes; minutes and a share."""

    target_minutes: int = 60
    work_minutes: int = 10
    share: float = 0.8

    def __post_init__(self) -> None:
        if not 1 <= self.target_minutes <= LONGEST_MINUTES:
            raise WrongInputError("A target has 1 minute to 7 days: write target=60.")
        if not 1 <= self.work_minutes <= MOST_WORK_MINUTES:
            raise WrongInputError("A ticket takes 1 minute to 8 hours of work: write work=10.")


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a usual week ahead."""

    weekday: int
    """0 is Monday."""
    hour: int
    tickets: float
    agents: int
    agents_busy: int
    """In a week that is as busy as one in ten."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """`hours` are all 168, Monday first; `report` is the forecast they divide."""

    report: ForecastReport
    service: Service
    hours: tuple[Hour, ...]
    profile_from: date
    tickets_a_week: float

    def of_day(self, weekday: int) -> tuple[Hour, ...]:
        return self.hours[24 * weekday : 24 * (weekday + 1)]


def staff(
    report: ForecastReport, counted: list[HourCount], first_day: int, service: Service
) -> Staffing:
    """Divide the week's tickets by the hours in which they came lately."""
    weeks = _days(report) / WEEK_DAYS
    total = report.result.total
    shares = hour_of_week_shares(
        np.array([to_date(each.day).weekday() for each in counted], dtype=np.int64),
        np.array([each.hour for each in counted], dtype=np.int64),
        np.array([each.tickets for each in counted], dtype=np.float64),
    )
    hours = tuple(
        _hour(place, share, total.point / weeks, total.hi80 / weeks, service)
        for place, share in enumerate(shares.ravel().tolist())
    )
    return Staffing(report, service, hours, to_date(first_day), total.point / weeks)


def _hour(place: int, share: float, usual: float, busy: float, service: Service) -> Hour:
    work, target = service.work_minutes / 60, service.target_minutes / 60
    return Hour(
        weekday=place // 24,
        hour=place % 24,
        tickets=share * usual,
        agents=agents_needed(share * usual, work, target, service.share),
        agents_busy=agents_needed(share * busy, work, target, service.share),
    )


def _days(report: ForecastReport) -> int:
    return (report.result.last_day - report.first_day).days + 1
