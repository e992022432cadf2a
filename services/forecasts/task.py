"""What the models are given: plain values that pass between processes."""

from dataclasses import dataclass
from datetime import date

from services.forecasts.request import Horizon, Offer


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Figures of consecutive complete days from `start` on, in major units."""

    name: str
    start: date
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A whole and its parts, which end on the same day."""

    whole: DailySeries
    parts: tuple[DailySeries, ...]
    horizon: Horizon
    country: str | None
    promotions: tuple[Offer, ...]
