"""Adding up what products brought, in the process that computes it."""

import numpy as np

from services.analytics.arrays import Places, ranked
from services.analytics.product_sales import ProductSales, SalesCount, SoldLines
from services.asking import ask
from services.insights.products import ProductTask, SoldProduct, SoldProducts
from storage import shop_orders
from storage.database import Database
from storage.insights import ProductOrder
from storage.shop_orders import LinkedColumns


def add_up_products(task: ProductTask) -> SoldProducts:
    """See `work`."""
    return ask(task.database_url, lambda database: _added_up(database, task))


async def _added_up(database: Database, task: ProductTask) -> SoldProducts:
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        orders = _Orders(await shop_orders.linked(connection, task.days), task.days)
        products = await shop_orders.goods(connection)
        count = SalesCount(products.size, orders.customers, orders.days)
        goods = Places(products)
        async for order, product, quantity, amount in shop_orders.all_lines(connection):
            place, good = orders.places.of(order), goods.of(product)
            kept = np.flatnonzero((place >= 0) & (good >= 0))
            place = place[kept]
            count.add(
                SoldLines(
                    order[kept],
                    good[kept],
                    orders.customer[place],
                    orders.day[place],
                    orders.is_order[place],
                    quantity[kept],
                    amount[kept],
                )
            )
    return _most(count.sales(), products.tolist(), task)


class _Orders:
    """What lines need to know, in half the memory; a guest is customer -1."""

    def __init__(self, found: LinkedColumns, days: tuple[int, int]) -> None:
        first_day, last_day = days
        ids, customer = ranked(found.customer_id)
        guests = int(ids.size > 0 and ids[0] == 0)
        self.days, self.customers = last_day - first_day + 1, ids.size
        self.places = Places(found.order_id)
        self.customer = (customer - guests).astype(np.int32)
        self.day = (found.day - first_day).astype(np.int32)
        self.is_order = found.is_order.astype(np.bool_)


def _most(sales: ProductSales, products: list[int], task: ProductTask) -> SoldProducts:
    """Take those with most of what is asked for; of equals, the one with the least id first."""
    figures = {
        ProductOrder.ORDERS: sales.orders,
        ProductOrder.UNITS: sales.units,
        ProductOrder.REVENUE: sales.revenue,
        ProductOrder.BUYERS: sales.buyers,
    }
    sold = np.flatnonzero(sales.lines)
    most = sold[np.argsort(-figures[task.by][sold], kind="stable")[: task.limit]]
    columns = (*figures.values(), sales.repeat_buyers)
    rows = zip(most.tolist(), *(column[most].tolist() for column in columns), strict=True)
    return SoldProducts(
        int(sold.size), [SoldProduct(products[place], *row) for place, *row in rows]
    )
