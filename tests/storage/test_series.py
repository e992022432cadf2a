"""Daily series against sums made in Python, order by order, on both databases."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from storage import series
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import ImportedOrder, OrderWriter, start_run
from storage.series import Measure, Part
from tests.services.shop import DAY_MS, FIRST_DAY, NOW

PEOPLE = [Person(str(n), f"c{n}@example.com", None, f"C {n}", "GB") for n in range(12)]
PRODUCTS = ["SOAP", "MUG", "HAT", "POST"]
LAST_DAY = FIRST_DAY + 39


@dataclass(frozen=True)
class Shop:
    orders: Sequence[ImportedOrder]

    @property
    def counted(self) -> list[ImportedOrder]:
        return [order for order in self.orders if order.counts]


def invented(dice: random.Random, number: int) -> ImportedOrder:
    day = FIRST_DAY + dice.randrange(45)
    kind = dice.choice(["order"] * 6 + ["cancelled", "credit"])
    sign = -1 if kind == "credit" else 1
    sold = [(sku, sign * dice.randint(1, 5)) for sku in dice.sample(PRODUCTS, 2)]
    lines = [
        (sku, sku.title(), sku == "POST", units, units * 250, units * 2_500_000)
        for sku, units in sold
    ]
    spend = sum(line[4] for line in lines)
    return ImportedOrder(
        identity=f"n:{number}",
        number=str(number),
        person=dice.choice([*PEOPLE, None]),
        placed_at=day * DAY_MS + dice.randrange(DAY_MS),
        placed_day=day,
        currency="GBP",
        total=abs(spend),
        refunded=0,
        spend=0 if kind == "cancelled" else spend,
        counts=kind == "order",
        status=kind,
        channel=dice.choice(["web", "app", ""]),
        country=dice.choice(["GB", "DE"]),
        digest=str(number).encode().ljust(16),
        lines=lines,
    )


@pytest.fixture
async def shop(database: Database) -> Shop:
    dice = random.Random(7)
    orders = [invented(dice, number) for number in range(300)]
    await store(database, orders)
    return Shop(orders)


async def store(database: Database, orders: Sequence[ImportedOrder]) -> None:
    async with database.transaction() as connection:
        run = await start_run(connection, kind="f", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(OrderWriter(run).write, orders)


def units(order: ImportedOrder, sku: str | None = None) -> int:
    if not order.counts and order.spend >= 0:
        return 0
    return sum(line[3] for line in order.lines if not line[2] and sku in {None, line[0]})


def nonzero(days: dict[int, int]) -> dict[int, int]:
    return {day: value for day, value in days.items() if value}


def summed(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for day, value in pairs:
        if day <= LAST_DAY:
            sums[day] += value
    return nonzero(dict(sums))


async def test_days_add_up_to_what_the_orders_say(database: Database, shop: Shop) -> None:
    expected = {
        Measure.REVENUE: summed([(o.placed_day, o.spend) for o in shop.orders]),
        Measure.ORDERS: summed([(o.placed_day, 1) for o in shop.counted]),
        Measure.UNITS: summed([(o.placed_day, units(o)) for o in shop.orders]),
        Measure.CUSTOMERS: summed(
            [(day, 1) for day, _ in {(o.placed_day, o.person) for o in shop.counted if o.person}]
        ),
    }
    async with database.read() as connection:
        for measure, days in expected.items():
            assert nonzero(await series.by_day(connection, measure, LAST_DAY)) == days, measure


async def test_units_of_one_product_are_its_own_lines_only(database: Database, shop: Shop) -> None:
    async with database.read() as connection:
        (mug,) = await series.find_products(connection, "mug", 5)
        days = await series.by_day(connection, Measure.UNITS, LAST_DAY, mug.id)
    assert nonzero(days) == summed([(o.placed_day, units(o, "MUG")) for o in shop.orders])


async def test_customers_are_new_on_the_day_of_their_first_order_only(
    database: Database, shop: Shop
) -> None:
    firsts: dict[Person, int] = {}
    for order in shop.counted:
        if order.person:
            earlier = firsts.get(order.person, order.placed_day)
            firsts[order.person] = min(earlier, order.placed_day)
    async with database.read() as connection:
        days = await series.new_customers_by_day(connection, LAST_DAY)
    assert days == summed([(day, 1) for day in firsts.values()])


@pytest.mark.parametrize("part", [Part.CHANNEL, Part.COUNTRY])
@pytest.mark.parametrize("measure", [Measure.REVENUE, Measure.ORDERS, Measure.UNITS])
async def test_all_parts_together_are_the_whole(
    database: Database, shop: Shop, measure: Measure, part: Part
) -> None:
    days = (FIRST_DAY, LAST_DAY)
    async with database.read() as connection:
        largest = await series.largest_parts(connection, measure, part, days, 10)
        cells = await series.parts_by_day(connection, measure, part, largest, LAST_DAY)
        whole = await series.by_day(connection, measure, LAST_DAY)
    assert set(largest) == {getattr(order, part) for order in shop.orders}
    assert summed([(cell.day, cell.value) for cell in cells]) == nonzero(whole)


async def test_largest_parts_come_first_and_no_more_than_asked_for(
    database: Database, shop: Shop
) -> None:
    sums = Counter[str]()
    for order in shop.counted:
        sums[order.channel] += order.placed_day <= LAST_DAY
    async with database.read() as connection:
        largest = await series.largest_parts(
            connection, Measure.ORDERS, Part.CHANNEL, (FIRST_DAY, LAST_DAY), 2
        )
    assert [sums[name] for name in largest] == sorted(sums.values(), reverse=True)[:2]


async def test_products_are_found_by_sku_then_by_words_and_fees_never(
    database: Database, shop: Shop
) -> None:
    assert shop.orders
    async with database.read() as connection:
        found = {
            text: [product.sku for product in await series.find_products(connection, text, 9)]
            for text in ("soap", "ha", "POST", "a%", "nothing such")
        }
    assert found == {"soap": ["SOAP"], "ha": ["HAT"], "POST": [], "a%": [], "nothing such": []}


async def test_sku_as_it_is_written_means_that_product_alone(database: Database) -> None:
    twins = ["85049g", "85049G"]
    lines = [(sku, "Ribbon", False, 1, 250, 0) for sku in twins]
    await store(database, [invented(random.Random(1), 1)._replace(lines=lines)])
    async with database.read() as connection:
        found = {
            text: {product.sku for product in await series.find_products(connection, text, 2)}
            for text in (*twins, "ribbon")
        }
    assert found == {"85049g": {"85049g"}, "85049G": {"85049G"}, "ribbon": set(twins)}


@pytest.mark.parametrize(("hour", "missing"), [(12, 24.0), (24, 0.0)])
async def test_day_that_ends_early_is_known_by_the_hours_of_others(
    database: Database, hour: int, missing: float
) -> None:
    def at(day: int, half_hour: int) -> ImportedOrder:
        dice = random.Random(day * 100 + half_hour)
        order = invented(dice, day * 100 + half_hour)
        when = (FIRST_DAY + day) * DAY_MS + half_hour * DAY_MS // 48
        return order._replace(placed_at=when, placed_day=FIRST_DAY + day, counts=True)

    orders = [at(day, half) for day in range(0, 56, 7) for half in range(48)]
    orders += [at(56, half) for half in range(2 * hour)]
    async with database.transaction() as connection:
        run = await start_run(connection, kind="f", file_name="f", file_hash="h", now=NOW)
        await connection.run_sync(OrderWriter(run).write, orders)
        found = await series.missing_orders(connection, FIRST_DAY + 56)
    assert found == pytest.approx(missing)
