"""What a campaign is: its goal, whom it is for, whom not, what it offers. Checked when built."""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from services.analytics.segments import SEGMENTS
from services.errors import WrongInputError
from services.scoring.task import CHURN_BANDS

Json = dict[str, Any]

USUAL_HOLDOUT = 0.10
LARGEST_HOLDOUT = 0.5
USUAL_WINDOW_DAYS = 30
LONGEST_WINDOW_DAYS = 365
LONGEST_NAME = 120
LONGEST_PERIOD_DAYS = 3_650
MOST_MONEY = 10**12
MOST_PEOPLE = 200_000
SEGMENT_NAMES = tuple(segment.name for segment in SEGMENTS)


class Goal(StrEnum):
    RETENTION = "retention"
    GROWTH = "growth"
    WINBACK = "winback"
    CROSS_SELL = "cross-sell"
    CUSTOM = "custom"


class State(StrEnum):
    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """Who is meant. An empty rule holds for everybody; all rules must hold.

    Values are expected spend in the next 365 days, in minor units; days count back from the last
    day with an order in the shop.
    """

    segments: tuple[str, ...] = ()
    min_value: int | None = None
    max_value: int | None = None
    churn_bands: tuple[str, ...] = ()
    ordered_days_ago_min: int | None = None
    ordered_days_ago_max: int | None = None
    bought: tuple[str, ...] = ()
    """SKUs: at least one of them."""
    likely_next: str | None = None
    """An SKU: who bought what speaks for it, and not the product itself."""
    countries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """At least one of them."""
    best: int | None = None
    """At most so many people, the best-ranked; None: everybody."""

    def __post_init__(self) -> None:
        _must_be_known("segment", self.segments, SEGMENT_NAMES)
        _must_be_known("churn band", self.churn_bands, CHURN_BANDS)
        _must_be_range("value", self.min_value, self.max_value, MOST_MONEY)
        _must_be_range(
            "number of days since the last order",
            self.ordered_days_ago_min,
            self.ordered_days_ago_max,
            LONGEST_PERIOD_DAYS,
        )
        if self.best is not None and not 1 <= self.best <= MOST_PEOPLE:
            raise WrongInputError(f"The best are 1 to {MOST_PEOPLE:,} people, not {self.best:,}.")

    @classmethod
    def from_json(cls, said: Json) -> Self:
        return cls(**{name: _tupled(value) for name, value in said.items()})

    def to_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Who is left out though the rules fit; each can be switched off.

    Who has not consented, or has no address, is always left out: nothing here changes that.
    """

    open_ticket: bool = True
    unhappy_ticket: bool = True
    open_return: bool = True
    """Sent something back and has not got the money yet."""
    contacted_days: int = 30
    """By any campaign; 0 switches this off."""
    in_experiment: bool = True
    """In either arm of a campaign that is approved or running."""
    internal: bool = True
    """Employees and test addresses."""

    def __post_init__(self) -> None:
        _must_be_range("number of days since the last contact", self.contacted_days, None, 365)

    @classmethod
    def from_json(cls, said: Json) -> Self:
        return cls(**said)

    def to_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an order earns and what the campaign costs; shares from 0 to 1."""

    margin: float = 0.4
    """What is left of an order's value before the discount."""
    discount: float = 0.0
    """Off every order of the treated in the window, also of those who would have come anyway."""
    contact_cost: float = 0.0
    """For each person written to, in minor units and parts of them."""
    smallest_lift: float | None = None
    """More buyers as a share of the treated, below which it is not worth it; None: break-even."""

    def __post_init__(self) -> None:
        _must_be_share("margin", self.margin, 0.0, 1.0)
        _must_be_share("discount", self.discount, 0.0, 1.0)
        if self.discount >= self.margin and self.discount:
            raise WrongInputError(
                "The discount takes the whole margin: no order would earn a cent."
            )
        if not 0 <= self.contact_cost <= MOST_MONEY:
            raise WrongInputError("The cost of a contact is an amount of money from 0.")
        if self.smallest_lift is not None:
            _must_be_share("smallest lift worth having", self.smallest_lift, 0.0001, 1.0)

    @property
    def margin_left(self) -> float:
        """What is left of an order's full value after the discount."""
        return self.margin - self.discount

    @classmethod
    def from_json(cls, said: Json) -> Self:
        return cls(**said)

    def to_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a person decides about a campaign."""

    name: str
    goal: Goal
    rules: AudienceRules = field(default_factory=AudienceRules)
    suppression: Suppression = field(default_factory=Suppression)
    offer: Offer = field(default_factory=Offer)
    holdout: float = USUAL_HOLDOUT
    """Share that stays silent."""
    window_days: int = USUAL_WINDOW_DAYS
    """How long orders are counted after the start."""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise WrongInputError(f"A campaign has a name of 1 to {LONGEST_NAME} characters.")
        _must_be_share("hold-out", self.holdout, 0.0, LARGEST_HOLDOUT)
        if not 1 <= self.window_days <= LONGEST_WINDOW_DAYS:
            raise WrongInputError(
                f"Orders are counted for 1 to {LONGEST_WINDOW_DAYS} days, not {self.window_days:,}."
            )
        if self.goal is Goal.CROSS_SELL and not self.rules.likely_next:
            raise WrongInputError(
                "A cross-sell needs the product to sell: /campaign cross-sell product=<SKU>."
            )

    @classmethod
    def usual(cls, goal: Goal, name: str, product: str | None = None) -> "Plan":
        """Start from what usually fits a goal."""
        rules = USUAL_RULES[goal]
        if product:
            rules = replace(rules, likely_next=product)
        return cls(name, goal, rules)


def copied(plan: Plan) -> Plan:
    """Give the same plan under a name that tells it apart."""
    return replace(plan, name=f"{plan.name} (copy)"[-LONGEST_NAME:])


def _tupled(value: object) -> Any:  # noqa: ANN401 - JSON
    return tuple(value) if isinstance(value, list) else value


def _must_be_known(what: str, said: tuple[str, ...], known: tuple[str, ...]) -> None:
    for word in said:
        if word not in known:
            raise WrongInputError(f"There is no {what} “{word[:40]}”. Known: {', '.join(known)}.")


def _must_be_range(what: str, low: int | None, high: int | None, most: int) -> None:
    for bound in (low, high):
        if bound is not None and not 0 <= bound <= most:
            raise WrongInputError(f"The {what} must be from 0 to {most:,}, not {bound:,}.")
    if low is not None and high is not None and low > high:
        raise WrongInputError(f"The least {what} is above the most, so nobody would fit.")


def _must_be_share(what: str, share: float, low: float, high: float) -> None:
    if not low <= share <= high:
        raise WrongInputError(
            f"The {what} must be from {low * 100:g} to {high:.0%}, not {share * 100:.4g}%."
        )


USUAL_RULES = {
    Goal.RETENTION: AudienceRules(
        segments=("champion", "loyal", "promising"), churn_bands=("medium",)
    ),
    Goal.GROWTH: AudienceRules(segments=("new", "promising", "loyal"), churn_bands=("low",)),
    Goal.WINBACK: AudienceRules(
        segments=("at risk", "cannot lose", "hibernating", "lost one-time"), churn_bands=("high",)
    ),
    Goal.CROSS_SELL: AudienceRules(),
    Goal.CUSTOM: AudienceRules(),
}
