"""Which products speak for which: written beside the complete list, then switched to at once."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, delete, func, select

from storage import bookmarks
from storage.arrays import Column, insert_columns
from storage.database import Connection
from storage.models import order_lines, orders, product_partners, products

COMPLETE = "product_partners"
"""The bookmark `<version> <state of the orders>` of the complete list."""


class List(NamedTuple):
    """A complete list, and of which orders it is."""

    version: int
    data_version: str


class Suggestion(NamedTuple):
    """A product a customer lacks, and the bought one that speaks for it most."""

    sku: str
    title: str
    because_sku: str
    because_title: str
    orders: int
    """That hold both."""


async def complete(connection: Connection) -> List | None:
    """Find the list that readers look at."""
    return read_list(await bookmarks.find(connection, COMPLETE))


def read_list(kept: str | None) -> List | None:
    """Read what the bookmark says."""
    if kept is None:
        return None
    version, _, data_version = kept.partition(" ")
    return List(int(version), data_version)


async def insert(connection: Connection, version: int, columns: Mapping[str, Column]) -> None:
    """Add rows to a list that is not complete yet."""
    every = columns["product_id"] * 0 + version
    await insert_columns(connection, product_partners, {"version": every, **columns})


async def switch(connection: Connection, complete: List) -> None:
    """Let readers look at this list from now on."""
    await bookmarks.save(connection, COMPLETE, f"{complete.version} {complete.data_version}")


async def delete_others(connection: Connection, version: int, most: int) -> int:
    """Delete up to about so many rows of other lists; returns how many there were."""
    own = product_partners.c
    other = (
        select(own.version, own.product_id)
        .where(own.version != version)
        .order_by(own.version, own.product_id)
        .limit(most)
        .subquery()
    )
    oldest = select(func.min(other.c.version)).scalar_subquery()
    last = select(func.max(other.c.product_id)).where(other.c.version == oldest).scalar_subquery()
    gone = await connection.execute(
        delete(product_partners).where(own.version == oldest, own.product_id <= last)
    )
    return gone.rowcount


async def suggest(
    connection: Connection, version: int, customer_id: int, limit: int
) -> list[Suggestion]:
    """Add the evidence of all products a customer bought up; what they have is left out."""
    given = {"version": version, "customer_id": customer_id, "limit": limit}
    return [Suggestion(*row) for row in await connection.execute(_suggestions(), given)]


@cache
def _suggestions() -> Select[Any]:
    bought = (
        select(order_lines.c.product_id)
        .distinct()
        .join(orders, orders.c.id == order_lines.c.order_id)
        .where(
            orders.c.customer_id == bindparam("customer_id"),
            orders.c.counts,
            order_lines.c.quantity > 0,
        )
        .cte("bought")
    )
    own = product_partners.c
    strongest = (own.evidence.desc(), own.product_id)
    place = func.row_number().over(partition_by=own.partner_id, order_by=strongest)
    ranked = (
        select(
            own.product_id,
            own.partner_id,
            own.orders,
            func.sum(own.evidence).over(partition_by=own.partner_id).label("total"),
            place.label("place"),
        )
        .join(bought, bought.c.product_id == own.product_id)
        .where(
            own.version == bindparam("version"), own.partner_id.not_in(select(bought.c.product_id))
        )
        .subquery()
    )
    wanted, because = products.alias("wanted"), products.alias("because")
    return (
        select(wanted.c.sku, wanted.c.title, because.c.sku, because.c.title, ranked.c.orders)
        .join(ranked, and_(ranked.c.partner_id == wanted.c.id, ranked.c.place == 1))
        .join(because, because.c.id == ranked.c.product_id)
        .order_by(ranked.c.total.desc(), wanted.c.id)
        .limit(bindparam("limit"))
    )
