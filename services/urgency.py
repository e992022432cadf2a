"""In which order open tickets are worth answering: money at risk, priority and waiting time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from services.money import Money

DAY_HOURS = 24
FACTORS = {"critical": 4.0, "high": 2.0, "normal": 1.0, "low": 0.5}
"""What a person's priority does to the money at risk."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer is expected to spend in 365 days, minor units, and may not."""

    value: int
    p_no_order: float

    @property
    def at_risk(self) -> float:
        """Expected loss in minor units, as in `/insights churn`."""
        return self.value * self.p_no_order


@dataclass(frozen=True, slots=True)
class Urgency:
    """Why a ticket stands where it stands."""

    at_risk: Money | None
    """None: no customer of an open ticket is scored, so money says nothing."""
    worth: Worth | None
    """None: this customer is not scored, and counts like the middle one of the queue."""
    factor: float
    waiting_hours: float

    @property
    def points(self) -> float:
        """Money at risk x priority, and the same again for every day of waiting."""
        money = float(self.at_risk.major) if self.at_risk else 1.0
        return money * self.factor * (1 + self.waiting_hours / DAY_HOURS)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open ticket as the ranking sees it."""

    since: datetime
    priority: str
    worth: Worth | None


def rank(queue: Sequence[Waiting], now: datetime, currency: str) -> list[Urgency]:
    """Weigh each ticket of a queue, in the order given."""
    known = [each.worth.at_risk for each in queue if each.worth]
    middle = median(known) if known else None
    return [
        Urgency(
            at_risk=_money(each.worth.at_risk if each.worth else middle, currency),
            worth=each.worth,
            factor=FACTORS.get(each.priority, 1.0),
            waiting_hours=max(0.0, (now - each.since).total_seconds() / 3600),
        )
        for each in queue
    ]


def _money(minor: float | None, currency: str) -> Money | None:
    return None if minor is None else Money(round(minor), currency)
