"""What a customer card needs, in one statement: every round trip is a millisecond."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from storage.customers import COLUMNS, Customer
from storage.database import Connection
from storage.models import customers, import_runs
from storage.orders import Totals, read_totals, totals_by_customer


@dataclass(frozen=True, slots=True)
class StoredProfile:
    customer: Customer
    totals: Totals
    data_as_of: datetime | None
    """When the last import finished."""


async def find(connection: Connection, customer_id: int) -> StoredProfile | None:
    """Read a customer, what they ordered in all, and how old that knowledge is."""
    added_up = totals_by_customer(customer_id).subquery()
    data_as_of = (
        select(func.max(import_runs.c.finished_at))
        .where(import_runs.c.state == "done")
        .scalar_subquery()
    )
    own = [customers.c[name] for name in COLUMNS]
    statement = (
        select(*own, data_as_of, *(column for column in added_up.c if column.name != "customer_id"))
        .outerjoin(added_up, added_up.c.customer_id == customers.c.id)
        .where(customers.c.id == customer_id)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    known = tuple(row)
    width = len(COLUMNS)
    return StoredProfile(Customer(*known[:width]), read_totals(known[width + 1 :]), known[width])
