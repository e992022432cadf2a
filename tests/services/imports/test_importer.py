"""What a file does to the shop, on both databases."""

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, func, select

from services.errors import WrongInputError
from services.imports import Importer, ImportOptions, StrictImportError
from storage.database import Database
from storage.models import customers, import_runs, order_lines, orders, products
from tests.services.imports.conftest import BY_TOTAL, WriteFile

UCI = ImportOptions(preset="uci")
UCI_HEADER = "invoice,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n"
SHOPIFY_FILE = Path(__file__).with_name("shopify_orders.csv").read_text(encoding="utf-8")
SHOPIFY_HEADER, *SHOP = SHOPIFY_FILE.splitlines()
MAPPED = ImportOptions(mapping={"customer_id": "cust", "placed_at": "date", "total": "amount"})


async def rows(database: Database, statement: Executable) -> list[tuple[Any, ...]]:
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def counts(database: Database) -> tuple[int, ...]:
    found = []
    for table in (orders, order_lines, customers, products):
        found += await rows(database, select(func.count()).select_from(table))
    return tuple(count for (count,) in found)


async def spend_by_customer(database: Database) -> dict[str | None, tuple[int, int]]:
    found = await rows(
        database,
        select(
            customers.c.source_id,
            func.count().filter(orders.c.counts),
            func.sum(orders.c.spend),
        )
        .select_from(orders.outerjoin(customers, customers.c.id == orders.c.customer_id))
        .group_by(customers.c.source_id),
    )
    return {source_id: (count, int(spend)) for source_id, count, spend in found}


async def spend_of(database: Database, number: str) -> tuple[Any, ...]:
    found = await rows(
        database,
        select(orders.c.total, orders.c.refunded, orders.c.spend, orders.c.counts).where(
            orders.c.number == number
        ),
    )
    return found[0]


def uci(*lines: str) -> str:
    return UCI_HEADER + "".join(f"{line}\n" for line in lines)


TRADE = (
    "1001,85123A,LANTERN,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
    "1001,POST,POSTAGE,1,2010-12-01T08:26:00,18.00,17850,United Kingdom",
    "1001,85123A,LANTERN,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
    "1002,22139,SPOON,1000,2010-12-02T09:00:00,0.125,12347,Iceland",
    "C1003,85123A,LANTERN,-6,2010-12-03T10:00:00,2.55,17850,United Kingdom",
    "1004,85123A,?,-10,2010-12-04T10:00:00,0.0,,United Kingdom",
    "1005,22139,SPOON,2,2010-12-05T10:00:00,1.25,,France",
)


