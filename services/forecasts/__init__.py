"""Forecasts of the shop's own figures: asked for, computed in the pool, shown, kept, compared."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from services import days
from services.errors import NotEnoughHistoryError, UnavailableError
from services.forecasts import work
from services.forecasts.record import Accuracy, Record
from services.forecasts.report import Computed, ForecastReport, Refused
from services.forecasts.request import ForecastRequest, Metric
from services.forecasts.sources import DataState, Reader, Source, state_of
from services.forecasts.staffing import PROFILE_WEEKS, WEEK_DAYS, Service, Staffing
from services.forecasts.task import Task
from services.pool import ProcessPool
from storage import tickets
from storage.database import Database, Lane

__all__ = ["ForecastRequest", "Forecasts"]

log = structlog.get_logger()

Result = TypeVar("Result")

PATIENCE_SECONDS = 60
REMEMBERED = 64
UNKNOWN_EFFECT = (
    "No past promotion was named, so what the coming one does is not known and not in the "
    "figures. Add the dates of an earlier one."
)


class TooEarlyError(NotEnoughHistoryError):
    """The history is too short; the sentence names the day from which it will do."""

    def __init__(self, refused: Refused) -> None:
        super().__init__("periods", found=refused.found, needed=refused.needed)
        self.sentence = refused.sentence
        self.args = (refused.sentence,)


class TooSlowError(UnavailableError):
    """The models did not end in time."""

    code = "too_slow"

    def __init__(self) -> None:
        super().__init__(
            "The forecast took too long, so none was made. Try again in a minute, or ask for a "
            "shorter horizon."
        )


class Forecasts:
    """Forecasts one shop: its currency, time zone and country."""

    def __init__(
        self,
        database: Database,
        pool: ProcessPool,
        *,
        currency: str,
        zone: ZoneInfo,
        country: str | None,
    ) -> None:
        self._database = database
        self._pool = pool
        self._currency = currency
        self._zone = zone
        self._country = country
        self._record = Record(database, currency)
        self._known: OrderedDict[tuple[ForecastRequest, DataState], ForecastReport] = OrderedDict()

    async def report(self, request: ForecastRequest) -> ForecastReport:
        """Forecast, and keep what is shown; the same data give the same report at once.

        Raises ExpectedError: unknown product, too little history, too busy.
        """
        async with self._database.read(Lane.JOBS) as connection:
            state = await state_of(connection, request.metric, self._zone)
            if known := self._known.get((request, state)):
                return known
            source = await Reader(connection, state, self._currency).read(request)
        report = self._report(request, state, source, await self._compute(request, source))
        await self._record.keep(report, source.product_id, state.version)
        self._known[request, state] = report
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return report

    async def staffing(self, request: ForecastRequest, service: Service) -> Staffing:
        """Tell how many agents each hour of the week needs; raises what `report` raises."""
        report = await self.report(request)
        last = days.to_day(report.data_until)
        first = last - PROFILE_WEEKS * WEEK_DAYS + 1
        async with self._database.read(Lane.JOBS) as connection:
            counted = await tickets.created_by_hour(connection, first, last)
        return await self._in_time(self._pool.run(work.staff, report, counted, first, service))

    async def staffing_chart(self, found: Staffing) -> bytes:
        """Draw agents by hour of the week as PNG."""
        return await self._in_time(self._pool.run(work.draw_staffing, found))

    async def chart(self, report: ForecastReport) -> bytes:
        """Draw a report as PNG."""
        return await self._in_time(self._pool.run(work.draw, report))

    async def accuracy(self) -> Accuracy:
        """Compare what has finished since, and tell how all shown forecasts did."""
        await self.compare_finished()
        return await self._record.accuracy()

    async def compare_finished(self) -> int:
        """Compare finished forecasts with what happened; returns how many there were."""
        compared = await self._record.compare(self._zone)
        if compared:
            log.info("forecasts.compared", count=compared)
        return compared

    async def _compute(self, request: ForecastRequest, source: Source) -> Computed:
        task = Task(source.whole, source.parts, request.horizon, self._country, request.promotions)
        computed = await self._in_time(self._pool.run(work.compute, task))
        if isinstance(computed, Refused):
            raise TooEarlyError(computed)
        return computed

    def _report(
        self, request: ForecastRequest, state: DataState, source: Source, computed: Computed
    ) -> ForecastReport:
        return ForecastReport(
            request=request,
            what=source.whole.name,
            currency=self._currency if request.metric is Metric.REVENUE else None,
            result=computed,
            data_until=days.to_date(state.last_day),
            data_as_of=state.as_of,
            notes=source.notes + _promotion_notes(request, state) + computed.notes,
        )

    async def _in_time(self, calculation: Awaitable[Result]) -> Result:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await calculation
        except TimeoutError as error:
            raise TooSlowError from error


def _promotion_notes(request: ForecastRequest, state: DataState) -> tuple[str, ...]:
    last_day = days.to_date(state.last_day)
    offers = request.promotions
    return (UNKNOWN_EFFECT,) if offers and all(each.start > last_day for each in offers) else ()
