"""What a dry run tells: who is in, who is out and why, and what to expect of those who are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.campaigns.plan import Plan
from services.campaigns.ranking import Ranking
from services.money import Money
from storage.campaigns.audience import RuleCounts
from storage.campaigns.audience_conditions import Reason
from storage.customers import Customer

REASON_WORDS = {
    Reason.UNSUBSCRIBED: "unsubscribed",
    Reason.CONSENT_UNKNOWN: "consent unknown",
    Reason.NO_EMAIL: "no e-mail address",
    Reason.SAME_EMAIL: "same e-mail address as somebody else",
    Reason.INTERNAL: "employee or test address",
    Reason.OWNS_PRODUCT: "owns the product already",
    Reason.OPEN_TICKET: "open ticket",
    Reason.UNHAPPY: "recently unhappy with support",
    Reason.OPEN_RETURN: "return not refunded yet",
    Reason.IN_EXPERIMENT: "part of a running campaign",
    Reason.CONTACTED: "contacted recently",
    Reason.RANKED_LOWER: "ranked lower",
}
ALWAYS = frozenset(
    {Reason.UNSUBSCRIBED, Reason.CONSENT_UNKNOWN, Reason.NO_EMAIL, Reason.SAME_EMAIL}
)
"""Reasons that cannot be switched off."""


def checked(plan: Plan) -> list[Reason]:
    """List the reasons for which a plan leaves people out."""
    chosen = plan.suppression
    switched = {
        Reason.INTERNAL: chosen.internal,
        Reason.OWNS_PRODUCT: plan.rules.likely_next is not None,
        Reason.OPEN_TICKET: chosen.open_ticket,
        Reason.UNHAPPY: chosen.unhappy_ticket,
        Reason.OPEN_RETURN: chosen.open_return,
        Reason.IN_EXPERIMENT: chosen.in_experiment,
        Reason.CONTACTED: chosen.contacted_days > 0,
        Reason.RANKED_LOWER: plan.rules.best is not None,
    }
    return [reason for reason in REASON_WORDS if reason in ALWAYS or switched.get(reason)]


@dataclass(frozen=True, slots=True)
class Expected:
    """A total with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many are left out, and for which reason."""

    reason: Reason
    customers: int

    @property
    def words(self) -> str:
        return REASON_WORDS[self.reason]


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of those who are in, by expected spend in 365 days."""

    customers: int
    value: Money
    """Of all of them together."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Who would be written to again."""

    campaign_id: int
    name: str
    customers: int


@dataclass(frozen=True, slots=True)
class Power:
    """What the experiment can see. Lifts and rates are shares of buyers."""

    base_rate: float
    """Expected without a campaign."""
    worth_having: float | None
    """The smallest lift that pays, or the one that was asked for; None: it costs nothing."""
    people_needed: int | None
    """To see that lift; None: any lift pays, or not even everybody buying would."""
    smallest_seen: float | None
    """The smallest lift that this audience shows; None: none at all."""

    def is_enough(self, people: int) -> bool:
        """Whether so many people show the smallest lift worth having."""
        if self.worth_having is None:
            return self.smallest_seen is not None
        return self.people_needed is not None and self.people_needed <= people


@dataclass(frozen=True, slots=True)
class Preview:
    """A dry run. Expectations are of those written to, in the window, without any campaign."""

    plan: Plan
    rules: RuleCounts
    reasons: tuple[ReasonCount, ...]
    size: int
    """Treated and held out together."""
    treated: int
    held_out: int
    orders: Expected
    spend: Expected
    """Minor units."""
    margin: Expected
    """Before any discount, minor units."""
    cost: Money
    """Of the contacts."""
    discount: Money
    """Given away on orders that would have come anyway."""
    tenths: tuple[Tenth, ...]
    overlap: tuple[Overlap, ...]
    power: Power | None
    """None: nobody is in, or nobody is held out."""
    ranking: Ranking | None
    """How the best were found; None: nobody was ranked."""
    currency: str
    as_of: date
    model_run_id: int

    @property
    def fits(self) -> int:
        """All whom the rules mean, in or out."""
        return self.size + sum(each.customers for each in self.reasons)


@dataclass(frozen=True, slots=True)
class ListedPeople:
    """The most valuable customers with one reason, or of those who are in."""

    reason: Reason
    people: tuple[Customer, ...]


def window_weights(days: int) -> tuple[float, float, float]:
    """Weigh figures of 30, 90 and 365 days into those of `days` (1 to 365), straight in between."""
    knots = (0, 30, 90, 365)
    place = next(i for i in range(1, len(knots)) if days <= knots[i])
    share = (days - knots[place - 1]) / (knots[place] - knots[place - 1])
    weights = [0.0, 0.0, 0.0, 0.0]
    weights[place - 1], weights[place] = 1 - share, share
    return weights[1], weights[2], weights[3]


def split(size: int, holdout: float) -> tuple[int, int]:
    """Divide an audience into treated and held out; who wants a hold-out gets one person."""
    held_out = round(size * holdout)
    if holdout > 0 and size > 1:
        held_out = max(1, held_out)
    return size - held_out, held_out


def tenths(groups: Sequence[tuple[int, int]], currency: str) -> tuple[Tenth, ...]:
    """Divide an audience into ten by value, the most valuable first.

    `groups` are (people, value in minor units) of people of about the same value, in that order;
    a group on a border is divided in proportion. Fewer than ten people make fewer parts.
    """
    size = sum(people for people, _ in groups)
    parts = min(10, size)
    ends = [size * place // parts for place in range(1, parts + 1)]
    found, taken, value = [], 0, 0.0
    borders = iter(ends)
    border = next(borders, 0)
    start = 0
    for people, amount in groups:
        left = people
        while left:
            share = min(left, border - taken)
            value += amount * share / people
            taken, left = taken + share, left - share
            if taken == border:
                found.append(Tenth(taken - start, Money(round(value), currency)))
                start, value, border = taken, 0.0, next(borders, size)
    return tuple(found)


def total(mean: float, variance: float, model_error: float) -> Expected:
    """Give the interval of a sum: chance, and by how much the model was off when tested."""
    reach = 1.96 * (variance + (model_error * mean) ** 2) ** 0.5
    return Expected(mean, max(0.0, mean - reach), mean + reach)


def of_total(whole: Expected, share: float) -> Expected:
    return Expected(whole.mean * share, whole.low * share, whole.high * share)
