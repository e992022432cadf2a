"""Customers: every question we ask about them, by name. All are bounded by an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, update

from storage.bulk import among
from storage.database import Connection
from storage.models import customer_words, customers

_STREAMED_ROWS = 10_000
COLUMNS = ("id", "source_id", "gorgias_id", "email", "phone", "name", "country")


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    source_id: str | None
    """The shop's own id."""
    gorgias_id: int | None
    email: str | None
    phone: str | None
    name: str
    country: str | None


def _select() -> Select[Any]:
    return select(*(customers.c[name] for name in COLUMNS))


_BY_ID = _select().where(customers.c.id == bindparam("id"))
_BY_SOURCE = _select().where(customers.c.source_id == bindparam("source_id"))


def _read(row: Row[Any]) -> Customer:
    return Customer(**row._mapping)  # noqa: SLF001 - its public API, with underscores


async def find(connection: Connection, customer_id: int) -> Customer | None:
    """Read a customer by our own id."""
    row = (await connection.execute(_BY_ID, {"id": customer_id})).first()
    return None if row is None else _read(row)


async def find_by_source(connection: Connection, source_id: str) -> Customer | None:
    """Read a customer by the shop's own id."""
    row = (await connection.execute(_BY_SOURCE, {"source_id": source_id})).first()
    return None if row is None else _read(row)


async def get(connection: Connection, customer_id: int) -> Customer:
    """Read a customer that must be there; raises LookupError."""
    found = await find(connection, customer_id)
    if found is None:
        raise LookupError(f"there is no customer {customer_id}")
    return found


async def get_many(connection: Connection, ids: Sequence[int]) -> list[Customer]:
    """Read those that exist, in the order of `ids`."""
    rows = await connection.execute(_select().where(among(connection, customers.c.id, ids)))
    by_id = {row.id: _read(row) for row in rows}
    return [by_id[customer_id] for customer_id in ids if customer_id in by_id]


async def set_gorgias_id(connection: Connection, customer_id: int, gorgias_id: int) -> None:
    await connection.execute(
        update(customers).where(customers.c.id == customer_id).values(gorgias_id=gorgias_id),
    )


async def ids_by(connection: Connection, field: str, values: Sequence[str]) -> dict[str, list[int]]:
    """Find by `email`, `phone`, `source_id` or `name_key`; several values at once."""
    column = customers.c[field]
    rows = await connection.execute(
        select(column, customers.c.id)
        .where(among(connection, column, values))
        .order_by(customers.c.id)
        .limit(200),
    )
    found: dict[str, list[int]] = {}
    for value, customer_id in rows:
        found.setdefault(value, []).append(customer_id)
    return found


async def ids_by_name_start(connection: Connection, key: str, limit: int) -> list[int]:
    """Find those whose whole name begins so."""
    rows = await connection.execute(
        select(customers.c.id)
        .where(starts_with(customers.c.name_key, key))
        .order_by(customers.c.name_key)
        .limit(limit),
    )
    return list(rows.scalars())


async def ids_by_words(connection: Connection, words: Sequence[str], limit: int) -> list[int]:
    """Find those who have, for each of `words`, a word that begins so."""
    ordered = sorted(words, key=len, reverse=True)
    matching = (
        select(customer_words.c.customer_id)
        .where(starts_with(customer_words.c.word, ordered[0]))
        .distinct()
    )
    for word in ordered[1:]:
        other = customer_words.alias()
        matching = matching.where(
            select(other.c.customer_id)
            .where(
                other.c.customer_id == customer_words.c.customer_id,
                starts_with(other.c.word, word),
            )
            .exists(),
        )
    return list((await connection.execute(matching.limit(limit))).scalars())


async def emails_starting(connection: Connection, start: str, limit: int) -> dict[str, str]:
    """List addresses that begin so, with names, to find what was meant."""
    rows = await connection.execute(
        select(customers.c.email, customers.c.name)
        .where(starts_with(customers.c.email, start))
        .order_by(customers.c.email)
        .limit(limit),
    )
    return {email: name for email, name in rows}  # noqa: C416 - rows are not pairs


async def names_starting(
    connection: Connection,
    start: str,
    limit: int,
) -> list[tuple[str, str, str | None]]:
    """List (word, name, e-mail) of people one of whose names begins so."""
    rows = await connection.execute(
        select(customer_words.c.word, customers.c.name, customers.c.email)
        .join(customers, customers.c.id == customer_words.c.customer_id)
        .where(starts_with(customer_words.c.word, start))
        .order_by(customer_words.c.word)
        .limit(limit),
    )
    return [(word, name, email) for word, name, email in rows]


async def shop_ids(connection: Connection) -> dict[int, str]:
    """Read the shop's own id of every customer who has one, for exports."""
    query = select(customers.c.id, customers.c.source_id).where(customers.c.source_id.is_not(None))
    known: dict[int, str] = {}
    async for rows in (await connection.stream(query)).partitions(_STREAMED_ROWS):
        known.update((row.id, row.source_id) for row in rows)
    return known


def starts_with(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    """Match as a range of the index; both dialects compare these columns byte by byte."""
    return column.between(start, start + "\U0010ffff")
