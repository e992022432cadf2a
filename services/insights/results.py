"""What an insight finds. Unknown figures are None, never zero."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from services.analytics.lifts import Lift
from services.insights.events import Span
from services.money import Money


@dataclass(frozen=True, slots=True)
class DataAge:
    """How far the orders reach, and when they were imported."""

    until: date
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers who first ordered in one month; entry k of a figure is k months later."""

    month: date
    customers: int
    is_left_censored: bool
    """The first month of the data: it holds everybody who had bought before, too."""
    active: tuple[int | None, ...]
    orders: tuple[int | None, ...]
    value: tuple[Money | None, ...]

    @property
    def retention(self) -> tuple[float | None, ...]:
        """Share of the cohort that ordered in the month."""
        return tuple(None if count is None else count / self.customers for count in self.active)

    @property
    def value_per_customer(self) -> tuple[Money | None, ...]:
        """Spend of each customer on average, from the first order to the end of the month."""
        known = [money for money in self.value if money]
        sums = accumulate(money.minor for money in known)
        means = [Money(round(total / self.customers), known[0].currency) for total in sums]
        return (*means, *(None for _ in self.value[len(means) :]))


@dataclass(frozen=True, slots=True)
class CohortGroup:
    """The cohorts of all customers, or of one part of them, oldest first."""

    name: str
    cohorts: tuple[Cohort, ...]
    usual_retention: tuple[float | None, ...]
    """Over all cohorts old enough to know, without the left-censored one."""

    @property
    def customers(self) -> int:
        return sum(cohort.customers for cohort in self.cohorts)


@dataclass(frozen=True, slots=True)
class Cohorts:
    """`last_month` is the last whole one; what came later is not in any figure."""

    whole: CohortGroup
    by: str | None
    parts: tuple[CohortGroup, ...]
    last_month: date
    currency: str
    age: DataAge
    notes: tuple[str, ...]

    @property
    def by_what(self) -> str:
        return "first product" if self.by == "product" else str(self.by)

    @property
    def compared(self) -> tuple[CohortGroup, ...]:
        """The whole and its parts, to be set beside each other; none where that tells nothing."""
        is_known = any(share is not None for share in self.whole.usual_retention[1:])
        return (self.whole, *self.parts) if len(self.parts) > 1 and is_known else ()


# Thousands of the next three come from another process: without slots pickle needs half the time,
# in which the event loop waits.
@dataclass(frozen=True)
class Product:
    sku: str
    title: str

    @property
    def name(self) -> str:
        return self.title or self.sku


@dataclass(frozen=True)
class ProductPair:
    """Two products and the orders that hold both; confidences read left to right and back."""

    left: Product
    right: Product
    count: int
    left_orders: int
    right_orders: int
    support: float
    confidence: float
    confidence_back: float
    lift: float
    lift_lower: float
    """Lift at the 95 % Wilson lower bound of the confidence, the more careful direction."""


@dataclass(frozen=True)
class ProductRule:
    """Of the `antecedent_count` orders with all products on the left, `count` hold the right."""

    antecedent: tuple[Product, ...]
    consequent: Product
    count: int
    antecedent_count: int
    consequent_count: int
    support: float
    confidence: float
    confidence_lower: float
    lift: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a finding must reach at least."""

    count: int
    support: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Affinity:
    """Findings, the most careful lift first; `found` is how many there are in all."""

    product: Product | None
    thresholds: Thresholds
    orders: int
    """Orders that hold at least one product."""
    found: int
    pairs: tuple[ProductPair, ...]
    rules: tuple[ProductRule, ...] | None
    """None: pairs were asked for."""
    first_day: date
    age: DataAge


@dataclass(frozen=True, slots=True)
class ScoreSource:
    """The run that scores come from."""

    run_id: int
    as_of: date
    horizon_days: int
    customers: int


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """One segment; `value` is what its customers should spend in 365 days."""

    name: str
    rule: str
    customers: int
    share: float
    spend: Money
    value: Money
    p_no_order: float
    customers_before: int | None
    """In the run compared with; None without one."""


@dataclass(frozen=True, slots=True)
class SegmentGroup:
    """The segments of one part of the customers."""

    name: str
    segments: tuple[SegmentSize, ...]

    @property
    def customers(self) -> int:
        return sum(segment.customers for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Segments:
    """`parts` are the largest of what `by` says, the others together last."""

    by: str | None
    segments: tuple[SegmentSize, ...]
    parts: tuple[SegmentGroup, ...]
    source: ScoreSource
    compared_with: date | None
    age: DataAge

    @property
    def is_divided(self) -> bool:
        """Whether there are parts to be set beside each other."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class CustomerAtRisk:
    """Expected loss = value expected in 365 days x probability of no order in the horizon."""

    customer_id: str
    name: str
    email: str | None
    segment: str
    band: str
    p_no_order: float
    spend: Money
    value: Money
    loss: Money


