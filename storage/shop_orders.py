"""Orders and lines of a whole shop as columns, for what numpy counts faster than SQL.

Days are days since 1970 in the shop's own zone, amounts minor units. Orders, spend and products
as DESIGN 4a defines them.
"""

from collections.abc import AsyncGenerator
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from storage.arrays import IntColumns, read_blocks, read_columns, read_named
from storage.database import Connection
from storage.models import order_lines, orders, products

_CUSTOMER = func.coalesce(orders.c.customer_id, 0)
_IS_ORDER = case((orders.c.counts, 1), else_=0)
# A cancellation booked as its own document takes back what it lists.
_MATTERS = or_(orders.c.counts, orders.c.spend < 0)
_PLACED = (orders.c.id, orders.c.customer_id, orders.c.placed_at)


class OrderColumns(NamedTuple):
    """One entry an order or cancellation; `customer_id` is 0 for a guest."""

    customer_id: IntColumns
    day: IntColumns
    is_order: IntColumns
    spend: IntColumns


class PlacedColumns(NamedTuple):
    """One entry an order of a known customer; `placed_at` is milliseconds since 1970 UTC."""

    order_id: IntColumns
    customer_id: IntColumns
    placed_at: IntColumns


class LinkedColumns(NamedTuple):
    """What lines need to know of their orders, by `order_id`; `customer_id` is 0 for a guest."""

    order_id: IntColumns
    customer_id: IntColumns
    day: IntColumns
    is_order: IntColumns


async def begin_long_read(connection: Connection) -> None:
    """Let this transaction, which has asked nothing yet, read one state of all orders."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def of_customers(connection: Connection, days: tuple[int, int]) -> OrderColumns:
    """Read all that known customers did, also what neither is an order nor cancels one.

    As the rows lie: an index of customers leads from page to page in any order, and at night none
    of them is in memory.
    """
    own = orders.c
    query = select(own.customer_id, own.placed_day, _IS_ORDER, own.spend).where(
        own.customer_id.is_not(None), own.placed_day.between(*days)
    )
    return OrderColumns(*await read_columns(connection, query, own.id))


async def until(connection: Connection, day: int) -> OrderColumns:
    """Read every order and cancellation until the end of a day, by day."""
    own = orders.c
    query = select(_CUSTOMER, own.placed_day, _IS_ORDER, own.spend).where(
        _MATTERS, own.placed_day <= day
    )
    columns = await read_columns(connection, query, own.id)
    return OrderColumns(*columns[:, columns[1].argsort(kind="stable")])


async def linked(connection: Connection, days: tuple[int, int]) -> LinkedColumns:
    """Read every order and cancellation of some days, by id."""
    own = orders.c
    query = select(own.id, _CUSTOMER, own.placed_day, _IS_ORDER).where(
        _MATTERS, own.placed_day.between(*days)
    )
    columns = await read_columns(connection, query, own.id)
    return LinkedColumns(*columns[:, columns[0].argsort(kind="stable")])


async def placed(connection: Connection, days: tuple[int, int]) -> PlacedColumns:
    """Read the orders of known customers."""
    query = select(*_PLACED).where(_is_placed(days))
    return PlacedColumns(*await read_columns(connection, query, orders.c.id))


async def placed_by(
    connection: Connection, days: tuple[int, int], part: str
) -> tuple[PlacedColumns, IntColumns, list[str]]:
    """Read the same and what stands in a column of text: for each order its place in a list."""
    query = select(*_PLACED, orders.c[part]).where(_is_placed(days))
    columns, names = await read_named(connection, query, orders.c.id)
    return PlacedColumns(*columns[:-1]), columns[-1], names


async def not_ordered(connection: Connection, days: tuple[int, int]) -> IntColumns:
    """Read the ids of all that is no order of these days, ascending."""
    is_wanted = and_(orders.c.counts, orders.c.placed_day.between(*days))
    query = select(orders.c.id).where(~is_wanted)
    return np.sort((await read_columns(connection, query, orders.c.id))[0])


async def goods(connection: Connection) -> IntColumns:
    """Read the ids of the products that are goods, not postage or fees, ascending."""
    query = select(products.c.id).where(~products.c.is_fee)
    return np.sort((await read_columns(connection, query, products.c.id))[0])


def bought_lines(connection: Connection) -> AsyncGenerator[IntColumns]:
    """Read which products orders hold: blocks of (order, product)."""
    own = order_lines.c
    query = select(own.order_id, own.product_id).where(own.quantity > 0)
    return read_blocks(connection, query, own.order_id)


def all_lines(connection: Connection) -> AsyncGenerator[IntColumns]:
    """Read every line: blocks of (order, product, quantity, amount), whole orders in each."""
    own = order_lines.c
    query = select(own.order_id, own.product_id, own.quantity, own.amount)
    return read_blocks(connection, query, own.order_id, whole_groups=True)


def _is_placed(days: tuple[int, int]) -> ColumnElement[bool]:
    own = orders.c
    return and_(own.counts, own.customer_id.is_not(None), own.placed_day.between(*days))