async def test_public_table_gives_true_figures(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    report = await importer.run(write(uci(*TRADE)), UCI)
    assert (report.rows, report.orders_new, report.lines) == (7, 5, 7)
    assert (report.guests, report.refunds, report.cancelled) == (1, 1, 1)
    assert await spend_by_customer(database) == {
        "17850": (1, 2 * 1530 + 1800 - 1530),
        "12347": (1, 12500),
        None: (1, 250),
    }
    named = select(products.c.sku, products.c.title, products.c.is_fee).order_by(products.c.sku)
    assert await rows(database, named) == [
        ("22139", "SPOON", False),
        ("85123A", "LANTERN", False),
        ("POST", "POSTAGE", True),
    ]


async def test_original_column_names_of_the_public_table_are_read(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    line = "1001,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    with pytest.raises(WrongInputError, match=r'Line 2, column "InvoiceDate".*--date-format'):
        await importer.run(write(header + line), UCI)
    options = ImportOptions(preset="uci", date_format="%m/%d/%Y %H:%M")
    await importer.run(write(header + line), options)
    ((placed_at,),) = await rows(database, select(orders.c.placed_at))
    assert placed_at.isoformat() == "2010-12-01T08:26:00+00:00"


async def test_25_same_file_again_and_permuted_changes_nothing(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write(uci(*TRADE)), UCI)
    before = await counts(database)
    shuffled = list(TRADE)
    random.Random(7).shuffle(shuffled)
    for content in (uci(*TRADE), uci(*shuffled)):
        report = await importer.run(write(content), UCI)
        assert (report.orders_new, report.orders_replaced) == (0, 0)
        assert report.orders_unchanged == 5
    assert await counts(database) == before


async def test_order_that_comes_again_is_replaced_as_a_whole(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write(uci(*TRADE)), UCI)
    ids = dict(await rows(database, select(orders.c.number, orders.c.id)))
    report = await importer.run(
        write(uci("1001,22139,SPOON,3,2010-12-01T08:26:00,1.25,12347,Iceland")), UCI
    )
    assert (report.orders_new, report.orders_replaced, report.lines) == (0, 1, 1)
    assert (await spend_of(database, "1001"))[2] == 375
    assert dict(await rows(database, select(orders.c.number, orders.c.id))) == ids
    lines = select(func.count()).where(order_lines.c.order_id == ids["1001"])
    assert await rows(database, lines) == [(1,)]


async def test_without_numbers_equal_orders_are_counted_and_not_merged(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    lines = ["1,2026-01-05,10.00", "1,2026-01-05,10.00", "2,2026-01-05,7.50", "1,2026-02-01,10.00"]
    await importer.run(write("cust,date,amount\n" + "\n".join(lines)), MAPPED)
    assert await spend_by_customer(database) == {"1": (3, 3000), "2": (1, 750)}
    report = await importer.run(write("cust,date,amount\n" + "\n".join(reversed(lines))), MAPPED)
    assert (report.orders_new, report.orders_unchanged) == (0, 4)
    more = [*lines, "1,2026-01-05,10.00"]
    report = await importer.run(write("cust,date,amount\n" + "\n".join(more)), MAPPED)
    assert (report.orders_new, report.orders_unchanged) == (1, 4)


async def test_times_without_zone_are_the_shops(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    lines = (
        "1,2026-07-01 00:30,1\n2,2026-07-01 00:30+02:00,1\n3,2026-10-25 01:30,1\n"
        "4,2026-03-29 01:30,1\n"
    )
    await importer.run(write("cust,date,amount\n" + lines), MAPPED)
    found = await rows(
        database,
        select(orders.c.placed_at, orders.c.placed_day)
        .join(customers, customers.c.id == orders.c.customer_id)
        .order_by(customers.c.source_id),
    )
    assert [at.isoformat()[:16] for at, _ in found] == [
        "2026-06-30T23:30",
        "2026-06-30T22:30",
        "2026-10-25T00:30",  # the hour that comes twice: its first time
        "2026-03-29T01:30",  # the hour that does not exist: moved on
    ]
    july, june, *_ = (day for _, day in found)
    assert july == june + 1


def shopify(*lines: str) -> str:
    return "".join(f"{line}\n" for line in (SHOPIFY_HEADER, *lines))


async def test_shopify_orders_count_what_was_paid_less_what_came_back(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    report = await importer.run(write(shopify(*SHOP)))
    assert (report.kind, report.orders_new, report.guests, report.cancelled) == ("shopify", 6, 1, 2)
    assert await spend_of(database, "2044") == (4850, 850, 4000, True)
    assert await spend_of(database, "2045") == (1000, 0, 0, False)
    assert await spend_of(database, "2046") == (1000, 0, 600, True)
    assert await spend_of(database, "2047") == (1000, 0, 0, True)
    assert await spend_of(database, "2048") == (0, 0, 0, True)
    assert await spend_of(database, "2049") == (900, 0, 0, False)
    people = select(customers.c.email, customers.c.phone, customers.c.name).order_by(
        customers.c.email
    )
    assert await rows(database, people) == [
        ("bo@example.com", None, ""),
        ("ida@example.com", "+442079460000", "Ida Holm"),
    ]


async def test_rows_of_a_shopify_order_may_stand_anywhere(
    importer: Importer, write: WriteFile
) -> None:
    await importer.run(write(shopify(*SHOP)))
    report = await importer.run(write(shopify(*reversed(SHOP))))
    assert (report.orders_new, report.orders_replaced, report.orders_unchanged) == (0, 0, 6)


async def test_export_appended_to_itself_holds_each_order_once(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write(shopify(*SHOP, *SHOP)))
    assert (await counts(database))[:2] == (6, 7)


async def test_customers_export_completes_who_ordered_before(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write(shopify(*SHOP)))
    header = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Tags\n"
    lines = (
        '\'5521,Bo,Ek,BO@example.com,yes,,"vip, wholesale"\n'
        "'5522,Ida,Holm-Berg,ida@example.com,no,,\n"
        "'5523,Una,New,una@example.com,no,020 7946 0001,\n"
    )
    report = await importer.run(write(header + lines, "customers.csv"))
    assert report.kind == "shopify-customers"
    assert (report.customers_new, report.customers_changed) == (1, 2)
    found = await rows(
        database,
        select(
            customers.c.source_id,
            customers.c.name,
            customers.c.email,
            customers.c.phone,
            customers.c.consent,
            customers.c.tags,
        ).order_by(customers.c.source_id),
    )
    assert found == [
        ("5521", "Bo Ek", "bo@example.com", None, "subscribed", ["vip", "wholesale"]),
        ("5522", "Ida Holm-Berg", "ida@example.com", "+442079460000", "unsubscribed", []),
        ("5523", "Una New", "una@example.com", "+442079460001", "unsubscribed", []),
    ]
    again = await importer.run(write(header + lines, "customers.csv"))
    assert (again.customers_new, again.customers_changed) == (0, 0)


async def test_two_ids_with_one_address_stay_two_customers(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    options = ImportOptions(
        mapping={"customer_id": "c", "email": "e", "placed_at": "d", "total": "t"}
    )
    content = "c,e,d,t\n1,a@example.com,2026-01-01,5\n2,a@example.com,2026-01-02,6\n"
    await importer.run(write(content), options)
    assert await spend_by_customer(database) == {"1": (1, 500), "2": (1, 600)}


async def test_mapped_lines_make_one_order_of_their_number(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    content = "basket,who,day,item,n,value\nb1,7,2026-01-05,x,3,10\nb1,7,2026-01-05,y,1,2.5\n"
    report = await importer.run(write(content), ImportOptions(mapping=BY_TOTAL))
    assert (report.orders_new, report.lines) == (1, 2)
    assert await spend_of(database, "b1") == (1250, 0, 1250, True)


async def test_amounts_of_lines_taken_for_totals_are_refused_with_the_mapping_to_use(
    importer: Importer, write: WriteFile
) -> None:
    mapping = {"order_number": "no", "customer_id": "who", "placed_at": "day", "total": "value"}
    content = "no,who,day,value\nb1,7,2026-01-05,10\nb1,7,2026-01-05,2.5\n"
    report = await importer.run(write(content), ImportOptions(mapping=mapping))
    assert "--map line_total=" in report.rejections[0].rule


async def test_mapped_products_without_prices_are_orders_worth_their_total(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    mapping = {"customer_id": "cust", "placed_at": "day", "total": "amount", "sku": "item"}
    content = "cust,day,amount,item\n1,2026-01-05,10,x\n1,2026-01-09,4.50,y\n"
    await importer.run(write(content), ImportOptions(mapping=mapping))
    assert await spend_by_customer(database) == {"1": (2, 1450)}
    async with database.read() as connection:
        lines = select(order_lines.c.quantity, order_lines.c.amount)
        found = (await connection.execute(lines)).all()
    assert sorted(map(tuple, found)) == [(1, 450), (1, 1000)]


async def test_negative_total_is_money_given_back(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write("cust,date,amount\n1,2026-01-05,10\n1,2026-01-09,-4\n"), MAPPED)
    assert await spend_by_customer(database) == {"1": (1, 600)}


async def test_23_bad_rows_are_left_out_and_reported_with_line_column_and_rule(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    bad = (
        "#1,anna.smith@,paid,GBP,5.00,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#2,a@example.com,paid,USD,5.00,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#3,a@example.com,paid,GBP,NaN,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#4,a@example.com,paid,GBP,5.00,2026-02-30 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#5,a@example.com,paid,GBP,5.00,2026-10-03 10:00:00 +0200,-1,Soap,5,S,,,,,,1",
        "#6,a@example.com,paid,GBP,5.00,2026-10-03 10:00:00 +0200,1_0,Soap,5,S,,,,,,1",
        "#7,a@example.com,paid,GBP,1e3,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#8,a@example.com,paid",
        ",a@example.com,paid,GBP,5.00,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#10,a@example.com,paid,GBP,5.00,9999-12-31 10:00:00 +0200,1,Soap,5,S,,,,,,1",
        "#11,a@example.com,,,,,1,Soap,5,S,,,,,,",
    )
    report = await importer.run(write(shopify(*SHOP[:2], *bad)))
    assert (report.orders_new, report.rejected) == (1, 11)
    found = [(r.line, r.column, r.rule, r.value) for r in report.rejections]
    assert found == [
        (4, "Email", "must be an e-mail address", "a•••@"),
        (5, "Currency", "is not the shop's GBP", "USD"),
        (6, "Total", "must be a plain amount such as 1234.56", "NaN"),
        (7, "Created at", "must be a date such as 2026-11-22 or 2026-11-22 14:05", found[3][3]),
        (8, "Lineitem quantity", "must not be negative", "-1"),
        (9, "Lineitem quantity", "must be a whole number", "1_0"),
        (10, "Total", "must be a plain amount such as 1234.56", "1e3"),
        (11, "", "has 3 cells instead of 16", ""),
        (12, "Name", "is empty", ""),
        (13, "Created at", "must lie between 1990 and today", found[9][3]),
        (14, "Name", "no row says when it was placed", "order 11"),
    ]
    stored = await rows(database, select(import_runs.c.state, import_runs.c.report))
    assert stored[0][0] == "done"
    assert stored[0][1]["rejected"] == 11
    assert "smith" not in str(stored[0][1])


async def test_strict_refuses_the_whole_file(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    bad = "#3,a@example.com,paid,GBP,NaN,2026-10-03 10:00:00 +0200,1,Soap,5,S,,,,,,1"
    with pytest.raises(StrictImportError, match="1 of 8 rows cannot be used") as refused:
        await importer.run(write(shopify(*SHOP, bad)), ImportOptions(strict=True))
    assert refused.value.report.rejections[0].line == 9
    assert await counts(database) == (0, 0, 0, 0)


async def test_dry_run_counts_and_writes_nothing(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    report = await importer.run(write(shopify(*SHOP)), ImportOptions(dry_run=True))
    assert (report.orders_new, report.lines) == (6, 7)
    assert await counts(database) == (0, 0, 0, 0)
    await importer.run(write(shopify(*SHOP)))
    report = await importer.run(write(shopify(*SHOP)), ImportOptions(dry_run=True))
    assert (report.orders_new, report.orders_unchanged) == (0, 6)


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (SHOPIFY_HEADER, None, "a header and no rows"),
        ("Name,Email\n1,2\n", None, 'closest: orders; missing "Created at"'),
        ("a,b\n1,2\n", MAPPED, 'lacks the column "cust", "date", "amount"'),
        ("a,b\n1,2\n", ImportOptions(preset="uci", mapping={"x": "y"}), "either --preset or"),
        ("a\n1\n", ImportOptions(mapping={"colour": "a"}), "does not know colour"),
        ("a\n1\n", ImportOptions(mapping={"customer_id": "a"}), "needs placed_at"),
        (UCI_HEADER + "1,2,3,4,5,6,7,8\n", None, "add --preset uci"),
        ("cust,date,amount\n1,03/04/2026,5\n", MAPPED, "Line 2, .*day or the month first"),
        (f"cust,date,amount\n1,2026-01-01,{'5' * 131_073}\n", MAPPED, "longer than 131,072"),
    ],
)
async def test_22_file_that_is_no_table_of_ours_is_refused_with_nothing_written(
    importer: Importer,
    write: WriteFile,
    database: Database,
    content: str,
    options: ImportOptions | None,
    sentence: str,
) -> None:
    with pytest.raises(WrongInputError, match=sentence):
        await importer.run(write(content), options)
    assert await counts(database) == (0, 0, 0, 0)
    assert await rows(database, select(import_runs.c.id)) == []


async def test_22_headers_may_be_reordered_and_differently_cased(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    content = "AMOUNT,extra,Date,CUST\n5.00,x,2026-01-01,9\n"
    await importer.run(write(content), MAPPED)
    assert await spend_by_customer(database) == {"9": (1, 500)}


async def test_large_file_goes_through_in_many_transactions_with_progress(
    importer: Importer, tmp_path: Path, database: Database
) -> None:
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(UCI_HEADER)
        for number in range(9_000):
            day = f"2026-01-{number % 28 + 1:02}T10:00:00"
            for item in range(3):
                file.write(f"{number},s{item},T,1,{day},1.00,{number % 700},GB\n")
    seen: list[tuple[str, int]] = []
    report = await importer.run(path, UCI, lambda what, count: seen.append((what, count)))
    assert (report.rows, report.orders_new, report.customers_new) == (27_000, 9_000, 700)
    assert await counts(database) == (9_000, 27_000, 700, 3)
    assert seen[0] == ("rows read", 5_000)
    assert seen[-1] == ("orders written", 9_000)
    assert (await importer.run(path, UCI)).orders_unchanged == 9_000


async def test_26_cells_that_look_like_formulas_are_kept_as_they_are(
    importer: Importer, write: WriteFile, database: Database
) -> None:
    await importer.run(write(uci("1,=1+1,@SUM(A1),1,2026-01-01,1.00,+7,GB")), UCI)
    assert await rows(database, select(products.c.sku, products.c.title)) == [("=1+1", "@SUM(A1)")]
    assert await rows(database, select(customers.c.source_id)) == [("+7",)]
