"""What forecasts said, kept and held against what happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.days import to_date, to_day
from services.errors import NotEnoughHistoryError
from services.forecasts.report import ForecastReport
from services.forecasts.request import Metric
from services.forecasts.sources import Reader, TicketsUnreadError, state_of
from storage import forecasts
from storage.database import Connection, Database, Lane
from storage.forecasts import NewForecast, StoredForecast

BATCH = 200
JUDGED = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """One forecast that has finished; errors are shares of what happened, None when nothing did."""

    asked: str
    is_money: bool
    first_day: date
    last_day: date
    total: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float
    actual: float
    naive: float

    @property
    def error(self) -> float | None:
        return abs(self.total - self.actual) / abs(self.actual) if self.actual else None

    @property
    def naive_error(self) -> float | None:
        return abs(self.naive - self.actual) / abs(self.actual) if self.actual else None

    @property
    def is_inside80(self) -> bool:
        return self.lo80 <= self.actual <= self.hi80

    @property
    def is_inside95(self) -> bool:
        return self.lo95 <= self.actual <= self.hi95


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The record of all forecasts that were shown."""

    currency: str
    shown: int
    outcomes: tuple[Outcome, ...]
    """Finished ones, newest first."""

    @property
    def error(self) -> float | None:
        return _mean([outcome.error for outcome in self.outcomes])

    @property
    def naive_error(self) -> float | None:
        return _mean([outcome.naive_error for outcome in self.outcomes])


@dataclass(frozen=True, slots=True)
class Record:
    """Keeps forecasts and compares them."""

    database: Database
    currency: str

    async def keep(self, report: ForecastReport, product_id: int | None, data_version: str) -> None:
        """Keep a forecast that is about to be shown."""
        result = report.result
        new = NewForecast(
            asked=report.request.text[:500],
            metric=report.request.metric,
            product_id=product_id,
            frequency=result.frequency,
            first_day=to_day(report.first_day),
            last_day=to_day(result.last_day),
            data_version=data_version,
            steps=[[to_day(step.start), step.figure.point, step.naive] for step in result.steps],
            total=result.total.point,
            lo80=result.total.lo80,
            hi80=result.total.hi80,
            lo95=result.total.lo95,
            hi95=result.total.hi95,
        )
        async with self.database.transaction() as connection:
            await forecasts.save(connection, new)

    async def compare(self, zone: ZoneInfo) -> int:
        """Note what happened to all that have finished; returns how many."""
        actual: dict[int, list[float]] = {}
        async with self.database.read(Lane.JOBS) as connection:
            for of_tickets in (False, True):
                actual |= await self._actual(connection, zone, of_tickets=of_tickets)
        async with self.database.transaction(Lane.JOBS) as connection:
            for forecast_id, happened in actual.items():
                await forecasts.set_actual(connection, forecast_id, happened)
        return len(actual)

    async def _actual(
        self, connection: Connection, zone: ZoneInfo, *, of_tickets: bool
    ) -> dict[int, list[float]]:
        """Add up what happened in the periods of finished forecasts; none without data."""
        try:
            any_metric = Metric.TICKETS if of_tickets else Metric.ORDERS
            state = await state_of(connection, any_metric, zone)
        except (NotEnoughHistoryError, TicketsUnreadError):
            return {}
        reader = Reader(connection, state, self.currency)
        figures: dict[tuple[str, int | None], Mapping[int, int]] = {}
        actual: dict[int, list[float]] = {}
        for each in await forecasts.unfinished(
            connection, state.last_day, BATCH, of_tickets=of_tickets
        ):
            metric, key = Metric(each.metric), (each.metric, each.product_id)
            if key not in figures:
                figures[key] = await reader.days(metric, each.product_id)
            sums = _by_step(each, figures[key])
            actual[each.id] = [reader.major(metric, value) for value in sums]
        return actual

    async def accuracy(self) -> Accuracy:
        """Read the record."""
        async with self.database.read() as connection:
            finished = await forecasts.finished(connection, JUDGED)
            counts = await forecasts.count(connection)
        return Accuracy(self.currency, counts.shown, tuple(map(_outcome, finished)))


def _by_step(of: StoredForecast, days: Mapping[int, int]) -> Iterator[float]:
    firsts = [int(step[0]) for step in of.steps]
    for first, following in zip(firsts, [*firsts[1:], of.last_day + 1], strict=True):
        yield sum(days.get(day, 0) for day in range(first, following))


def _outcome(of: StoredForecast) -> Outcome:
    return Outcome(
        asked=of.asked,
        is_money=of.metric == Metric.REVENUE,
        first_day=to_date(of.first_day),
        last_day=to_date(of.last_day),
        total=of.total,
        lo80=of.lo80,
        hi80=of.hi80,
        lo95=of.lo95,
        hi95=of.hi95,
        actual=sum(of.actual or ()),
        naive=sum(naive for _, _, naive in of.steps),
    )


def _mean(shares: list[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
