"""The search for products bought together, in the process that computes it."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from services.analytics.affinity import Pairs, count_pairs, order_matrix, smallest_count
from services.analytics.arrays import IntArray, Places
from services.analytics.rules import Rule, TooManyItemsetsError, association_rules
from services.asking import ask
from services.insights.baskets import BasketTask, FoundBaskets, TooManyCombinations
from services.insights.results import Product, ProductPair, ProductRule, Thresholds
from storage import series, shop_orders
from storage.database import Database

FEWER_BY = 5
"""So many times the minimum leaves few enough combinations of the sample shop."""


def search(task: BasketTask) -> FoundBaskets | TooManyCombinations:
    """See `work`."""
    matrix, products = read_baskets(task.database_url, task.days)
    if task.with_rules:
        try:
            return _rules(task, matrix, products)
        except TooManyItemsetsError as error:
            higher = FEWER_BY * _fewest(task.thresholds, matrix.shape[0])
            return TooManyCombinations(f"{error}, such as min_count={higher}.")
    return _pairs(task, matrix, products)


def read_baskets(database_url: str, days: tuple[int, int]) -> tuple[sparse.csr_array, IntArray]:
    """Read the orders (rows) of some days and the products (columns) they hold, with their ids."""
    order, product, products = ask(database_url, lambda database: _read(database, days))
    return order_matrix(order, product, products.size), products


async def _read(database: Database, days: tuple[int, int]) -> tuple[IntArray, IntArray, IntArray]:
    """Read what each order holds, as places in the list of products, and this list.

    What is no order is asked for by itself, as it is little: a look-up for each of twelve million
    lines takes the database longer than all else together.
    """
    blocks = [np.zeros((2, 0), dtype=np.int64)]
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        unwanted = Places(await shop_orders.not_ordered(connection, days))
        products = await shop_orders.goods(connection)
        goods = Places(products)
        async for order, product in shop_orders.bought_lines(connection):
            place = goods.of(product)
            blocks.append(np.stack([order, place])[:, (place >= 0) & (unwanted.of(order) < 0)])
    order, place = np.concatenate(blocks, axis=1)
    return order, place, products


def _pairs(task: BasketTask, matrix: sparse.csr_array, products: IntArray) -> FoundBaskets:
    pairs = count_pairs(matrix, _fewest(task.thresholds, matrix.shape[0]))
    pairs = pairs.at_least(confidence=task.thresholds.confidence)
    if task.product_id is not None:
        pairs = pairs.where(
            (products[pairs.left] == task.product_id) | (products[pairs.right] == task.product_id)
        )
    best = np.argsort(-pairs.lift_lower, kind="stable")[: task.limit].astype(np.int64)
    return FoundBaskets(pairs.orders, pairs.count.size, _told(task, pairs, best, products))


def _fewest(wanted: Thresholds, orders: int) -> int:
    return max(wanted.count, smallest_count(wanted.support, orders), 1)


def _told(
    task: BasketTask, pairs: Pairs, best: IntArray, products: IntArray
) -> tuple[ProductPair, ...]:
    """Name the best pairs; the product that was asked about comes first."""
    left, right = pairs.left[best], pairs.right[best]
    if task.product_id is not None:
        swapped = products[right] == task.product_id
        left, right = np.where(swapped, (right, left), (left, right))
    names = _names(task, products, np.union1d(left, right))
    count, orders = pairs.count[best], pairs.product_orders
    figures = (
        count,
        orders[left],
        orders[right],
        count / pairs.orders,
        count / orders[left],
        count / orders[right],
        pairs.lift[best],
        pairs.lift_lower[best],
    )
    columns = (column.tolist() for column in (left, right, *figures))
    return tuple(
        ProductPair(names[one], names[other], *row)
        for one, other, *row in zip(*columns, strict=True)
    )


def _rules(task: BasketTask, matrix: sparse.csr_array, products: IntArray) -> FoundBaskets:
    wanted = task.thresholds
    rules = association_rules(
        matrix,
        min_support=wanted.support,
        min_confidence=wanted.confidence,
        min_count=wanted.count,
    )
    if task.product_id is not None:
        place = {int(product): place for place, product in enumerate(products)}.get(task.product_id)
        rules = [rule for rule in rules if place in (*rule.antecedent, rule.consequent)]
    best = rules[: task.limit]
    held = {place for rule in best for place in (*rule.antecedent, rule.consequent)}
    names = _names(task, products, np.array(sorted(held), dtype=np.int64))
    return FoundBaskets(
        matrix.shape[0], len(rules), rules=tuple(_rule(rule, names) for rule in best)
    )


def _rule(rule: Rule, names: Mapping[int, Product]) -> ProductRule:
    return ProductRule(
        antecedent=tuple(names[place] for place in rule.antecedent),
        consequent=names[rule.consequent],
        count=rule.count,
        antecedent_count=rule.antecedent_count,
        consequent_count=rule.consequent_count,
        support=rule.support,
        confidence=rule.confidence,
        confidence_lower=rule.confidence_lower,
        lift=rule.lift,
    )


def _names(task: BasketTask, products: IntArray, places: IntArray) -> dict[int, Product]:
    """Ask who stands at some places: here, where thousands of names hold nobody up."""
    ids = products[places].tolist()

    async def known(database: Database) -> dict[int, series.Product]:
        async with database.read() as connection:
            return await series.products_by_id(connection, ids) if ids else {}

    found = ask(task.database_url, known)
    return {
        place: Product(found[key].sku, found[key].title)
        for place, key in zip(places.tolist(), ids, strict=True)
    }
