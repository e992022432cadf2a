"""Who a customer is, what they ordered, and which customer a text is about."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Protocol

from pydantic import TypeAdapter

from services import customer_search
from services.customer_scores import ABSENT, CustomerScores, Explanation, explain, read_scores
from services.customer_search import Choice, CustomerNotFoundError, Match
from services.days import STALE_DAYS, spoken
from services.errors import ExpectedError, NotFoundError
from services.evidence import Evidence, find_evidence
from services.masking import mask_email, mask_name, mask_phone
from services.money import Money
from services.scoring.standing import why_not_scored
from services.scoring.storing import KIND
from storage import customers, orders, profiles, scores, tickets
from storage.cache import Cache, Namespace
from storage.customers import Customer
from storage.database import Connection, Database
from storage.partners import Suggestion
from storage.profiles import Figures, StoredProfile
from storage.tickets import Satisfaction

__all__ = [
    "CardLine",
    "Choice",
    "Customer",
    "CustomerProfile",
    "Customers",
    "Match",
    "OpenTickets",
    "OrderLine",
    "OrderPage",
    "Satisfaction",
    "Suggestion",
]

NOT_SCORED: Namespace[str] = Namespace("not_scored", seconds=300)
FIGURES = Namespace("customer_figures", seconds=300, shared_as=TypeAdapter(Figures))
LAST_ORDERS = 3
PAGE_ORDERS = 10
SUGGESTIONS = 3
MOST_CHOICES = 5
UNKNOWN = "There is no customer with that id."


class OpenTickets(Protocol):
    """Asks the helpdesk; bounded in time by whoever implements it."""

    async def count_open(self, customer: Customer) -> int | None:
        """Count a customer's open tickets; None when the helpdesk does not answer."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as a card lists it."""

    number: str | None
    placed_at: datetime
    day: date
    total: Money
    spend: Money
    status: str


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """What is known about a customer; figures as DESIGN 4a defines them."""

    id: int
    source_id: str | None
    gorgias_id: int | None
    name: str
    email: str | None
    phone: str | None
    country: str | None
    orders: int
    spend: Money
    first_order_at: datetime | None
    last_order_at: datetime | None
    last_orders: tuple[OrderLine, ...]
    open_tickets: int | None
    """None: Gorgias did not answer."""
    data_as_of: datetime | None
    """When the last import finished."""
    tickets_as_of: datetime | None = None
    """Open tickets as our mirror knew them then; None: Gorgias itself said so just now."""
    answers: tuple[Satisfaction, ...] = ()
    """The last answers to satisfaction surveys, the newest first."""
    data_is_old: bool = False
    scores: CustomerScores | None = None
    not_scored: str | None = None
    """Why there are no scores."""
    suggestions: tuple[Suggestion, ...] = ()
    """Products likely next, the likeliest first; empty when nothing bought speaks for any."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders of one customer, newest first, after `offset` newer ones."""

    customer_id: int
    name: str
    lines: tuple[OrderLine, ...]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where older orders begin; None at the end."""
        after = self.offset + len(self.lines)
        return after if after < self.total else None


@dataclass(frozen=True, slots=True)
class CardLine:
    """A customer in the two lines that a channel may see."""

    who: str
    last_order: str | None


class Customers:
    """Answers from the database; only open tickets are asked of the helpdesk."""

    def __init__(
        self,
        database: Database,
        open_tickets: OpenTickets,
        cache: Cache,
        *,
        currency: str,
        country: str,
        spare_tickets: OpenTickets | None = None,
    ) -> None:
        self._database = database
        self._cache = cache
        self._open_tickets = open_tickets
        self._spare_tickets = spare_tickets or open_tickets
        self._currency = currency
        self._country = country

    async def find(self, text: str) -> int:
        """Find one customer by e-mail, phone, order number, customer id or name.

        Raises CustomerNotFoundError with the closest, AmbiguousCustomerError with the choices.
        """
        async with self._database.read() as connection:
            found = await customer_search.search(connection, text, self._country)
            if not found.ids:
                raise await customer_search.not_found(connection, text)
            if len(found.ids) == 1:
                return found.ids[0]
            choices = await self._choices(connection, found.ids)
        raise customer_search.AmbiguousCustomerError(
            text,
            tuple(sorted(choices, key=_weight, reverse=True)[:MOST_CHOICES]),
            len(found.ids),
            is_complete=found.is_complete,
        )

    async def with_id(self, text: str) -> Customer:
        """Find by the shop's own customer id, else by ours; raises CustomerNotFoundError."""
        async with self._database.statements() as connection:
            found = await customer_search.by_id(connection, text)
        if found is None:
            raise CustomerNotFoundError(UNKNOWN)
        return found

    async def profile(self, customer_id: int) -> CustomerProfile:
        """Read everything a card shows; raises CustomerNotFoundError."""
        async with self._database.statements() as connection:
            stored = await self._stored(connection, customer_id)
        return await self._profile(stored, self._open_tickets)

    async def profile_with_id(self, text: str) -> CustomerProfile:
        """Read the same for a program, by the shop's own customer id, else by ours.

        The helpdesk is asked only for what people leave of its budget.
        """
        async with self._database.statements() as connection:
            own_id = customer_search.own_id(text)
            stored = await profiles.find_named(connection, text, own_id, KIND)
            if stored is None:
                raise CustomerNotFoundError(UNKNOWN)
        return await self._profile(stored, self._spare_tickets)

    async def _profile(self, stored: StoredProfile, helpdesk: OpenTickets) -> CustomerProfile:
        figures = await self._figures(stored)
        customer, total = stored.customer, figures.totals
        open_tickets, as_of = await helpdesk.count_open(customer), None
        if open_tickets is None and stored.mirrored_at is not None:
            open_tickets, as_of = stored.open_tickets, stored.mirrored_at
        return CustomerProfile(
            id=customer.id,
            source_id=customer.source_id,
            gorgias_id=customer.gorgias_id,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            country=customer.country,
            orders=total.orders,
            spend=self._money(total.spend),
            first_order_at=total.first_at,
            last_order_at=total.last_at,
            last_orders=tuple(self._order_line(order) for order in figures.latest),
            open_tickets=open_tickets,
            tickets_as_of=as_of,
            answers=await self._answers(stored),
            data_as_of=stored.data_as_of,
            data_is_old=_is_old(stored.data_as_of),
            scores=read_scores(stored.scores, self._currency) if stored.scores else None,
            not_scored=None if stored.scores else await self._not_scored(stored),
            suggestions=figures.suggestions,
        )

    async def _answers(self, stored: StoredProfile) -> tuple[Satisfaction, ...]:
        if not stored.has_answers:
            return ()
        async with self._database.statements() as connection:
            return tuple(await tickets.last_answers(connection, stored.customer.id))

    async def likely_next(self, customer_id: int) -> tuple[Suggestion, ...]:
        """List the products a customer may want next; raises CustomerNotFoundError."""
        async with self._database.statements() as connection:
            stored = await self._stored(connection, customer_id)
        return (await self._figures(stored)).suggestions

    async def explain(self, customer_id: int) -> Explanation:
        """Tell where a customer's figures come from; raises ExpectedError without any."""
        async with self._database.statements() as connection:
            stored = await self._stored(connection, customer_id)
            if stored.scores is None:
                raise await _why_not_scored(connection, stored)
            run = await scores.get_run(connection, stored.scores.run_id)
        return explain(_name(stored), read_scores(stored.scores, self._currency), run)

    async def order_page(self, customer_id: int, offset: int = 0) -> OrderPage:
        """Read one page of a customer's orders."""
        async with self._database.statements() as connection:
            stored = await self._stored(connection, customer_id)
            totals, found = await orders.summary(connection, customer_id, PAGE_ORDERS, offset)
        return OrderPage(
            customer_id=customer_id,
            name=_name(stored),
            lines=tuple(self._order_line(order) for order in found),
            offset=offset,
            total=totals.orders,
        )

    async def _stored(self, connection: Connection, customer_id: int) -> StoredProfile:
        stored = await profiles.find(connection, customer_id, KIND)
        if stored is None:
            raise CustomerNotFoundError("That customer is no longer there.")
        return stored

    async def _not_scored(self, stored: StoredProfile) -> str:
        """Say why there are no scores, as long as the orders are the same from memory."""

        async def load() -> str:
            async with self._database.statements() as connection:
                return (await _why_not_scored(connection, stored)).sentence

        key = f"{stored.active_run}, {datetime.now(UTC).date()}"
        return await self._cache.get(NOT_SCORED, key, load, version=stored.data_version)

    async def _figures(self, stored: StoredProfile) -> Figures:
        """Tell what a customer bought, as long as the orders are the same from memory."""
        load, key = partial(self._read_figures, stored), str(stored.customer.id)
        return await self._cache.get(FIGURES, key, load, version=stored.data_version)

    async def _read_figures(self, stored: StoredProfile) -> Figures:
        async with self._database.statements() as connection:
            return await profiles.figures(connection, stored, LAST_ORDERS, SUGGESTIONS)

    async def identify(self, text: str) -> list[Match]:
        """Find the customers a text is about, each once; the strongest evidence only."""
        evidence = await asyncio.to_thread(find_evidence, text, self._country)
        if evidence == Evidence((), (), (), (), ()):
            return []
        async with self._database.read() as connection:
            return await customer_search.matches(connection, evidence)

    async def card_line(self, customer_id: int) -> CardLine:
        """Describe a customer to a channel: masked."""
        async with self._database.statements() as connection:
            customer = await customers.find(connection, customer_id)
            latest = await orders.latest(connection, customer_id)
        if customer is None:
            return CardLine("a customer who is no longer there", None)
        return CardLine(masked_customer(customer), self._one_order(latest) if latest else None)

    async def choices(self, customer_ids: Sequence[int]) -> list[Choice]:
        """Describe customers so that they can be told apart, masked, in the order given."""
        if not customer_ids:
            return []
        async with self._database.read() as connection:
            return await self._choices(connection, customer_ids)

    async def _choices(self, connection: Connection, ids: Sequence[int]) -> list[Choice]:
        totals = await orders.totals(connection, ids)
        return [
            Choice(
                customer_id=customer.id,
                who=masked_customer(customer),
                orders=totals.get(customer.id, orders.Totals()).orders,
                last_order=totals.get(customer.id, orders.Totals()).last_day,
            )
            for customer in await customers.get_many(connection, ids)
        ]

    def _money(self, minor: int) -> Money:
        return Money(minor, self._currency)

    def _order_line(self, order: orders.Order) -> OrderLine:
        return read_order(order, self._currency)

    def _one_order(self, order: orders.Order) -> str:
        number = f"#{order.number} · " if order.number else ""
        return f"{number}{self._money(order.total)} · {spoken(order.day)}"


