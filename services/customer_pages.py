"""Lists of customers and of their orders, a page at a time, for programs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services import customer_search
from services.customer_search import CustomerNotFoundError
from services.customers import OrderLine, read_order
from services.money import Money
from storage import customer_pages, customers, orders
from storage.customers import Customer
from storage.database import Connection, Database
from storage.names import name_key, name_words
from storage.orders import OrderPlace, Period, Totals

NameSearch = Callable[[Connection, int, int], Awaitable[list[int]]]

How = Literal["identifier", "name", "start", "words", "evidence"]


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """Where in the found customers a page ends: how they were found, and the last one."""

    how: How
    customer_id: int


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer as a list shows them."""

    customer: Customer
    orders: int
    spend: Money
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """Some customers, and where the next page begins; None at the end."""

    found: tuple[FoundCustomer, ...]
    next: SearchPlace | None


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders of one customer, newest first."""

    customer: Customer
    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    next: OrderPlace | None


@dataclass(frozen=True, slots=True)
class CustomerPages:
    """Reads pages of one shop: its currency, and the country of phone numbers without a code."""

    database: Database
    currency: str
    country: str

    async def search(self, text: str, limit: int, after: SearchPlace | None) -> CustomersPage:
        """Find customers as `Customers.find` does, all of them instead of the only one.

        An identifier that is nobody's finds nobody.
        """
        async with self.database.statements() as connection:
            how, ids = await self._ids(connection, text.strip(), limit + 1, after)
            shown = ids[:limit]
            people = await customers.get_many(connection, shown)
            totals = await orders.totals(connection, shown)
        return CustomersPage(
            tuple(self._found(each, totals.get(each.id, Totals())) for each in people),
            SearchPlace(how, shown[-1]) if len(ids) > limit else None,
        )

    async def orders(
        self, customer: Customer, limit: int, after: OrderPlace | None, period: Period
    ) -> OrdersPage:
        """Read a page of a customer's orders of a period."""
        async with self.database.statements() as connection:
            found = await orders.page(connection, customer.id, limit + 1, after, period)
            totals, _ = await orders.summary(connection, customer.id, 0)
        shown = found[:limit]
        return OrdersPage(
            customer=customer,
            lines=tuple(read_order(order, self.currency) for _, order in shown),
            total=totals.orders,
            currency=self.currency,
            next=shown[-1][0] if len(found) > limit else None,
        )

    async def _ids(
        self, connection: Connection, text: str, limit: int, after: SearchPlace | None
    ) -> tuple[How, list[int]]:
        """Go on as the page before was found, or try what the text may be, in turn."""
        last = after.customer_id if after else 0
        if after is None or after.how == "identifier":
            identified = await self._identified(connection, text)
            if identified is not None:
                return "identifier", _after(identified, last, limit)
        for how, search in self._searches(text):
            if after is None or after.how == how:
                ids = await search(connection, last, limit)
                if ids:
                    return how, ids
        return "evidence", []

    async def _identified(self, connection: Connection, text: str) -> list[int] | None:
        try:
            return await customer_search.by_identifier(connection, text, self.country)
        except CustomerNotFoundError:  # the order of a guest
            return []

    def _searches(self, text: str) -> Sequence[tuple[How, NameSearch]]:
        key = name_key(text)
        words = sorted(name_words(key))
        if not words:
            return ()
        return (
            ("name", lambda c, last, limit: customer_pages.named(c, key, last, limit)),
            ("start", lambda c, last, limit: customer_pages.named_from_start(c, key, last, limit)),
            ("words", lambda c, last, limit: customer_pages.with_words(c, words, last, limit)),
            ("evidence", lambda c, last, limit: self._evident(c, text, last, limit)),
        )

    async def _evident(self, connection: Connection, text: str, last: int, limit: int) -> list[int]:
        found = await customer_search.by_words(connection, text, self.country)
        return _after(found, last, limit)

    def _found(self, customer: Customer, totals: Totals) -> FoundCustomer:
        return FoundCustomer(
            customer=customer,
            orders=totals.orders,
            spend=Money(totals.spend, self.currency),
            last_order_at=totals.last_at,
        )


def _after(ids: Sequence[int], last: int, limit: int) -> list[int]:
    return [each for each in sorted(ids) if each > last][:limit]
