"""One customer. Holds personal data: only for whoever may see customers."""

from typing import Annotated

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
