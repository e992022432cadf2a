"""A shop small enough to count by hand: who ordered what in which month."""

from datetime import date
from zoneinfo import ZoneInfo

from services.days import to_day
from services.insights import Insights
from services.pool import ProcessPool
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import ImportedOrder, OrderWriter, finish_run, start_run, write_customers
from tests.services.shop import NOW

DAY_MS = 86_400_000
PEOPLE = {name: Person(name, f"{name}@example.com", None, name, "GB") for name in "abcd"}


def order(
    number: str,
    who: str | None,
    day: str,
    products: str,
    *,
    channel: str = "web",
    cancels: bool = False,
) -> ImportedOrder:
    """One of each product at £1.00; a cancellation takes them back."""
    placed = to_day(date.fromisoformat(day))
    sign = -1 if cancels else 1
    names = products.split()
    price = 100 * sign
    total = price * len(names)
    return ImportedOrder(
        identity=f"n:{number}",
        number=number,
        person=PEOPLE[who] if who else None,
        placed_at=placed * DAY_MS,
        placed_day=placed,
        currency="GBP",
        total=total,
        refunded=0,
        spend=total,
        counts=not cancels,
        status="cancelled" if cancels else "paid",
        channel=channel,
        country="GB",
        digest=number.encode().ljust(16),
        lines=[
            (name, name.title(), name == "postage", sign, price, price * 10_000) for name in names
        ],
    )


ORDERS = (
    order("1", "a", "2026-01-05", "tea mug postage"),
    order("2", "b", "2026-01-20", "tea mug", channel="shop"),
    order("3", "a", "2026-02-03", "tea mug"),
    order("4", "a", "2026-02-04", "tea"),
    order("5", "c", "2026-02-10", "spoon"),
    order("6", "b", "2026-03-31", "tea spoon"),
    order("7", "a", "2026-03-02", "tea", cancels=True),
    order("8", None, "2026-03-05", "tea mug"),
    order("9", "d", "2026-04-02", "mug"),
)


async def open_shop(database: Database, pool: ProcessPool) -> Insights:
    """Fill a database; April is not over."""
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(write_customers, list(PEOPLE.values()))
        await connection.run_sync(OrderWriter(run).write, list(ORDERS))
        await finish_run(connection, run, state="done", report={}, now=NOW)
    return Insights(database, pool, "GBP", ZoneInfo("Europe/London"))
