"""What the orders hold: amounts in major units, shares between 0 and 1, unknown figures null."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from commands.schemas.parts import Currency, Day, Moment, Month, Share


class AgeJson(TypedDict):
    """How old the figures are: the last day with an order, and the last import."""

    data_until: Day
    data_as_of: Moment | None


class SourceJson(TypedDict):
    """The model run that scores come from, and how many customers it scored."""

    model_run: int
    as_of: Day
    horizon_days: int
    customers: int


class CohortJson(TypedDict):
    """Customers by month of first order; entry k of a list is k months later, null: not over."""

    cohort: Month
    customers: int
    left_censored: Annotated[
        bool, Field(description="The first month of the data: earlier buyers are in it")
    ]
    active: list[int | None]
    retention: list[Share | None]
    orders: list[int | None]
    value: list[float | None]
    value_per_customer: Annotated[
        list[float | None], Field(description="Cumulative, from the first order on")
    ]


class GroupJson(TypedDict):
    """The cohorts of all customers, or of one part of them."""

    customers: int
    usual_retention: list[Share | None]
    cohorts: list[CohortJson]


class NamedGroupJson(GroupJson):
    """One part, such as a country."""

    name: str


class CohortsJson(GroupJson, AgeJson):
    """Who came back, by month of first order."""

    insight: Literal["cohorts"]
    by: str | None
    currency: Currency
    last_month: Month
    parts: list[NamedGroupJson]
    notes: list[str]


class ProductJson(TypedDict):
    """A product of the shop."""

    sku: str
    title: str


class PairJson(TypedDict):
    """Two products that are bought together; confidences read left to right, and back."""

    left: ProductJson
    right: ProductJson
    count: int
    left_orders: int
    right_orders: int
    support: Share
    confidence: Share
    confidence_back: Share
    lift: float
    lift_lower: Annotated[
        float, Field(description="At the lower end of the confidence's 95% Wilson interval")
    ]


class RuleJson(TypedDict):
    """Who buys all of the antecedent buys the consequent."""

    antecedent: list[ProductJson]
    consequent: ProductJson
    count: int
    antecedent_orders: int
    consequent_orders: int
    support: Share
    confidence: Share
    confidence_lower: Share
    lift: float


class AffinityJson(AgeJson):
    """What is bought together: `pairs`, or `rules` where these were asked for."""

    insight: Literal["affinity"]
    product: ProductJson | None
    min_count: int
    min_support: Share
    min_confidence: Share
    orders: int
    found: Annotated[int, Field(description="How many there are, listed or not")]
    since: Day
    pairs: NotRequired[list[PairJson]]
    rules: NotRequired[list[RuleJson]]


class SegmentJson(TypedDict):
    """One segment of the customers."""

    segment: str
    rule: str
    customers: int
    customers_before: int | None
    share: Share
    spend: float
    expected_value_365: float
    p_no_order: Share | None


class SegmentGroupJson(TypedDict):
    """The segments of one part of the customers, such as a country."""

    name: str
    segments: list[SegmentJson]


class SegmentsJson(SourceJson, AgeJson):
    """How many customers are in each segment."""

    insight: Literal["segments"]
    by: str | None
    compared_with: Day | None
    segments: list[SegmentJson]
    parts: list[SegmentGroupJson]


class AtRiskJson(TypedDict):
    """One customer who may leave. Personal data."""

    customer_id: str
    name: str
    email: str | None
    segment: str
    churn_band: str
    p_no_order: Share
    spend: float
    expected_value_365: float
    expected_loss: float


class StakeJson(TypedDict):
    """What is expected to be lost in one segment and churn band."""

    segment: str
    churn_band: str
    customers: int
    expected_loss: float


class ChurnTotalsJson(SourceJson, AgeJson):
    """What is expected to be lost, of all customers or of one segment. Names nobody."""

    insight: Literal["churn"]
    by: str
    segment: str | None
    at_stake: list[StakeJson]
    formula: str
    expected_loss: float
    currency: Currency


class ChurnJson(ChurnTotalsJson):
    """The same, and whose leaving would cost most. Names people."""

    top: list[AtRiskJson]


class SaleJson(ProductJson):
    """What one product brought; the repeat rate is that of its known buyers."""

    revenue: float
    orders: int
    units: int
    buyers: int
    repeat_buyers: int
    repeat_rate: Share | None
    tickets: int | None
    tickets_per_100_orders: float | None


class ProductsJson(AgeJson):
    """What each product brought."""

    insight: Literal["products"]
    by: str
    currency: Currency
    since: Day
    products: list[SaleJson]


class LiftJson(TypedDict):
    """How many times the usual, with the 95 % interval."""

    ratio: float
    lo95: float
    hi95: float


class ComparedJson(TypedDict):
    """A figure during an event and in as many usual days."""

    event: float
    usual: float | None
    lift: LiftJson | None


class SeasonalTimeJson(TypedDict):
    """One time the event came."""

    name: str
    first_day: Day
    last_day: Day
    is_over: bool
    usual_stretches: int
    orders: ComparedJson
    revenue: ComparedJson


class SeasonalSegmentJson(TypedDict):
    """What one segment did, as it was the day before; averages over the times."""

    segment: str
    orders: ComparedJson
    revenue: ComparedJson


class ReturnedJson(TypedDict):
    """Customers with their first order at the event, and how many ordered again."""

    within_days: int
    newcomers: int
    came_back: int
    usual_newcomers: int
    usual_came_back: int


class SeasonalJson(AgeJson):
    """What an event of the year did beside usual weeks."""

    insight: Literal["seasonal"]
    event: str
    meaning: str
    currency: Currency
    orders_lift: LiftJson | None
    revenue_lift: LiftJson | None
    times: list[SeasonalTimeJson]
    segments: list[SeasonalSegmentJson]
    returned: ReturnedJson | None
    notes: list[str]