@dataclass(frozen=True, slots=True)
class Stake:
    """The customers of one segment in one churn band, and what is expected to be lost there."""

    segment: str
    band: str
    customers: int
    loss: Money


@dataclass(frozen=True, slots=True)
class Churn:
    """Who is leaving that matters, in one `segment` or (None) among all.

    `stakes` are over all of these customers, the segment with most at stake first.
    """

    by: str
    segment: str | None
    customers: tuple[CustomerAtRisk, ...]
    stakes: tuple[Stake, ...]
    currency: str
    source: ScoreSource
    age: DataAge

    @property
    def loss(self) -> Money:
        return Money(sum(stake.loss.minor for stake in self.stakes), self.currency)

    @property
    def size(self) -> int:
        return sum(stake.customers for stake in self.stakes)


@dataclass(frozen=True, slots=True)
class ProductSale:
    """What one product brought; the repeat rate is that of its known buyers."""

    product: Product
    orders: int
    units: int
    revenue: Money
    buyers: int
    repeat_buyers: int
    tickets: int | None
    """Tickets that name it; None: not every ticket has been read yet."""

    @property
    def repeat_rate(self) -> float | None:
        return self.repeat_buyers / self.buyers if self.buyers else None

    @property
    def tickets_per_100_orders(self) -> float | None:
        if self.tickets is None or not self.orders:
            return None
        return 100 * self.tickets / self.orders


@dataclass(frozen=True, slots=True)
class Products:
    """Those with most, and how many there are in all.

    `tickets` is how many there were in the period, and how many of them name a product.
    """

    by: str
    found: int
    sales: tuple[ProductSale, ...]
    currency: str
    first_day: date
    age: DataAge
    tickets: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure during the event, in as many usual days, and the lift (None: unknown)."""

    event: float
    usual: float | None
    lift: Lift | None


@dataclass(frozen=True, slots=True)
class SeasonalTime:
    """One time the event came; `usual_stretches` is how many usual ones it is held against."""

    name: str
    span: Span
    is_over: bool
    usual_stretches: int
    orders: Compared
    revenue: Compared
    """Minor units, as are all of its figures."""

    @property
    def heading(self) -> str:
        """`Black Friday 2026 so far` while it lasts."""
        return self.name if self.is_over else f"{self.name} so far"


@dataclass(frozen=True, slots=True)
class SeasonalPart:
    """What one segment did: those who were in it the day before. Averages over the times."""

    name: str
    orders: Compared
    revenue: Compared


@dataclass(frozen=True, slots=True)
class Returned:
    """Newcomers, and how many of them ordered again within `days`; the same in usual weeks."""

    days: int
    newcomers: int
    came_back: int
    usual_newcomers: int
    usual_came_back: int


@dataclass(frozen=True, slots=True)
class Seasonal:
    """What an event did; all averages are over the times that are over."""

    event: str
    meaning: str
    times: tuple[SeasonalTime, ...]
    orders: Lift | None
    revenue: Lift | None
    parts: tuple[SeasonalPart, ...]
    """Empty: too little history before it to know segments."""
    returned: Returned | None
    currency: str
    age: DataAge
    notes: tuple[str, ...]


Drawable = Cohorts | Affinity | Segments | Churn | Products | Seasonal
"""What there is a picture of."""
