"""Who is this, what did they buy, what is open.

/customer anna@example.com
/customer +44 20 7946 0000
/customer #1042
/customer 12347
/customer Anna Smith
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commands.customer_words import expectations, satisfaction, suggestion_words
from commands.help import EMPTY, Help, Topic
from commands.people import Caller
from commands.schemas.customers import CustomerJson, LikelyNextJson, OrderJson, ScoresJson
from services.customer_scores import CustomerScores
from services.customers import CustomerProfile, Customers, OrderLine, Suggestion
from services.days import spoken, spoken_time
from services.errors import NotAllowedError

NAME = "customer"
OLD = " (old: import newer orders)"
HELP = Help(
    "Type /customer and anything that tells who it is:",
    (
        Topic("/customer anna@example.com", "an e-mail address"),
        Topic("/customer +44 20 7946 0000", "a phone number"),
        Topic("/customer #1042", "the number of an order"),
        Topic("/customer 12347", "a customer id"),
        Topic("/customer Anna Smith", "a name"),
    ),
)


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def customers(self) -> Customers: ...


@dataclass(frozen=True, slots=True)
class CustomerRequest:
    """`text` is what to look for; empty asks for help."""

    text: str


@dataclass(frozen=True, slots=True)
class CustomerAnswer:
    """One customer, in full: only for who asked."""

    profile: CustomerProfile

    def to_json(self) -> CustomerJson:
        """Give the shop's own id where it has one, and amounts in major units."""
        profile = self.profile
        return {
            "customer_id": profile.source_id or str(profile.id),
            "name": profile.name,
            "email": profile.email,
            "phone": profile.phone,
            "orders": profile.orders,
            "spend": float(profile.spend.major),
            "currency": profile.spend.currency,
            "first_order_at": _iso(profile.first_order_at),
            "last_order_at": _iso(profile.last_order_at),
            "last_orders": [order_json(order) for order in profile.last_orders],
            "open_tickets": profile.open_tickets,
            "open_tickets_as_of": _iso(profile.tickets_as_of),
            "satisfaction": [
                {"score": answer.score, "at": answer.scored_at.isoformat()}
                for answer in profile.answers
            ],
            "data_as_of": _iso(profile.data_as_of),
            "data_is_old": profile.data_is_old,
            "scores": _scores_json(profile.scores) if profile.scores else None,
            "not_scored": profile.not_scored,
            "likely_next": [suggestion_json(one) for one in profile.suggestions],
        }

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        profile = self.profile
        tickets = profile.open_tickets
        lines = [
            profile.name or profile.email or f"Customer {profile.source_id or profile.id}",
            f"E-mail        {profile.email or 'unknown'}",
            f"Phone         {profile.phone or 'unknown'}",
            f"Orders        {profile.orders:,}",
            f"Spend         {profile.spend}",
            f"First order   {_day(profile.first_order_at)}",
            f"Last order    {_day(profile.last_order_at)}",
            *(f"              {order_line(order)}" for order in profile.last_orders),
            *(f"{label:<13} {text}" for label, text in expectations(profile)),
            *([f"Expected      {profile.not_scored}"] if profile.not_scored else []),
            *(f"Likely next   {suggestion_words(one)}" for one in profile.suggestions),
            f"Open tickets  {'Gorgias did not answer' if tickets is None else tickets}",
            *([f"Last answers  {satisfaction(profile.answers)}"] if profile.answers else []),
            f"Data as of    {_day(profile.data_as_of)}{OLD if profile.data_is_old else ''}",
        ]
        return "\n".join(lines)


def parse(text: str) -> CustomerRequest:
    """Read what follows the command's name."""
    return CustomerRequest(text)


async def run(
    request: CustomerRequest,
    caller: Caller,
    services: Services,
) -> CustomerAnswer | Help:
    """Raise what `Customers.find` raises, and NotAllowedError to who may not see customers."""
    require_agent(caller)
    if request.text.lower() in EMPTY:
        return HELP
    return await show(await services.customers.find(request.text), caller, services)


async def show(customer_id: int, caller: Caller, services: Services) -> CustomerAnswer:
    """Answer about a customer that was chosen already."""
    require_agent(caller)
    return CustomerAnswer(await services.customers.profile(customer_id))


def require_agent(caller: Caller) -> None:
    """Refuse guests and outsiders, without saying anything about anybody."""
    if not caller.is_agent:
        raise NotAllowedError(
            "Only the support team may look up customers. Ask an admin to add you to it.",
        )


def order_line(order: OrderLine) -> str:
    """`#1042 · 12 Oct 2026 · £12.00 · partially refunded`."""
    parts = [f"#{order.number}"] if order.number else []
    parts += [spoken(order.day), str(order.total)]
    if order.status not in {"", "paid"}:
        parts.append(order.status.replace("_", " "))
    return " · ".join(parts)


def order_json(order: OrderLine) -> OrderJson:
    """Tell an order in major units."""
    return {
        "number": order.number,
        "placed_at": order.placed_at.isoformat(),
        "total": float(order.total.major),
        "spend": float(order.spend.major),
        "status": order.status,
    }


def suggestion_json(one: Suggestion) -> LikelyNextJson:
    """Tell a product that may be wanted next, and what speaks for it."""
    return {
        "sku": one.sku,
        "title": one.title,
        "because": {"sku": one.because_sku, "title": one.because_title},
        "orders_with_both": one.orders,
    }


def _scores_json(scores: CustomerScores) -> ScoresJson:
    """Give figures of the 365 days after `as_of`, churn of the horizon."""
    return {
        "model_run": scores.run_id,
        "as_of": scores.as_of.isoformat(),
        "expected_value_365": float(scores.value.major),
        "expected_value_365_lo80": float(scores.value_lo80.major),
        "expected_value_365_hi80": float(scores.value_hi80.major),
        "expected_orders_365": scores.orders,
        "expected_orders_365_lo80": scores.orders_lo80,
        "expected_orders_365_hi80": scores.orders_hi80,
        "p_alive": scores.p_alive,
        "p_no_order": scores.p_no_order,
        "horizon_days": scores.horizon_days,
        "churn_band": scores.band,
        "next_order": scores.next_order.isoformat() if scores.next_order else None,
        "segment": scores.segment,
        "segment_rule": scores.segment_rule,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _day(at: datetime | None) -> str:
    return "none yet" if at is None else spoken_time(at)
