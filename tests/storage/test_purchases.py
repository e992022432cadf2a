"""The sums that SQL makes of orders, beside the same made slowly and obviously."""

import random
from collections import defaultdict

import pytest

from services.scoring.shop import read_shop
from storage import purchases
from storage.database import Database
from tests.services.scoring.drawn_shop import Order, add_orders

DAYS = range(20_000, 20_060)
CUT, LAST = 20_030, 20_050


def random_orders(seed: int) -> list[Order]:
    """Some guests, some cancelled, some cancelled by a document of their own, many on one day."""
    chance = random.Random(seed)
    rows: list[Order] = []
    for _ in range(700):
        customer = chance.choice([None, *range(1, 120)])
        day, spend = chance.choice(DAYS), chance.randrange(0, 20_000)
        kind = chance.random()
        if kind < 0.1:
            rows.append((customer, day, 0, False))
        elif kind < 0.2:
            rows.append((customer, day, -spend, False))
        else:
            rows += [(customer, day, spend, True)] * chance.choice([1, 1, 1, 2])
    return rows


def by_customer(rows: list[Order], last: int) -> dict[int, list[Order]]:
    found = defaultdict(list)
    for row in rows:
        if row[0] is not None and row[1] <= last:
            found[row[0]].append(row)
    return {customer: found[customer] for customer in sorted(found)}


def expected_purchases(rows: list[Order], last: int) -> list[tuple[int, ...]]:
    expected = []
    for customer, theirs in by_customer(rows, last).items():
        counted = [row for row in theirs if row[3]]
        if not counted:
            continue
        days = sorted({row[1] for row in counted})
        expected.append(
            (
                customer,
                len(days),
                days[0],
                days[-1],
                sum(row[2] for row in counted if row[1] == days[0]),
                sum(row[2] for row in counted),
                sum(row[2] for row in theirs),
            )
        )
    return expected


@pytest.fixture
async def rows(database: Database) -> list[Order]:
    rows = random_orders(1)
    await add_orders(database, rows)
    return rows


@pytest.mark.parametrize("day", [DAYS[0] - 1, DAYS[0], CUT, DAYS[-1]])
async def test_purchases_are_what_orders_until_that_day_add_up_to(
    database: Database, rows: list[Order], day: int
) -> None:
    async with database.read() as connection:
        found = await purchases.purchases(connection, day)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected_purchases(
        rows, day
    )


async def test_sample_is_the_same_customers_each_time(
    database: Database, rows: list[Order]
) -> None:
    async with database.read() as connection:
        found = await purchases.purchases(connection, CUT, every=3)
    assert found.customer_id.tolist() == [
        one[0] for one in expected_purchases(rows, CUT) if one[0] % 3 == 0
    ]


async def test_who_came_back_is_counted_as_scoring_does(database: Database) -> None:
    """1 paid twice, 2 nothing the second time, 3 got all back, 4 came after the day."""
    rows: list[Order] = [(1, CUT - 9, 100, True), (1, CUT, 50, True), (None, CUT, 50, True)]
    rows += [(2, CUT - 9, 100, True), (2, CUT, 0, True), (4, CUT, 9, True), (4, CUT + 1, 9, True)]
    rows += [(3, CUT - 9, 100, True), (3, CUT, 50, True), (3, CUT, -150, False)]
    await add_orders(database, rows)
    async with database.read() as connection:
        assert await purchases.paying_repeat_customers(connection, CUT, limit=100) == 1
        assert await purchases.paying_repeat_customers(connection, CUT + 1, limit=100) == 2
        assert await purchases.paying_repeat_customers(connection, CUT + 1, limit=1) == 1
    history = (await read_shop(database, CUT, minor_digits=2)).history
    assert int(((history.frequency > 0) & (history.monetary > 0)).sum()) == 1


async def test_purchases_after_a_day_are_counted_until_the_last(
    database: Database, rows: list[Order]
) -> None:
    async with database.read() as connection:
        found = await purchases.purchases_after(connection, CUT, LAST)
    expected = []
    for customer, theirs in by_customer(rows, LAST).items():
        if days := sorted({row[1] for row in theirs if row[3] and row[1] > CUT}):
            expected.append((customer, len(days), days[0]))
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected


async def test_buyers_of_a_day_are_counted_once(database: Database, rows: list[Order]) -> None:
    async with database.read() as connection:
        days, buyers = await purchases.buyers_by_day(connection, CUT)
    expected = defaultdict(set)
    for customer, theirs in by_customer(rows, CUT).items():
        for row in theirs:
            if row[3]:
                expected[row[1]].add(customer)
    assert days.tolist() == sorted(expected)
    assert buyers.tolist() == [len(expected[day]) for day in sorted(expected)]


async def test_orders_of_the_future_do_not_stretch_the_span(
    database: Database, rows: list[Order]
) -> None:
    counted = [row[1] for row in rows if row[3]]
    async with database.read() as connection:
        assert await purchases.span(connection, today=CUT) == (
            min(counted),
            max(day for day in counted if day <= CUT),
        )


async def test_empty_shop_has_no_span_and_no_purchases(database: Database) -> None:
    async with database.read() as connection:
        assert await purchases.span(connection, today=CUT) is None
        assert (await purchases.purchases(connection, CUT)).customer_id.size == 0


async def test_data_version_changes_with_a_new_order(database: Database, rows: list[Order]) -> None:
    async with database.read() as connection:
        before = await purchases.data_version(connection)
        assert await purchases.data_version(connection) == before
    await add_orders(database, [(1, CUT, 100, True)], first_id=len(rows) + 1)
    async with database.read() as connection:
        assert await purchases.data_version(connection) != before
