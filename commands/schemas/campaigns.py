"""Campaigns: plans, dry runs, results. Amounts in major units; nobody is named."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from commands.schemas.parts import Currency, Day, Moment, Share


class RulesJson(TypedDict):
    """Who is meant. An empty rule holds for everybody; all rules must hold."""

    segments: list[str]
    min_value: float | None
    max_value: float | None
    churn_bands: list[str]
    ordered_days_ago_min: int | None
    ordered_days_ago_max: int | None
    bought: list[str]
    likely_next: str | None
    countries: list[str]
    tags: list[str]
    best: int | None


class SuppressionJson(TypedDict):
    """Who is left out though the rules fit."""

    open_ticket: bool
    unhappy_ticket: bool
    open_return: bool
    contacted_days: int
    in_experiment: bool
    internal: bool


class OfferJson(TypedDict):
    """What an order earns and what the campaign costs."""

    margin: Share
    discount: Share
    contact_cost: float
    smallest_lift: Share | None


class PlanJson(TypedDict):
    """All that a person decides about a campaign."""

    name: str
    goal: str
    rules: RulesJson
    suppression: SuppressionJson
    offer: OfferJson
    holdout: Share
    window_days: int


class CampaignJson(PlanJson):
    """One campaign and how far it is."""

    id: int
    state: str
    created_by: str
    approved_by: str | None
    approved_at: Moment | None
    started_at: Moment | None
    ends_at: Moment | None
    counts: Annotated[
        dict[str, int], Field(description="Frozen at approval: both arms, and each reason")
    ]


class CampaignsJson(TypedDict):
    """The newest campaigns."""

    campaigns: list[CampaignJson]


class CampaignPageJson(CampaignsJson):
    """Campaigns, newest first, and where the next page begins."""

    next_cursor: str | None


class ExpectedJson(TypedDict):
    """A total with its 95 % interval, without any campaign."""

    mean: float
    low: float
    high: float


class ExpectationsJson(TypedDict):
    """What those written to do in the window anyway."""

    orders: ExpectedJson
    spend: ExpectedJson
    margin: ExpectedJson


class TenthJson(TypedDict):
    """A tenth of those who are in, by expected spend in 365 days."""

    customers: int
    value: float


class OverlapJson(TypedDict):
    """Who would be written to again."""

    campaign_id: int
    name: str
    customers: int


class PowerJson(TypedDict):
    """What the experiment can see; lifts and rates are shares of buyers."""

    base_rate: float
    worth_having: float | None
    people_needed: int | None
    smallest_seen: float | None


class DifferenceJson(TypedDict):
    """Treated less held out, with its 95 % interval."""

    estimate: float
    low: float
    high: float


class RankingJson(TypedDict):
    """How the best were found; the Qinis are shares of people, null without enough experiments."""

    used: str
    experiments: int
    people: int
    qini_uplift: DifferenceJson | None
    qini_propensity: DifferenceJson | None
    qini_random: DifferenceJson | None


class PreviewJson(PlanJson):
    """A dry run: whom a plan would write to, whom not and why."""

    currency: Currency
    as_of: Day
    model_run: int
    scored: int
    fits: int
    left_out: dict[str, int]
    size: int
    treated: int
    held_out: int
    expected: ExpectationsJson
    cost: float
    discount: float
    tenths: list[TenthJson]
    overlap: list[OverlapJson]
    power: PowerJson | None
    ranking: RankingJson | None


class ArmJson(TypedDict):
    """One side; the margin is after discount, before contacts."""

    people: int
    buyers: int
    orders: int
    revenue: float
    margin: float


class ResultsJson(TypedDict):
    """What a campaign brought; null: too little to tell."""

    campaign: int
    started_at: Moment
    ends_at: Moment
    until: Moment
    is_final: Annotated[bool, Field(description="Else the window is open: this is a peek")]
    peeks: int
    currency: Currency
    treated: ArmJson
    held_out: ArmJson
    buying: DifferenceJson | None
    revenue: DifferenceJson | None
    margin: DifferenceJson | None
    gained: DifferenceJson | None
    probability_paid: Share | None
    cost: float
    reached: int
    contaminated: int
    verdict: str
