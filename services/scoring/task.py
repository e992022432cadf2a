"""What the bot and the process that computes tell each other about a run."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HORIZONS = (30, 90, 365)
CHURN_DAYS = 90
CHURN_BANDS = ("low", "medium", "high")
# Where medium and high begin, as probability of no order within CHURN_DAYS.
BAND_STARTS = (0.5, 0.8)


@dataclass(frozen=True, slots=True)
class Task:
    """What every step needs to know. What one hands to the next lies in `folder`."""

    database_url: str = field(repr=False)  # it may hold a password
    as_of_day: int
    minor_digits: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Base:
    """How much there is to learn from."""

    customers: int
    repeat_customers: int
    paying_repeat_customers: int
    """Those whose repeat purchases had a value."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What the last horizon showed; None where there is too little history to tell."""

    figures: dict[str, Any] | None
    """How true models of a horizon ago were, on customers they had not learnt from."""
    recalibration: dict[str, float] | None
    """The line that bends what is told from now on; None: nothing is bent."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all customers, value in major units."""

    horizon_days: int
    expected_orders: float
    expected_value: float
