"""What a forecast is made from: the shop's own days, zero where nothing happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.analytics.segments import SEGMENTS
from services.days import to_date, to_day
from services.errors import ExpectedError, NotEnoughHistoryError, NotFoundError
from services.forecasts.request import By, ForecastRequest, Metric
from services.forecasts.task import DailySeries
from services.money import minor_digits
from services.scoring.storing import KIND as SCORES
from services.whole_days import last_whole_day
from storage import bookmarks, purchases, scores, series, shop_figures, tickets
from storage.database import Connection
from storage.series import Measure, Product

LARGEST_PARTS = 5
RECENT_DAYS = 365
WARM_UP_DAYS = 90
"""At the start of a history everybody looks new: so many days are not believed."""
SHORT_LIST = 5
SHORTEST_DAYS = 14
UNSCORED = "guests and not scored yet"


class TicketsUnreadError(ExpectedError):
    """Not every ticket has been read from Gorgias yet, so their number by day is not known."""

    status = 422
    code = "tickets_unread"

    def __init__(self, read: int) -> None:
        so_far = f"{read:,} have been read so far" if read else "reading them has not begun"
        super().__init__(
            "I have to read every Gorgias ticket once before I can forecast them, and "
            f"{so_far}. Ask again later; 10,000 tickets take about two minutes."
        )


@dataclass(frozen=True, slots=True)
class DataState:
    """Which data there are: the same state gives the same forecast."""

    version: str
    first_day: int
    last_day: int
    """The last complete one."""
    as_of: datetime | None
    run_id: int | None
    """The scores that segments are taken from."""


@dataclass(frozen=True, slots=True)
class Source:
    """The whole, its parts, and what has to be said about them."""

    whole: DailySeries
    parts: tuple[DailySeries, ...] = ()
    notes: tuple[str, ...] = ()
    product_id: int | None = None


async def data_state(connection: Connection, today: date) -> DataState:
    """Find the complete days; raises NotEnoughHistoryError where there are none."""
    span = await purchases.span(connection, to_day(today))
    if span is None:
        raise NotEnoughHistoryError("days of orders", found=0, needed=SHORTEST_DAYS)
    last = await last_whole_day(connection, span.last_day, to_day(today))
    if last < span.first_day:
        raise NotEnoughHistoryError("complete days of orders", found=0, needed=SHORTEST_DAYS)
    version = await purchases.data_version(connection)
    as_of = await shop_figures.data_as_of(connection)
    run = await scores.active_run(connection, SCORES)
    return DataState(version, span.first_day, last, as_of, run.id if run else None)


async def ticket_state(connection: Connection, zone: ZoneInfo) -> DataState:
    """Find the complete days of tickets; raises TicketsUnreadError before the mirror is filled."""
    until = await bookmarks.find(connection, tickets.POLLED_AT)
    if until is None or await bookmarks.find(connection, tickets.FILLED_AT) is None:
        read = await bookmarks.find(connection, tickets.FILLED_TICKETS)
        raise TicketsUnreadError(int(read or 0))
    as_of, first = datetime.fromisoformat(until), await tickets.first_day(connection)
    last = to_day(datetime.now(zone).date()) - 1
    if first is None or last < first:
        raise NotEnoughHistoryError("complete days of tickets", found=0, needed=SHORTEST_DAYS)
    return DataState(f"tickets:{last}", first, last, as_of, None)


async def state_of(connection: Connection, metric: Metric, zone: ZoneInfo) -> DataState:
    """Find the state of the data that a metric is read from."""
    if metric is Metric.TICKETS:
        return await ticket_state(connection, zone)
    return await data_state(connection, datetime.now(zone).date())


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the series of requests at one state of the data."""

    connection: Connection
    state: DataState
    currency: str

    async def read(self, request: ForecastRequest) -> Source:
        """Read the whole and its parts; raises NotFoundError for an unknown product."""
        product = await self.product(request.product) if request.product else None
        product_id = product.id if product else None
        days = await self.days(request.metric, product_id)
        if request.metric is Metric.CUSTOMERS and request.by is None:
            return await self._new_and_returning(days)
        name = f"Units of {_name(product)}" if product else request.metric.capitalize()
        whole = self._series(name, days, request.metric)
        if request.by is None:
            return Source(whole, product_id=product_id)
        parts = await self._parts(request, request.by, days, product_id)
        return Source(whole, parts, _part_notes(request), product_id)

    async def days(self, metric: Metric, product_id: int | None) -> dict[int, int]:
        """Read the days of a metric, or of the units of one product."""
        if metric is Metric.TICKETS:
            return await tickets.created_by_day(
                self.connection, self.state.first_day, self.state.last_day
            )
        return await series.by_day(
            self.connection, Measure(metric), self.state.last_day, product_id
        )

    async def product(self, text: str) -> Product:
        """Find the one product that is meant."""
        found = await series.find_products(self.connection, text, SHORT_LIST + 1)
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFoundError(f"There is no product “{text[:80]}”. Try its SKU.")
        named = "; ".join(f"{product.sku} {product.title}"[:60] for product in found[:SHORT_LIST])
        more = " and more" if len(found) > SHORT_LIST else ""
        raise NotFoundError(f"Several products match “{text[:80]}”: {named}{more}. Use the SKU.")

    def major(self, metric: Metric, value: float) -> float:
        """Amounts are shown in major units; what is counted stays as it is."""
        return value / 10 ** minor_digits(self.currency) if metric is Metric.REVENUE else value

    async def _new_and_returning(self, days: dict[int, int]) -> Source:
        new = await series.new_customers_by_day(self.connection, self.state.last_day)
        returning = {day: count - new.get(day, 0) for day, count in days.items()}
        first, notes = self.state.first_day, ["Customers count once a day; guests are left out."]
        if self.state.last_day - first > 2 * WARM_UP_DAYS:
            first += WARM_UP_DAYS
            notes.append(
                f"New and returning leave out the first {WARM_UP_DAYS} days of the data, because "
                "everybody looks new in them."
            )
        whole = self._series("Customers", days, Metric.CUSTOMERS)
        parts = (
            self._series(name, counts, Metric.CUSTOMERS, first)
            for name, counts in (("new", new), ("returning", returning))
        )
        return Source(whole, tuple(parts), tuple(notes))

    async def _parts(
        self, request: ForecastRequest, by: By, days: dict[int, int], product_id: int | None
    ) -> tuple[DailySeries, ...]:
        """Read the largest parts; what they leave over is one more."""
        measure, part = Measure(request.metric), series.Part(by)
        recent = (self.state.last_day - RECENT_DAYS + 1, self.state.last_day)
        if by is By.SEGMENT and self.state.run_id is None:
            raise NotEnoughHistoryError("scored customers", found=0, needed=1)
        of_one = {"product_id": product_id, "run_id": self.state.run_id}
        largest = await series.largest_parts(
            self.connection, measure, part, recent, LARGEST_PARTS, **of_one
        )
        cells = await series.parts_by_day(
            self.connection, measure, part, largest, self.state.last_day, **of_one
        )
        of_part: dict[Any, dict[int, int]] = {key: {} for key in largest}
        rest = dict(days)
        for cell in cells:
            of_part[cell.part][cell.day] = cell.value
            rest[cell.day] = rest.get(cell.day, 0) - cell.value
        names = await self._names(by, largest)
        parts = [self._series(names[key], of_part[key], request.metric) for key in largest]
        if any(rest.values()):
            parts.append(self._series(_rest_name(request), rest, request.metric))
        return tuple(parts)

    async def _names(self, by: By, keys: list[Any]) -> dict[Any, str]:
        if by is By.SEGMENT:
            return {key: UNSCORED if key is None else SEGMENTS[key].name for key in keys}
        if by is By.PRODUCT:
            known = await series.products_by_id(self.connection, keys)
            return {key: _name(known[key]) for key in keys}
        return {key: key or f"{by} unknown" for key in keys}

    def _series(
        self, name: str, days: Mapping[int, int], metric: Metric, first: int | None = None
    ) -> DailySeries:
        first = self.state.first_day if first is None else first
        span = range(first, self.state.last_day + 1)
        figures = tuple(self.major(metric, days.get(day, 0)) for day in span)
        return DailySeries(name, to_date(first), figures)


def _name(product: Product) -> str:
    return product.title or product.sku


def _rest_name(request: ForecastRequest) -> str:
    if request.by is By.PRODUCT and request.metric is Metric.REVENUE:
        return "other products, postage and refunds"
    return "other"


def _part_notes(request: ForecastRequest) -> tuple[str, ...]:
    notes = ["So that the parts add up, the total may differ a little from the undivided forecast."]
    if request.by is By.SEGMENT:
        notes.append("Segments are those that customers are in today.")
    return tuple(notes)
