"""What numpy makes of a shop's orders, beside the same made slowly and obviously."""

import dataclasses
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from services.scoring.purchase_days import OrderHistory, Outcome, Purchases
from services.scoring.shop import hold_out_of, read_orders, whole_shop
from storage.database import Database
from tests.services.scoring.drawn_shop import DAYS, Order, add_orders, random_orders

CUT, LAST = 20_030, 20_050


def by_customer(rows: list[Order], last: int) -> dict[int, list[Order]]:
    found = defaultdict(list)
    for row in rows:
        if row[0] is not None and row[1] <= last:
            found[row[0]].append(row)
    return {customer: found[customer] for customer in sorted(found)}


def expected_purchases(rows: list[Order], last: int) -> list[tuple[int, ...]]:
    expected: list[tuple[int, ...]] = []
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


def listed(found: Purchases | Outcome) -> list[tuple[int, ...]]:
    columns = (getattr(found, field.name).tolist() for field in dataclasses.fields(found))
    return list(zip(*columns, strict=True))


@pytest.fixture
async def rows(database: Database) -> list[Order]:
    rows = random_orders(1)
    await add_orders(database, rows)
    return rows


@pytest.mark.parametrize("day", [DAYS[0] - 1, DAYS[0], CUT, DAYS[-1]])
async def test_purchases_are_what_orders_until_that_day_add_up_to(
    database: Database, rows: list[Order], day: int
) -> None:
    expected = expected_purchases(rows, day)
    assert listed((await read_orders(database, day)).purchases()) == expected
    assert listed((await read_orders(database, LAST)).until(day).purchases()) == (
        expected if day <= LAST else expected_purchases(rows, LAST)
    )


async def test_sample_is_the_same_customers_each_time(
    database: Database, rows: list[Order], tmp_path: Path
) -> None:
    (await read_orders(database, LAST)).one_of(3).save(tmp_path / "sample.npz")
    found = OrderHistory.load(tmp_path / "sample.npz").until(CUT).purchases()
    assert listed(found) == [one for one in expected_purchases(rows, CUT) if one[0] % 3 == 0]


async def test_purchases_after_a_day_are_counted_until_the_last(
    database: Database, rows: list[Order]
) -> None:
    found = (await read_orders(database, DAYS[-1])).after(CUT, LAST)
    expected = []
    for customer, theirs in by_customer(rows, LAST).items():
        if days := sorted({row[1] for row in theirs if row[3] and row[1] > CUT}):
            expected.append((customer, len(days), days[0]))
    assert listed(found) == expected


async def test_a_customer_counts_once_a_day(database: Database, rows: list[Order]) -> None:
    found = (await read_orders(database, CUT)).buying_days()
    expected = [
        day
        for theirs in by_customer(rows, CUT).values()
        for day in sorted({row[1] for row in theirs if row[3]})
    ]
    assert found.tolist() == expected


async def test_hold_out_is_the_shop_of_a_past_day_and_what_it_did_next(
    database: Database, rows: list[Order]
) -> None:
    found = hold_out_of(await read_orders(database, LAST), CUT, LAST - CUT, minor_digits=2)
    then = whole_shop(await read_orders(database, CUT), CUT, minor_digits=2)
    assert (found.shop.customer_id == then.customer_id).all()
    assert (found.shop.history.spend == then.history.spend).all()
    after = {
        customer: sorted({row[1] for row in theirs if row[3] and row[1] > CUT})
        for customer, theirs in by_customer(rows, LAST).items()
    }
    theirs = [after.get(customer, []) for customer in found.shop.customer_id.tolist()]
    assert found.orders.tolist() == [len(days) for days in theirs]
    next_days = [days[0] - CUT if days else np.nan for days in theirs]
    assert np.array_equal(found.days_to_next, next_days, equal_nan=True)


async def test_empty_shop_has_no_purchases(database: Database) -> None:
    orders = await read_orders(database, CUT)
    assert listed(orders.purchases()) == listed(orders.after(CUT, LAST)) == []
    assert whole_shop(orders, CUT, minor_digits=2).history.size == 0
