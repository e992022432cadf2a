"""What is kept of whom and for how long, and erasing a customer who asks for it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.customer_search import Choice
from services.customers import Customers
from services.errors import NotAllowedError, NotFoundError
from storage import audit, erasures
from storage.database import Database

KEPT = (
    (
        "Customers (name, e-mail, phone, country, tags, consent), their orders and what the model "
        "expects of them: until they are erased."
    ),
    (
        "Of Gorgias tickets the facts (customer, subject, tags, times, satisfaction), never what "
        "was written in them: until the customer is erased."
    ),
    "Who was in which campaign, why, and what was delivered: until they are erased.",
    (
        "Of Slack threads with a ticket its number, subject and the Slack ids of who acted; of a "
        "thread I cannot read also the one message: as long as this database."
    ),
    (
        "Work that is done, with what it needed: 30 days. Answers kept for a repeated API call, "
        "and who pressed a button when: a day."
    ),
    "The audit log, which names customers by number only and is never shortened.",
    (
        "Of who was erased: keyed hashes of e-mail, phone and the shop's id, so that no import "
        "brings them back."
    ),
)
EXPORT = (
    'What is known of one customer, as a file: regulars ask "/customer anna@example.com" --json on '
    "the terminal, or GET /api/v1/customers/{id} and …/orders with a key."
)
ERASE = (
    "Erase a customer who asks for it: with the button of /regulars privacy in Slack, or with "
    "regulars privacy erase anna@example.com --yes on the terminal. It cannot be undone."
)
ELSEWHERE = (
    "Gorgias, Shopify, Klaviyo, files you exported and what people wrote in Slack are not ours: "
    "erase them there too."
)
ONLY_ADMINS = "Only admins may see what is kept of customers, and erase them. Nothing was changed."
GONE = "That customer is not there any more; there is nothing left to erase."


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of somebody; nothing here names them."""

    customer_id: int
    orders: int
    """Kept as a guest's."""

    @property
    def sentence(self) -> str:
        orders = "1 order stays" if self.orders == 1 else f"{self.orders:,} orders stay"
        return (
            f"Customer {self.customer_id} is erased: name, addresses, scores, tickets and every "
            f"campaign list. {orders} as a guest's, and no import brings the customer back. "
            f"{ELSEWHERE}"
        )


@dataclass(frozen=True, slots=True)
class Privacy:
    """Forgets customers. Raises ExpectedError."""

    database: Database
    customers: Customers

    async def find(self, who: str) -> Choice:
        """Find the one customer meant by an e-mail, phone number, id, order number or name.

        Raises CustomerNotFoundError and AmbiguousCustomerError.
        """
        (found,) = await self.customers.choices([await self.customers.find(who)])
        return found

    async def erase(self, customer_id: int, by: str, *, is_admin: bool) -> Erased:
        """Forget one customer for good; raises NotAllowedError and NotFoundError."""
        if not is_admin:
            raise NotAllowedError(ONLY_ADMINS)
        async with self.database.transaction() as connection:
            orders = await erasures.erase(connection, customer_id, datetime.now(UTC))
            if orders is None:
                raise NotFoundError(GONE)
            await audit.append(
                connection,
                actor=by,
                action="customer.erase",
                subject=f"customer:{customer_id}",
                detail={"orders": orders},
            )
        return Erased(customer_id, orders)
