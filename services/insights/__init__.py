"""What the shop's orders say of its customers and products: asked for, counted, told with its age.

What all orders say is counted on columns in a process of its own; what scores say is SQL.
"""

from collections import Counter
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services import days
from services.analytics.segments import SEGMENTS
from services.errors import NotEnoughHistoryError, NotFoundError, WrongInputError
from services.insights import cohorts, segment_sizes, work
from services.insights import seasonal as events
from services.insights.baskets import BasketTask, TooManyCombinations
from services.insights.products import ProductTask
from services.insights.request import (
    AffinityRequest,
    ChurnRequest,
    CohortRequest,
    ProductsRequest,
    SeasonalRequest,
    SegmentsRequest,
)
from services.insights.results import (
    Affinity,
    Churn,
    Cohorts,
    CustomerAtRisk,
    DataAge,
    Drawable,
    Product,
    Products,
    ProductSale,
    ScoreSource,
    Seasonal,
    Segments,
    Stake,
)
from services.money import Money
from services.pool import ProcessPool
from services.scoring.standing import why_not_scored
from services.scoring.storing import KIND
from services.scoring.task import CHURN_BANDS
from storage import audit, bookmarks, insights, purchases, scores, series, shop_figures, tickets
from storage.database import Connection, Database, Lane
from storage.insights import AtRisk
from storage.scores import ModelRun

__all__ = ["Insights"]

DAYS_OF_MONTH = 365.25 / 12
SHORT_LIST = 5


@dataclass(frozen=True, slots=True)
class _Window:
    first_day: int
    age: DataAge

    @property
    def days(self) -> tuple[int, int]:
        return self.first_day, days.to_day(self.age.until)