def read_order(order: orders.Order, currency: str) -> OrderLine:
    """Give an order's amounts their currency."""
    return OrderLine(
        number=order.number,
        placed_at=order.placed_at,
        day=order.day,
        total=Money(order.total, currency),
        spend=Money(order.spend, currency),
        status=order.status,
    )


def _name(stored: StoredProfile) -> str:
    customer = stored.customer
    known = customer.name or customer.email or customer.phone
    return known or f"Customer {customer.source_id or customer.id}"


async def _why_not_scored(connection: Connection, stored: StoredProfile) -> ExpectedError:
    if stored.active_run is not None:
        return NotFoundError(ABSENT)
    return await why_not_scored(connection, datetime.now(UTC).date())


def _is_old(imported: datetime | None) -> bool:
    return imported is not None and datetime.now(UTC) - imported >= timedelta(days=STALE_DAYS)


def masked_customer(customer: Customer) -> str:
    """`Anna S. · a•••@example.com`, or what else tells them apart."""
    parts = [mask_name(customer.name)] if customer.name else []
    if customer.email:
        parts.append(mask_email(customer.email))
    elif customer.phone:
        parts.append(mask_phone(customer.phone))
    elif customer.source_id:
        parts.append(f"customer {customer.source_id}")
    return " · ".join(parts) or f"customer {customer.id}"


def _weight(choice: Choice) -> tuple[date, int]:
    """Who ordered last is most likely meant."""
    return choice.last_order or date.min, choice.orders
