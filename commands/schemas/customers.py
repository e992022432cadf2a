"""One customer. Holds personal data: only for whoever may see customers."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from commands.schemas.parts import Currency, Day, Moment, Share


class OrderJson(TypedDict):
    """One order: `spend` is `total` less refunds."""

    number: str | None
    placed_at: Moment
    total: float
    spend: float
    status: str


class SatisfactionJson(TypedDict):
    """One answer to a satisfaction survey."""

    score: Annotated[int, Field(ge=1, le=5)]
    at: Moment


class ScoresJson(TypedDict):
    """What to expect in the 365 days after `as_of`; of churn, within `horizon_days`."""

    model_run: int
    as_of: Day
    expected_value_365: float
    expected_value_365_lo80: float
    expected_value_365_hi80: float
    expected_orders_365: float
    expected_orders_365_lo80: float
    expected_orders_365_hi80: float
    p_alive: Share
    p_no_order: Share
    horizon_days: int
    churn_band: str
    next_order: Annotated[
        Day | None, Field(description="By then the next order has come with probability one half")
    ]
    segment: str
    segment_rule: str


class ProductNameJson(TypedDict):
    """A product of the shop."""

    sku: str
    title: str


class LikelyNextJson(ProductNameJson):
    """A product the customer lacks, and the bought one that speaks for it most."""

    because: ProductNameJson
    orders_with_both: int


class CustomerJson(TypedDict):
    """Who a customer is, what they bought, and what to expect."""

    customer_id: Annotated[str, Field(description="The shop's own id; ours where it has none")]
    name: str
    email: str | None
    phone: Annotated[str | None, Field(description="E.164")]
    orders: int
    spend: float
    currency: Currency
    first_order_at: Moment | None
    last_order_at: Moment | None
    last_orders: list[OrderJson]
    open_tickets: Annotated[int | None, Field(description="null: Gorgias did not answer")]
    open_tickets_as_of: Annotated[
        Moment | None, Field(description="null: Gorgias itself said so just now")
    ]
    satisfaction: list[SatisfactionJson]
    data_as_of: Moment | None
    data_is_old: bool
    scores: ScoresJson | None
    not_scored: Annotated[str | None, Field(description="Why there are no scores")]
    likely_next: list[LikelyNextJson]


class WhyJson(TypedDict):
    """Where a customer's figures come from."""

    method: str
    customers: Annotated[int, Field(description="Whom the model learnt from")]
    repeat_customers: int
    purchase_days: Annotated[int, Field(description="Days on which this customer ordered")]
    first_to_last_days: int
    days_since_first: int
    days_since_last: int
    repeat_value: Annotated[float, Field(description="Mean of the days after the first")]
    backtest: Annotated[
        dict[str, Any] | None,
        Field(description="The same model on the past; null: too little history"),
    ]


class ChurnRiskJson(TypedDict):
    """Whether a customer will order within the horizon."""

    customer_id: str
    model_run: int
    as_of: Day
    p_no_order: Share
    horizon_days: int
    p_alive: Share
    churn_band: str
    expected_loss: Annotated[
        float, Field(description="Value expected in 365 days times p_no_order")
    ]
    currency: Currency
    segment: str
    segment_rule: str
    why: WhyJson


class LtvForecastJson(TypedDict):
    """What a customer should spend and order in the 365 days after `as_of`."""

    customer_id: str
    model_run: int
    as_of: Day
    currency: Currency
    expected_value_365: float
    expected_value_365_lo80: float
    expected_value_365_hi80: float
    expected_orders_365: float
    expected_orders_365_lo80: float
    expected_orders_365_hi80: float
    why: WhyJson


class NextPurchaseJson(TypedDict):
    """When a customer should order next."""

    customer_id: str
    model_run: int
    as_of: Day
    next_order: Annotated[
        Day | None,
        Field(description="By then with probability one half; null: no date can be told"),
    ]
    p_no_order: Share
    horizon_days: int
    expected_orders_365: float
    likely_next: Annotated[
        list[LikelyNextJson], Field(description="Products that go with what was bought")
    ]
    why: WhyJson


class FoundJson(TypedDict):
    """A customer as a list shows them."""

    customer_id: str
    name: str
    email: str | None
    phone: str | None
    country: str | None
    orders: int
    spend: float
    currency: Currency
    last_order_at: Moment | None


class FoundPageJson(TypedDict):
    """Customers who fit, and where the next page begins."""

    customers: list[FoundJson]
    next_cursor: str | None


class OrderPageJson(TypedDict):
    """Orders of one customer, newest first, and where the next page begins."""

    customer_id: str
    currency: Currency
    total: Annotated[int, Field(description="All orders of this customer, whatever the period")]
    orders: list[OrderJson]
    next_cursor: str | None
