"""Erasing a customer, and knowing afterwards whom not to take in again.

What remains are keyed hashes of e-mail address, phone number and the shop's own id, and the orders
as a guest's, so that the shop's figures stay what they were.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import bookmarks, tickets
from storage.campaigns import members
from storage.database import Connection, StepConnection
from storage.models import (
    bookmarks as bookmarks_table,
)
from storage.models import (
    customer_scores,
    customer_words,
    customers,
    erasures,
    orders,
    thread_links,
)

SALT = "erasures.salt"
_CHUNK = 500


class Named(Protocol):
    """Somebody as a file or a table names them."""

    @property
    def source_id(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...


Who = TypeVar("Who", bound=Named)


async def erase(connection: Connection, customer_id: int, at: datetime) -> int | None:
    """Forget a customer for good; tells how many orders became a guest's.

    None: there is no such customer, or no longer. Whoever comes second waits for the first.
    """
    salt = await bookmarks.keep(connection, SALT, secrets.token_hex(32))
    own_row = select(customers).where(customers.c.id == customer_id).with_for_update()
    person = (await connection.execute(own_row)).one_or_none()
    if person is None:
        return None
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    marks = [{"mark": mark, "at": at} for mark in _marks(salt, person)]
    if marks:
        statement = dialect.insert(erasures).on_conflict_do_nothing(index_elements=["mark"])
        await connection.execute(statement, marks)
    own = orders.c.customer_id == customer_id
    naming = select(orders.c.id, orders.c.identity).where(own, orders.c.identity.startswith("m:"))
    for order_id, identity in (await connection.execute(naming)).all():
        hidden = update(orders).where(orders.c.id == order_id)
        await connection.execute(hidden.values(identity=_hidden(salt, identity)))
    loosened = await connection.execute(update(orders).where(own).values(customer_id=None))
    await members.erase(connection, [customer_id])
    await tickets.erase_customer(connection, customer_id)
    await _leave_threads(connection, customer_id)
    for table in (customer_scores, customer_words):
        await connection.execute(delete(table).where(table.c.customer_id == customer_id))
    await connection.execute(delete(customers).where(customers.c.id == customer_id))
    return loosened.rowcount


def erased_among(connection: StepConnection, people: Sequence[Who]) -> set[Who]:
    """Find those who were erased."""
    if connection.execute(select(erasures.c.mark).limit(1)).first() is None:
        return set()
    salt = _salt(connection)
    marks = {person: _marks(salt, person) for person in people}
    asked = sorted({mark for own in marks.values() for mark in own})
    known: set[bytes] = set()
    for start in range(0, len(asked), _CHUNK):
        query = select(erasures.c.mark).where(erasures.c.mark.in_(asked[start : start + _CHUNK]))
        known.update(connection.execute(query).scalars())
    return {person for person, own in marks.items() if known.intersection(own)}


def hider(connection: StepConnection) -> Callable[[str], str]:
    """Give what makes an order's identity name nobody; it needs somebody to have been erased."""
    return partial(_hidden, _salt(connection))


def _salt(connection: StepConnection) -> str:
    named = select(bookmarks_table.c.value).where(bookmarks_table.c.name == SALT)
    return str(connection.execute(named).scalar_one())


def _hidden(salt: str, identity: str) -> str:
    """Hide an identity that was made of the customer; that of a numbered order names nobody."""
    return f"e:{_hash(salt, identity).hex()}" if identity.startswith("m:") else identity


def _hash(salt: str, text: str) -> bytes:
    return hashlib.blake2b(text.encode(), key=bytes.fromhex(salt), digest_size=32).digest()


def _marks(salt: str, person: Named) -> list[bytes]:
    said = {"email": person.email, "phone": person.phone, "source": person.source_id}
    return [_hash(salt, f"{kind}:{value}") for kind, value in said.items() if value]


async def _leave_threads(connection: Connection, customer_id: int) -> None:
    """Take the customer off the cards of threads."""
    own = thread_links.c
    await connection.execute(
        update(thread_links).where(own.customer_id == customer_id).values(customer_id=None)
    )
    offered = await connection.execute(
        select(own.id, own.candidates).where(func.length(cast(own.candidates, Text)) > len("[]"))
    )
    for link_id, candidates in offered.all():
        if customer_id in candidates:
            kept = [each for each in candidates if each != customer_id]
            await connection.execute(
                update(thread_links).where(own.id == link_id).values(candidates=kept)
            )
