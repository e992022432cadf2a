"""Counting cohorts and their parts, in the process that computes it."""

from collections.abc import Iterable

import numpy as np

from services.analytics.arrays import BoolArray, IntArray, Places, distinct, ranked
from services.analytics.cohorts import CohortTable, CustomerOrders, cohort_rows, cohort_table
from services.asking import ask
from services.insights.cohorts import OTHERS, CohortTask, FoundCohorts, Part
from storage import shop_orders
from storage.database import Connection, Database
from storage.insights import Cut, first_day_of
from storage.shop_orders import PlacedColumns

LARGEST_PARTS = 6
MONTHS_BEFORE_1970 = 12 * 1970
_NEVER = np.iinfo(np.int64).max

Members = tuple[str | int, BoolArray]
"""A part, and whether each customer is in it."""


def count_cohorts(task: CohortTask) -> FoundCohorts:
    """See `work`."""
    return ask(task.database_url, lambda database: _counted(database, task))


async def _counted(database: Database, task: CohortTask) -> FoundCohorts:
    days = first_day_of(task.first_month), first_day_of(task.last_month + 1) - 1
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        found = await shop_orders.of_customers(connection, days)
        customers, customer = ranked(found.customer_id)
        orders = CustomerOrders(
            customer, _months(found.day), found.is_order.astype(np.bool_), found.spend
        )
        del found, customer
        whole = _table(task, orders)
        parts: Iterable[Members] = ()
        if task.by is Cut.PRODUCT:
            parts = await _by_product(connection, days, customers)
        elif task.by:
            parts = await _by_place(connection, days, task.by, customers)
    return FoundCohorts(
        whole,
        tuple(
            Part(name, _table(task, orders.where(members[orders.customer])))
            for name, members in parts
        ),
    )


def _table(task: CohortTask, orders: CustomerOrders) -> CohortTable:
    return cohort_table(
        cohort_rows(orders), history_start=task.first_month, last_complete=task.last_month
    )


async def _by_place(
    connection: Connection, days: tuple[int, int], cut: Cut, customers: IntArray
) -> list[Members]:
    """Divide customers by a column of their first order, largest first, the others last."""
    orders, named, names = await shop_orders.placed_by(connection, days, cut)
    customer = Places(customers).of(orders.customer_id)
    is_first = _are_first(orders, customer, customers.size)
    part = np.full(customers.size, -1)
    part[customer[is_first]] = named[is_first]
    sizes = np.bincount(part[part >= 0], minlength=len(names)).tolist()
    by_size = sorted(range(len(names)), key=lambda place: (-sizes[place], names[place]))
    there = [place for place in by_size if sizes[place]]
    largest = there[:LARGEST_PARTS]
    found: list[Members] = [(names[place] or f"{cut} unknown", part == place) for place in largest]
    if len(there) > len(largest):
        found.append((OTHERS, (part >= 0) & ~np.isin(part, largest)))
    return found


async def _by_product(
    connection: Connection, days: tuple[int, int], customers: IntArray
) -> list[Members]:
    """Find who began with each of the products most customers began with."""
    orders = await shop_orders.placed(connection, days)
    customer = Places(customers).of(orders.customer_id)
    is_first = _are_first(orders, customer, customers.size)
    order_ids, customer = orders.order_id[is_first], customer[is_first]
    by_id = order_ids.argsort()
    first, buyer = Places(order_ids[by_id]), customer[by_id]
    is_good = Places(await shop_orders.goods(connection))
    blocks = []
    async for order, product in shop_orders.bought_lines(connection):
        place = first.of(order)
        wanted = (place >= 0) & (is_good.of(product) >= 0)
        blocks.append(np.stack([product[wanted], buyer[place[wanted]]]))
    product, buyer = np.concatenate([np.zeros((2, 0), dtype=np.int64), *blocks], axis=1)
    return list(_began(product, buyer, customers.size))


def _began(product: IntArray, buyer: IntArray, customers: int) -> Iterable[Members]:
    products, place = ranked(product)
    pairs = distinct(place * customers + buyer)
    sizes = np.bincount(pairs // customers, minlength=products.size)
    for largest in np.argsort(-sizes, kind="stable")[:LARGEST_PARTS].tolist():
        members = np.zeros(customers, dtype=np.bool_)
        members[pairs[pairs // customers == largest] % customers] = True
        yield int(products[largest]), members


def _are_first(orders: PlacedColumns, customer: IntArray, customers: int) -> BoolArray:
    """Mark the first order of each customer; of several at one moment, the one with least id."""
    earliest = np.full(customers, _NEVER)
    np.minimum.at(earliest, customer, orders.placed_at)
    is_first: BoolArray = orders.placed_at == earliest[customer]
    lowest = np.full(customers, _NEVER)
    np.minimum.at(lowest, customer[is_first], orders.order_id[is_first])
    is_first &= orders.order_id == lowest[customer]
    return is_first


def _months(days: IntArray) -> IntArray:
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months + MONTHS_BEFORE_1970
