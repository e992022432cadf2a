"""What a product brought is what its lines cost, however small the price of one is."""

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from sqlalchemy import func, select

from services.imports import Importer, ImportOptions
from storage import series, shop_orders
from storage.database import Database
from storage.models import order_lines, products
from storage.series import Measure, Part
from tests.services.imports.conftest import BY_TOTAL, WriteFile

HEADER = "basket,who,day,item,n,value\n"
BY_PRICE = {**BY_TOTAL, "unit_price": "value"}
del BY_PRICE["line_total"]
EVER = (0, 100_000)


async def brought(database: Database) -> dict[str, int]:
    """Revenue of each product in pence, the same from the day series and from all lines."""
    async with database.read() as connection:
        names = dict(list(await connection.execute(select(products.c.id, products.c.sku))))
        largest = await series.largest_parts(connection, Measure.REVENUE, Part.PRODUCT, EVER, 50)
        cells = await series.parts_by_day(
            connection, Measure.REVENUE, Part.PRODUCT, largest, EVER[1]
        )
        read = dict.fromkeys(names.values(), 0)
        async for block in shop_orders.all_lines(connection):
            for _order, product, _quantity, amount in block.T.tolist():
                read[names[product]] += amount
    told = dict.fromkeys(names.values(), 0)
    for cell in cells:
        told[names[int(cell.part)]] += cell.value
    assert told == read
    return told


async def test_products_bring_exactly_the_sum_of_their_line_totals(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    dice = random.Random(3)
    expected = dict.fromkeys(("screw", "nail", "washer"), 0)
    content = HEADER + "b0,7,2026-01-05,screw,100,1.99\n"
    expected["screw"] += 199
    for number in range(1, 200):
        item, pence = dice.choice(list(expected)), dice.randint(1, 999)
        units = dice.randint(1, 300)
        content += f"b{number},7,2026-01-{number % 28 + 1:02},{item},{units},{pence / 100}\n"
        expected[item] += pence
    report = await importer.run(write(content), ImportOptions(mapping=BY_TOTAL))
    assert report.lines == 200
    assert await brought(database) == expected


async def test_prices_of_parts_of_a_penny_are_rounded_once_for_the_whole_line(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    lines = [("screw", 100, "0.0199"), ("nail", 3, "0.335"), ("washer", 1000, "0.0004")]
    content = HEADER + "".join(
        f"b{n},7,2026-01-05,{item},{units},{price}\n"
        for n, (item, units, price) in enumerate(lines)
    )
    await importer.run(write(content), ImportOptions(mapping=BY_PRICE))
    assert await brought(database) == {
        item: int((units * Decimal(price) * 100).to_integral_value(ROUND_HALF_UP))
        for item, units, price in lines
    }
    assert (await brought(database))["nail"] == 101


@pytest.mark.parametrize("sign", [1, -1])
async def test_line_that_costs_more_than_any_order_may_is_refused(
    importer: Importer, write: WriteFile, database: Database, sign: int
) -> None:
    content = HEADER + f"b1,7,2026-01-05,gold,10000000,{sign * 5000}\nb2,7,2026-01-05,tea,1,2\n"
    report = await importer.run(write(content), ImportOptions(mapping=BY_PRICE))
    assert [(r.line, r.column, r.rule) for r in report.rejections] == [
        (2, "value", "times the quantity must be between -10,000,000,000 and 10,000,000,000")
    ]
    async with database.read() as connection:
        assert await connection.scalar(select(func.sum(order_lines.c.amount))) == 200
