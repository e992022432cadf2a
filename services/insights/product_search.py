"""Adding up what products brought, in the process that computes it."""

import numpy as np

from services.analytics.arrays import Places, ranked
from services.analytics.product_sales import ProductSales, SalesCount, SoldLines
from services.asking import ask
from services.insights.products import ProductTask, SoldProduct
from storage import shop_orders
from storage.database import Database
from storage.insights import ProductOrder


def add_up_products(task: ProductTask) -> list[SoldProduct]:
    """See `work`."""
    return ask(task.database_url, lambda database: _added_up(database, task))


async def _added_up(database: Database, task: ProductTask) -> list[SoldProduct]:
    first_day, last_day = task.days
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        orders = await shop_orders.linked(connection, task.days)
        products = await shop_orders.goods(connection)
        ids, customer = ranked(orders.customer_id)
        customer -= int(ids.size > 0 and ids[0] == 0)  # guests have no id
        count = SalesCount(products.size, ids.size, last_day - first_day + 1)
        day, is_order = orders.day - first_day, orders.is_order.astype(np.bool_)
        of_order, of_product = Places(orders.order_id), Places(products)
        async for order, product, quantity, amount in shop_orders.all_lines(connection):
            place, good = of_order.of(order), of_product.of(product)
            kept = np.flatnonzero((place >= 0) & (good >= 0))
            place = place[kept]
            count.add(
                SoldLines(
                    order[kept],
                    good[kept],
                    customer[place],
                    day[place],
                    is_order[place],
                    quantity[kept],
                    amount[kept],
                )
            )
    return _most(count.sales(), products.tolist(), task)


def _most(sales: ProductSales, products: list[int], task: ProductTask) -> list[SoldProduct]:
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
    return [SoldProduct(products[place], *row) for place, *row in rows]
