"""A small shop for tests of who a customer is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.customers import Customer, Customers
from storage.cache import Cache
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import ImportedOrder, OrderWriter, finish_run, start_run, write_customers

ANNA = Person("501", "anna@example.com", "+442079460000", "Anna Smith", "GB")
ANNE = Person("502", "anne.smith@example.com", None, "Anne Smith", "GB")
ZOE = Person("503", "zoe@example.org", None, "Zoë Smith-Müller", "DE")
BOB = Person("1042", None, "+442079460001", "Bob O'Brien", None)
ASCII_ANNA = Person("504", "anna@elsewhere.example", None, "Anna Smithers", "GB")

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY_MS = 86_400_000
FIRST_DAY = 20_400


def order(number: str, person: Person | None, day: int, total: int) -> ImportedOrder:
    return ImportedOrder(
        identity=f"n:{number}",
        number=number,
        person=person,
        placed_at=(FIRST_DAY + day) * DAY_MS,
        placed_day=FIRST_DAY + day,
        currency="GBP",
        total=total,
        refunded=0,
        spend=total,
        counts=True,
        status="paid",
        channel="web",
        country="GB",
        digest=number.encode().ljust(16),
        lines=[("SOAP", "Soap", False, 1, total, total * 10_000)],
    )


@dataclass(frozen=True)
class Helpdesk:
    """Answers as told; None is a helpdesk that does not answer."""

    tickets: int | None = 2

    async def count_open(self, _customer: Customer) -> int | None:
        return self.tickets


async def fill(
    database: Database, people: Sequence[Person], orders: Sequence[ImportedOrder]
) -> None:
    """Import customers and orders as a file would bring them."""
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(write_customers, list(people))
        await connection.run_sync(OrderWriter(run).write, list(orders))
        await finish_run(connection, run, state="done", report={}, now=NOW)


async def open_shop(database: Database, tickets: int | None = 2) -> Customers:
    """Fill a database with five customers and a guest."""
    orders = [
        *(order(f"20{n}", ANNA, n, 1_000 + n) for n in range(10, 15)),
        order("1042", ANNE, 3, 5_000),
        order("EU-77", ZOE, 4, 700),
        order("3000", None, 5, 900),
    ]
    await fill(database, [ANNA, ANNE, ZOE, BOB, ASCII_ANNA], orders)
    return Customers(database, Helpdesk(tickets), Cache(), currency="GBP", country="GB")
