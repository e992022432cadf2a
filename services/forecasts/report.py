"""What a forecast says: plain values, so that it passes between processes and into any view."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.forecasts.request import ForecastRequest


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with its 80 % and 95 % prediction intervals."""

    point: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


@dataclass(frozen=True, slots=True)
class Step:
    """One period, named by its first day; `naive` repeats the last season."""

    start: date
    figure: Range
    naive: float
    last_year: float | None
    """The same period a year before; None: before the history."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the whole; the points of all parts add up to it."""

    name: str
    total: Range
    points: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Influence:
    """What moves the forecast: `effect` is a share, +.1 a tenth more."""

    kind: Literal["trend", "season", "holiday", "promotion"]
    name: str
    effect: float
    starts: date | None


@dataclass(frozen=True, slots=True)
class Tested:
    """The same forecast on the past: error as a share of what happened (WAPE), and coverage."""

    windows: int
    steps: int
    wape: float
    total_error: float
    naive_wape: float
    naive_total_error: float
    coverage80: float
    coverage95: float


@dataclass(frozen=True, slots=True)
class Computed:
    """What the models give; amounts in major units."""

    frequency: Literal["D", "W", "M"]
    total: Range
    steps: tuple[Step, ...]
    last_day: date
    """The last day that is forecast."""
    parts: tuple[Part, ...]
    influences: tuple[Influence, ...]
    tested: Tested | None
    """None: no past period could be tested against."""
    season_known: bool
    worse_than_naive: bool
    notes: tuple[str, ...]
    history: tuple[tuple[date, float], ...]
    """The newest complete periods, as far as a chart shows them."""
    holidays: tuple[tuple[date, str], ...]
    """Within history and forecast."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Too little history: the sentence says from when on there will be enough."""

    sentence: str
    found: int
    needed: int


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """A forecast as it is shown. `currency` is None for what is counted."""

    request: ForecastRequest
    what: str
    currency: str | None
    result: Computed
    data_until: date
    """The last complete day."""
    data_as_of: datetime | None
    """When the last import finished."""
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        return {"D": "day", "W": "week", "M": "month"}[self.result.frequency]

    @property
    def first_day(self) -> date:
        return self.result.steps[0].start

    @property
    def last_year_total(self) -> float | None:
        """What the same periods gave a year before; None: not all of them are known."""
        figures = [step.last_year for step in self.result.steps]
        known = [figure for figure in figures if figure is not None]
        return sum(known) if len(known) == len(figures) else None
