import csv
import gzip
import io
import json
import re
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from bot.playground.shop import Shop, open_shop, write_customers, write_orders
from bot.playground.shop.people import Person, invent_people
from bot.playground.shop.table import HEADER, pack, read_table
from bot.playground.shop.trade import weeks_to
from tests.bot.playground.shop_truth import rows_of_customers, true_figures

TODAY = date(2026, 11, 22)
FIRST_ROW_ONLY = ("Financial Status", "Created at", "Total", "Refunded Amount", "Id", "Phone")
Cells = dict[str, str]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return open_shop(TODAY)


@pytest.fixture(scope="module")
def exported(shop: Shop) -> dict[str, list[Cells]]:
    """The rows of the orders export as a reader finds them, by order name."""
    out = io.StringIO()
    write_orders(shop, out)
    out.seek(0)
    orders: dict[str, list[Cells]] = defaultdict(list)
    for row in csv.DictReader(out):
        orders[row["Name"]].append({name: cell for name, cell in row.items() if cell})
    return orders


@pytest.fixture(scope="module")
def customers(shop: Shop) -> list[Cells]:
    out = io.StringIO()
    write_customers(shop, out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_the_table_is_whole() -> None:
    rows = list(read_table())
    assert len(rows) == 541_909
    assert len({row.invoice for row in rows}) == 25_900
    assert len({row.customer_id for row in rows} - {""}) == 4_372
    assert len({row.stock_code for row in rows}) == 4_070
    assert sum(int(row.quantity) for row in rows) == 5_176_450
    value = sum(int(row.quantity) * Decimal(row.unit_price) for row in rows)
    assert value == Decimal("9747747.934")


def test_a_packed_table_reads_as_it_was(tmp_path: Path) -> None:
    rows = list(islice(read_table(), 3000))
    source, target = tmp_path / "table.csv.gz", tmp_path / "table.csv.xz"
    with gzip.open(source, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sorted(HEADER))
        for row in rows:
            writer.writerow([getattr(row, name) for name in sorted(HEADER)])
    pack(source, target)
    assert list(read_table(target)) == rows


def test_every_row_of_the_table_is_accounted_for(shop: Shop) -> None:
    counts = shop.counts
    parts = [counts[name] for name in counts if name.startswith(("rows ", "returns "))]
    assert sum(parts) == counts["rows"] == 541_909
    assert counts["orders"] == 19_773


def test_totals_are_lines_plus_shipping_and_refunds_never_exceed_them(
    exported: dict[str, list[Cells]],
) -> None:
    statuses = set()
    for rows in exported.values():
        first = rows[0]
        lines = sum(int(row["Lineitem quantity"]) * Decimal(row["Lineitem price"]) for row in rows)
        total, refunded = Decimal(first["Total"]), Decimal(first["Refunded Amount"])
        assert Decimal(first["Subtotal"]) == lines
        assert total == lines + Decimal(first["Shipping"])
        assert 0 <= refunded <= total
        assert first["Currency"] == "GBP"
        statuses.add((first["Financial Status"], refunded > 0, refunded == total))
    assert statuses == {
        ("paid", False, False),
        ("partially_refunded", True, False),
        ("refunded", True, True),
    }


def test_cells_of_the_order_stand_on_its_first_row_only(exported: dict[str, list[Cells]]) -> None:
    assert sum(len(rows) for rows in exported.values()) == 527_758
    for rows in exported.values():
        for row in rows[1:]:
            assert not set(FIRST_ROW_ONLY) & set(row)
            assert row.get("Email") == rows[0].get("Email")


def test_guests_have_no_address_and_all_others_are_known_customers(
    exported: dict[str, list[Cells]], customers: list[Cells]
) -> None:
    known = {customer["Email"] for customer in customers}
    bought = {rows[0]["Email"] for rows in exported.values() if "Email" in rows[0]}
    guests = [rows for rows in exported.values() if "Email" not in rows[0]]
    assert bought <= known
    assert len(known) == 4_372
    assert len(guests) == 1_371
    assert all("Billing Name" not in rows[0] for rows in guests)


def test_an_order_called_off_at_once_is_cancelled_and_not_only_refunded(
    exported: dict[str, list[Cells]],
) -> None:
    called_off = exported["#541431"][0]  # 74,215 pieces, given back sixteen minutes later
    assert called_off["Financial Status"] == "refunded"
    created = datetime.fromisoformat(called_off["Created at"])
    cancelled = datetime.fromisoformat(called_off["Cancelled at"])
    assert cancelled - created == timedelta(minutes=16)


def test_orders_end_within_the_last_seven_days_and_never_fall_on_a_saturday(
    exported: dict[str, list[Cells]],
) -> None:
    days = [datetime.fromisoformat(rows[0]["Created at"]).date() for rows in exported.values()]
    assert TODAY - timedelta(days=7) <= max(days) < TODAY
    assert {day.isoweekday() for day in days} == {1, 2, 3, 4, 5, 7}


@pytest.mark.parametrize("day", range(14))
def test_the_shift_is_whole_weeks_for_every_day(day: int) -> None:
    today, last = TODAY + timedelta(days=day), date(2011, 12, 9)
    shift = weeks_to(today, last)
    assert shift.days % 7 == 0
    assert today - timedelta(days=7) <= last + shift < today


def test_times_carry_the_offset_of_london_in_summer_and_winter(
    exported: dict[str, list[Cells]],
) -> None:
    offsets = {
        (created[5:7], created[-5:])
        for created in (rows[0]["Created at"] for rows in exported.values())
        if created[5:7] in {"01", "07"}
    }
    assert offsets == {("01", "+0000"), ("07", "+0100")}


def test_invented_people_reach_nobody_and_are_told_apart(shop: Shop) -> None:
    emails = [person.email for person in shop.people.values()]
    phones = [person.phone for person in shop.people.values() if person.phone]
    reserved = re.compile(r"[a-z]+\.[a-z]+\d*@(example\.(com|net|org)|[a-z]+\.example)")
    fictitious = re.compile(
        r"\+44(11[34678]4960|1[2-6]14960|1914980|2079460|2896496|2920180)\d{3}"
        r"|\+4930(23125)\d{3}|\+494066969\d{3}|\+3319900\d{4}|\+33465710\d{3}"
        r"|\+6125550\d{4}|\+1(212|415|613)55501\d\d|\+468465004\d\d"
    )
    assert len(set(emails)) == len(emails) == 4_372
    assert all(reserved.fullmatch(email) for email in emails)
    assert len(set(phones)) == len(phones) > 3_000
    assert all(fictitious.fullmatch(phone) for phone in phones)


def test_the_same_customer_is_the_same_person_every_time(shop: Shop) -> None:
    countries = {"12347": "Iceland", "17850": "United Kingdom"}
    again = invent_people(countries)
    assert again["17850"].name == shop.people["17850"].name
    assert again["12347"].country == "IS"
    assert invent_people(countries) == again


def _figures(orders: list[list[Cells]]) -> tuple[int, Decimal, Decimal, list[str]]:
    counted = [rows[0] for rows in orders if "Cancelled at" not in rows[0]]
    spend = sum(
        (Decimal(row["Total"]) - Decimal(row["Refunded Amount"]) for row in counted), Decimal(0)
    )
    refunded = sum((Decimal(rows[0]["Refunded Amount"]) for rows in orders), Decimal(0))
    return len(counted), spend, refunded, [row["Name"] for row in counted]


def test_the_export_gives_every_customer_the_figures_of_the_table(
    shop: Shop, exported: dict[str, list[Cells]], customers: list[Cells]
) -> None:
    by_email: dict[str, list[list[Cells]]] = defaultdict(list)
    for rows in exported.values():
        if "Email" in rows[0]:
            by_email[rows[0]["Email"]].append(rows)
    listed = {customer["Email"]: customer for customer in customers}
    assert set(shop.people) == set(rows_of_customers()) - {""}
    for person in shop.people.values():
        _compare(person, by_email[person.email], listed[person.email])


def _compare(person: Person, orders: list[list[Cells]], listed: Cells) -> None:
    truth = true_figures(person.customer_id, TODAY)
    number, spend, refunded, names = _figures(orders)
    assert (number, spend, refunded) == (truth.orders, truth.spend, truth.refunded)
    assert tuple(names) == truth.order_names
    assert (listed["Total Orders"], Decimal(listed["Total Spent"])) == (str(number), spend)
    times = [datetime.fromisoformat(rows[0]["Created at"]) for rows in orders]
    if truth.first_at and not truth.cancelled:
        assert (min(times), max(times)) == (truth.first_at, truth.last_at)


def test_the_command_writes_both_files_and_tells_the_counts(tmp_path: Path) -> None:
    orders, people = tmp_path / "orders.csv", tmp_path / "customers.csv"
    command = [sys.executable, "-m", "bot.playground.shop", "--today", "2026-03-31"]
    done = subprocess.run(
        [*command, "--out", str(orders), "--customers", str(people)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["orders"] == 19_773
    with people.open(encoding="utf-8") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 4_372
    written = orders.read_text(encoding="utf-8")
    assert written.startswith("Name,Email,Financial Status,Paid at,")
    assert ",2026-03-27 12:50:00 +0000," in written
    assert "2026-03-28" not in written
