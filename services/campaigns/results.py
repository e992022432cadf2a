"""What a campaign brought: treated against held out, and in words what that allows to say."""

from dataclasses import dataclass
from datetime import datetime

from services.analytics.difference import Difference
from services.campaigns.plan import Plan
from services.money import Money


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One side. Amounts are minor units; the margin is after discount, before contacts."""

    people: int
    buyers: int
    orders: int
    revenue: int
    margin: float

    @property
    def rate(self) -> float:
        """Share of buyers."""
        return self.buyers / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Results:
    """Differences are per person, of money in minor units; None: too little to tell."""

    campaign_id: int
    plan: Plan
    started_at: datetime
    ends_at: datetime
    until: datetime
    """Orders are counted until here."""
    is_final: bool
    """The window has closed and its orders are imported; else this is a peek."""
    peeks: int
    """Looks before the window closed, this one included."""
    treated: ArmResult
    held_out: ArmResult
    buying: Difference | None
    revenue: Difference | None
    margin: Difference | None
    """Before the cost of contacts."""
    paid: float | None
    """Probability that the margin gained is more than the contacts cost."""
    cost: Money
    reached: int
    """The treated whom anything reached."""
    contaminated: int
    """Held-outs to whom another campaign wrote meanwhile."""
    currency: str

    @property
    def gained(self) -> Difference | None:
        """Total of the treated after all costs, minor units."""
        if self.margin is None:
            return None
        people, cost = self.treated.people, self.cost.minor
        return Difference(
            *(
                each * people - cost
                for each in (self.margin.estimate, self.margin.low, self.margin.high)
            )
        )

    @property
    def verdict(self) -> str:
        """One plain sentence."""
        if self.buying is None:
            return "Nobody was held out, so nothing can be said about what the campaign brought."
        if self.until <= self.started_at:
            return "No orders have been imported since it began, so nothing can be said yet."
        if not self.treated.buyers and not self.held_out.buyers:
            bought = "bought" if self.is_final else "has bought yet"
            return f"Nobody {bought}, with or without the campaign, so nothing can be said."
        if not self.buying.is_detectable:
            return (
                "No detectable effect: with and without the campaign, about as many people bought."
            )
        more = "more" if self.buying.estimate > 0 else "fewer"
        return f"{abs(self.buying.estimate) * 100:.1f} points {more} people bought than without it."


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides and what lies between them."""

    treated: ArmResult
    held_out: ArmResult
    buying: Difference | None
    revenue: Difference | None
    margin: Difference | None
    paid: float | None
