"""Lists of customers a page at a time: each page begins after the last customer of the one before.

Names are compared byte by byte and the position is found again by the customer's id, so that no
name has to leave the database to mark a place.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_

from storage.customers import starts_with
from storage.database import Connection
from storage.models import customer_words, customers


async def named(connection: Connection, key: str, after: int, limit: int) -> list[int]:
    """List those whose whole name is this, by id."""
    own = customers.c
    query = select(own.id).where(own.name_key == key, own.id > after).order_by(own.id)
    return await _ids(connection, query.limit(limit))


async def named_from_start(connection: Connection, key: str, after: int, limit: int) -> list[int]:
    """List those whose whole name begins so, by name."""
    own = customers.c
    query = select(own.id).where(starts_with(own.name_key, key))
    if after:
        place = select(own.name_key, own.id).where(own.id == after)
        query = query.where(tuple_(own.name_key, own.id) > place.scalar_subquery())
    return await _ids(connection, query.order_by(own.name_key, own.id).limit(limit))


async def with_words(
    connection: Connection, words: Sequence[str], after: int, limit: int
) -> list[int]:
    """List those who have, for each of `words`, a word of their name that begins so.

    By the first such word of the longest one; each customer once.
    """
    ordered = sorted(words, key=len, reverse=True)
    own = customer_words.c
    earlier = customer_words.alias()
    is_first = ~(
        select(earlier.c.word)
        .where(
            earlier.c.customer_id == own.customer_id,
            starts_with(earlier.c.word, ordered[0]),
            earlier.c.word < own.word,
        )
        .exists()
    )
    query = select(own.customer_id).where(starts_with(own.word, ordered[0]), is_first)
    for word in ordered[1:]:
        query = query.where(_has_word(own.customer_id, word))
    if after:
        query = query.where(tuple_(own.word, own.customer_id) > _word_place(ordered[0], after))
    return await _ids(connection, query.order_by(own.word, own.customer_id).limit(limit))


def _has_word(customer_id: ColumnElement[int], start: str) -> ColumnElement[bool]:
    other = customer_words.alias()
    return (
        select(other.c.word)
        .where(and_(other.c.customer_id == customer_id, starts_with(other.c.word, start)))
        .exists()
    )


def _word_place(start: str, customer_id: int) -> ColumnElement[Any]:
    own = customer_words.alias().c
    return (
        select(func.min(own.word), own.customer_id)
        .where(own.customer_id == customer_id, starts_with(own.word, start))
        .group_by(own.customer_id)
        .scalar_subquery()
    )


async def _ids(connection: Connection, query: Select[Any]) -> list[int]:
    return list((await connection.execute(query)).scalars())
