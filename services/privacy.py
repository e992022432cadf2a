"""Erasing a customer who asks for it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.customers import Customers
from storage import audit, erasures
from storage.database import Database

ELSEWHERE = (
    "Gorgias, Shopify, Klaviyo, files you exported and what people wrote in Slack are not ours: "
    "erase them there too."
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of somebody; nothing here names them."""

    customer_id: int
    orders: int
    """Kept as a guest's."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """Forgets customers. Raises ExpectedError."""

    database: Database
    customers: Customers

    async def erase(self, who: str, by: str) -> Erased:
        """Forget the one customer meant by an e-mail, phone number, id or order number.

        Raises CustomerNotFoundError and AmbiguousCustomerError.
        """
        customer_id = await self.customers.find(who)
        async with self.database.transaction() as connection:
            orders = await erasures.erase(connection, customer_id, datetime.now(UTC))
            await audit.append(
                connection,
                actor=by,
                action="customer.erase",
                subject=f"customer:{customer_id}",
                detail={"orders": orders},
            )
        return Erased(customer_id, orders)
