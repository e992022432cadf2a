"""What a customer card needs, in few statements: every round trip is a millisecond."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage import orders
from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import customers, import_runs
from storage.orders import Order, Totals
from storage.purchases import version_columns, version_name


@dataclass(frozen=True, slots=True)
class StoredProfile:
    customer: Customer
    data_as_of: datetime | None
    """When the last import finished."""
    data_version: str
    """Changes whenever `Figures` may."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer bought. Names nobody, so it may be kept where people's data may not."""

    totals: Totals
    latest: tuple[Order, ...]


async def find(connection: Connection, customer_id: int) -> StoredProfile | None:
    """Read who a customer is, how old our knowledge is, and its version."""
    data_as_of = (
        select(func.max(import_runs.c.finished_at))
        .where(import_runs.c.state == "done")
        .scalar_subquery()
    )
    own = [customers.c[name] for name in COLUMNS]
    statement = select(*own, data_as_of, *version_columns()).where(customers.c.id == customer_id)
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    known = tuple(row)
    width = len(COLUMNS)
    version = version_name(*known[width + 1 :])
    return StoredProfile(Customer(*known[:width]), known[width], version)


async def figures(connection: Connection, customer_id: int, most_orders: int) -> Figures:
    """Add up what a customer ordered, and read the newest orders."""
    totals = await orders.totals(connection, [customer_id])
    latest = await orders.latest(connection, customer_id, most_orders)
    return Figures(totals.get(customer_id, Totals()), tuple(latest))