@dataclass(frozen=True, slots=True)
class Insights:
    """Looks at one shop: its currency, time zone and country. Raises ExpectedError."""

    database: Database
    pool: ProcessPool
    currency: str
    zone: ZoneInfo
    country: str = ""
    """ISO code; it settles when Mother's Day is."""

    async def cohorts(self, request: CohortRequest) -> Cohorts:
        """Follow the customers of each month of first order."""
        async with self.database.read(Lane.JOBS) as connection:
            window = await self._window(connection)
        task = cohorts.plan(request, window.days, self.database.url)
        found = await self.pool.run(work.count_cohorts, task)
        names = {key: one.name for key, one in (await self._names(set(found.products))).items()}
        return cohorts.cohorts(request, task, found, names, self.currency, window.age)

    async def chart(self, found: Drawable) -> bytes:
        """Draw an insight as PNG; there must be something to draw."""
        return await self.pool.run(work.draw, found)

    async def affinity(self, request: AffinityRequest) -> Affinity:
        """Find products that are bought together, or with rules what they lead to."""
        async with self.database.read(Lane.JOBS) as connection:
            window = await self._window(connection, request.months)
            product = await _product(connection, request.product) if request.product else None
        found = await self.pool.run(
            work.search,
            BasketTask(
                self.database.url,
                window.days,
                request.thresholds,
                product.id if product else None,
                with_rules=request.with_rules,
                limit=request.top,
            ),
        )
        if isinstance(found, TooManyCombinations):
            raise WrongInputError(found.sentence)
        return Affinity(
            product=Product(product.sku, product.title) if product else None,
            thresholds=request.thresholds,
            orders=found.orders,
            found=found.found,
            pairs=found.pairs,
            rules=found.rules if request.with_rules else None,
            first_day=days.to_date(window.first_day),
            age=window.age,
        )

    async def segments(self, request: SegmentsRequest) -> Segments:
        """Tell how many customers are in each segment, and how that moved since last month."""
        async with self.database.read(Lane.JOBS) as connection:
            run = await self._run(connection)
            window = await self._window(connection)
            sizes, before = await segment_sizes.compared(connection, run, self.currency)
            parts = (
                await segment_sizes.divided(connection, run, request.by, self.currency)
                if request.by
                else ()
            )
        return Segments(
            by=request.by,
            segments=sizes,
            parts=parts,
            source=_source(run),
            compared_with=None if before is None else days.to_date(before),
            age=window.age,
        )

    async def churn(self, request: ChurnRequest) -> Churn:
        """List whose leaving would cost most."""
        async with self.database.read(Lane.JOBS) as connection:
            run = await self._run(connection)
            window = await self._window(connection)
            place = request.segment
            listed = await insights.at_risk(connection, run.id, request.by, request.top, place)
            stakes = await insights.churn_stakes(connection, run.id, place)
        return Churn(
            by=request.by,
            segment=None if place is None else SEGMENTS[place].name,
            customers=tuple(self._at_risk(one) for one in listed),
            stakes=self._stakes(stakes),
            currency=self.currency,
            source=_source(run),
            age=window.age,
        )

    async def note_export(self, actor: str, churn: Churn) -> None:
        """Keep in the audit log that somebody took a list of people away."""
        async with self.database.transaction(Lane.JOBS) as connection:
            await audit.append(
                connection,
                actor=actor,
                action="insights.export",
                subject=f"churn of run {churn.source.run_id}",
                detail={"customers": len(churn.customers), "by": churn.by},
            )

    async def products(self, request: ProductsRequest) -> Products:
        """Tell what each product brought, and who came back for it."""
        async with self.database.read(Lane.JOBS) as connection:
            window = await self._window(connection, request.months)
            named = await _tickets_by_product(connection, window.days)
            created = await tickets.count_created(connection, *window.days)
        found = await self.pool.run(
            work.add_up_products,
            ProductTask(self.database.url, window.days, request.by, request.top),
        )
        names = await self._names({one.product_id for one in found.products})
        sales = (
            ProductSale(
                names[one.product_id],
                one.orders,
                one.units,
                Money(one.revenue, self.currency),
                one.buyers,
                one.repeat_buyers,
                None if named is None else named.get(one.product_id, 0),
            )
            for one in found.products
        )
        first = days.to_date(window.first_day)
        counted = None if named is None else (created, sum(named.values()))
        return Products(
            request.by, found.found, tuple(sales), self.currency, first, window.age, counted
        )

    async def seasonal(self, request: SeasonalRequest) -> Seasonal:
        """Tell what an event did beside usual weeks."""
        async with self.database.read(Lane.JOBS) as connection:
            window = await self._window(connection)
        task = events.plan(
            request.event, self.country, window.first_day, window.age, self.database.url
        )
        found = await self.pool.run(work.add_up_event, task)
        return events.seasonal(request.event, task, found, self.currency, window.age)

    async def _window(self, connection: Connection, months: int | None = None) -> _Window:
        """Find the days of which there are orders, or the last so many months of them."""
        span = await purchases.span(connection, days.to_day(days.today(self.zone)))
        if span is None:
            raise NotEnoughHistoryError("orders", found=0, needed=1)
        first = span.first_day
        if months:
            first = max(first, span.last_day - round(months * DAYS_OF_MONTH) + 1)
        as_of = await shop_figures.data_as_of(connection)
        return _Window(first, DataAge(days.to_date(span.last_day), as_of))

    async def _run(self, connection: Connection) -> ModelRun:
        run = await scores.active_run(connection, KIND)
        if run is None:
            raise await why_not_scored(connection, days.today(self.zone))
        return run

    async def _names(self, ids: set[int]) -> dict[int, Product]:
        async with self.database.read(Lane.JOBS) as connection:
            known = await series.products_by_id(connection, sorted(ids)) if ids else {}
        return {key: Product(product.sku, product.title) for key, product in known.items()}

    def _stakes(self, rows: list[insights.Stake]) -> tuple[Stake, ...]:
        """Name them, the segment with most at stake first."""
        total: Counter[int] = Counter()
        for row in rows:
            total[row.segment] += round(row.loss)
        ranked = sorted(rows, key=lambda row: (-total[row.segment], row.segment, row.churn_band))
        return tuple(
            Stake(
                SEGMENTS[row.segment].name,
                CHURN_BANDS[row.churn_band],
                row.customers,
                Money(round(row.loss), self.currency),
            )
            for row in ranked
        )

    def _at_risk(self, one: AtRisk) -> CustomerAtRisk:
        return CustomerAtRisk(
            customer_id=one.customer.source_id or str(one.customer.id),
            name=one.customer.name,
            email=one.customer.email,
            segment=SEGMENTS[one.segment].name,
            band=CHURN_BANDS[one.churn_band],
            p_no_order=one.p_no_order,
            spend=Money(one.spend, self.currency),
            value=Money(one.value, self.currency),
            loss=Money(round(one.loss), self.currency),
        )


def _source(run: ModelRun) -> ScoreSource:
    return ScoreSource(run.id, days.to_date(run.as_of_day), run.horizon_days, run.customers)


async def _tickets_by_product(
    connection: Connection, window: tuple[int, int]
) -> dict[int, int] | None:
    """Count tickets by the product they name; None before all have been read once."""
    if await bookmarks.find(connection, tickets.FILLED_AT) is None:
        return None
    found = await tickets.by_product(connection, *window)
    return {row.product_id: row.tickets for row in found}


async def _product(connection: Connection, text: str) -> series.Product:
    found = await series.find_products(connection, text, SHORT_LIST + 1)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(f"There is no product “{text[:80]}”. Try its SKU.")
    named = "; ".join(f"{product.sku} {product.title}"[:60] for product in found[:SHORT_LIST])
    more = " and more" if len(found) > SHORT_LIST else ""
    raise NotFoundError(f"Several products match “{text[:80]}”: {named}{more}. Use the SKU.")
