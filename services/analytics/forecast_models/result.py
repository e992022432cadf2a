"""What a forecast is asked with and answers with."""

from dataclasses import dataclass, replace
from datetime import date

from services.analytics.errors import NotEnoughHistoryError
from services.analytics.forecast_models.drivers import Driver
from services.analytics.forecast_models.metrics import IntervalErrors, PointErrors
from services.analytics.forecast_models.periods import Frequency


class NotEnoughPeriodsError(NotEnoughHistoryError):
    """There are too few periods for a forecast; `works_from` is the first day it will work."""

    def __init__(self, found: int, needed: int, frequency: Frequency, works_from: date) -> None:
        super().__init__(f"{frequency.unit}s of history", found=found, needed=needed)
        self.frequency = frequency
        self.works_from = works_from

    def __str__(self) -> str:
        return f"{super().__str__()} The forecast will work from {self.works_from.isoformat()}."

    def __reduce__(self) -> tuple[type["NotEnoughPeriodsError"], tuple[object, ...]]:
        # The default rebuilds an exception from its message, and so breaks a process pool.
        return type(self), (self.found, self.needed, self.frequency, self.works_from)


@dataclass(frozen=True)
class Promotion:
    """Days on which something was or will be on offer; the same name shares one effect."""

    start: date
    end: date
    name: str = "promotion"


@dataclass(frozen=True)
class Interval:
    lo80: float
    hi80: float
    lo95: float
    hi95: float

    def scaled(self, factor: float) -> "Interval":
        return Interval(
            self.lo80 * factor, self.hi80 * factor, self.lo95 * factor, self.hi95 * factor
        )


@dataclass(frozen=True)
class Backtest:
    """The same forecast made at past origins, with what was known there, beside the naive."""

    origins: int
    steps: int
    points: PointErrors
    intervals: IntervalErrors
    naive: PointErrors
    naive_intervals: IntervalErrors

    @property
    def worse_than_naive(self) -> bool:
        return self.points.wape > self.naive.wape


@dataclass(frozen=True)
class Forecast:
    """Dates are the first days of the periods; all sequences have one entry a step."""

    frequency: Frequency
    dates: tuple[date, ...]
    point: tuple[float, ...]
    lo80: tuple[float, ...]
    hi80: tuple[float, ...]
    lo95: tuple[float, ...]
    hi95: tuple[float, ...]
    total: float
    total_interval: Interval
    backtest: Backtest | None
    """None when no past period could be tested against."""
    weights: dict[str, float]
    drivers: tuple[Driver, ...]
    notes: tuple[str, ...]
    season_known: bool

    def scaled(self, factor: float) -> "Forecast":
        """Return it in another unit of measure; shares and ratios stay as they are."""

        def times(figures: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(figure * factor for figure in figures)

        return replace(
            self,
            point=times(self.point),
            lo80=times(self.lo80),
            hi80=times(self.hi80),
            lo95=times(self.lo95),
            hi95=times(self.hi95),
            total=self.total * factor,
            total_interval=self.total_interval.scaled(factor),
        )

    @property
    def worse_than_naive(self) -> bool:
        return self.backtest is not None and self.backtest.worse_than_naive
