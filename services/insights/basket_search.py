"""The search for products bought together, in the process that computes it."""

import numpy as np
from scipy import sparse

from services.analytics.affinity import Pairs, count_pairs, order_matrix, smallest_count
from services.analytics.arrays import IntArray, Places
from services.analytics.rules import Rule, TooManyItemsetsError, association_rules
from services.asking import ask
from services.insights.baskets import (
    BasketTask,
    FoundBaskets,
    FoundPair,
    FoundRule,
    TooManyCombinations,
)
from storage import shop_orders
from storage.database import Database


def search(task: BasketTask) -> FoundBaskets | TooManyCombinations:
    """See `work`."""
    matrix, products = read_baskets(task.database_url, task.days)
    if task.with_rules:
        try:
            return _rules(task, matrix, products)
        except TooManyItemsetsError as error:
            return TooManyCombinations(str(error))
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
    wanted = task.thresholds
    fewest = max(wanted.count, smallest_count(wanted.support, matrix.shape[0]), 1)
    pairs = count_pairs(matrix, fewest).at_least(confidence=wanted.confidence)
    if task.product_id is not None:
        pairs = pairs.where(
            (products[pairs.left] == task.product_id) | (products[pairs.right] == task.product_id)
        )
    best = np.argsort(-pairs.lift_lower, kind="stable")[: task.limit].astype(np.int64)
    found = _named(pairs, best, products, task.product_id)
    return FoundBaskets(pairs.orders, pairs.count.size, found)


def _named(
    pairs: Pairs, best: IntArray, products: IntArray, first: int | None
) -> tuple[FoundPair, ...]:
    """Give the best pairs the ids of the table; the product that was asked about comes first."""
    left_place, right_place = pairs.left[best], pairs.right[best]
    left, right = products[left_place], products[right_place]
    left_orders, right_orders = (pairs.product_orders[place] for place in (left_place, right_place))
    if first is not None:
        swapped = right == first
        left, right = np.where(swapped, (right, left), (left, right))
        left_orders, right_orders = np.where(
            swapped, (right_orders, left_orders), (left_orders, right_orders)
        )
    lift, lift_lower = pairs.lift[best], pairs.lift_lower[best]
    figures = (left, right, pairs.count[best], left_orders, right_orders, lift, lift_lower)
    return tuple(
        FoundPair(*row) for row in zip(*(column.tolist() for column in figures), strict=True)
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
    best = tuple(_rule(rule, products) for rule in rules[: task.limit])
    return FoundBaskets(matrix.shape[0], len(rules), rules=best)


def _rule(rule: Rule, products: IntArray) -> FoundRule:
    return FoundRule(
        antecedent=tuple(products[list(rule.antecedent)].tolist()),
        consequent=int(products[rule.consequent]),
        count=rule.count,
        antecedent_count=rule.antecedent_count,
        consequent_count=rule.consequent_count,
        confidence_lower=rule.confidence_lower,
        lift=rule.lift,
    )
