"""Finding and showing customers, on both databases."""

import pytest

from services.customer_search import AmbiguousCustomerError, CustomerNotFoundError
from services.customers import Customers
from storage import customers as table
from storage.database import Database
from storage.imports import OrderWriter, finish_run, start_run
from tests.services.shop import ANNE, NOW, open_shop, order


@pytest.fixture
async def customers(database: Database) -> Customers:
    return await open_shop(database)


async def named(customers: Customers, text: str) -> str:
    return (await customers.profile(await customers.find(text))).name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna@example.com", "Anna Smith"),
        ("ANNA@Example.com", "Anna Smith"),
        ("+44 20 7946 0000", "Anna Smith"),
        ("020 7946 0000", "Anna Smith"),
        ("#1042", "Anne Smith"),
        ("eu-77", "Zoë Smith-Müller"),
        ("501", "Anna Smith"),
        ("anna smith", "Anna Smith"),
        ("ANNA  SMITH", "Anna Smith"),
        ("zoe smith-muller", "Zoë Smith-Müller"),
        ("muller", "Zoë Smith-Müller"),
        ("o'brien", "Bob O'Brien"),
        ("obr bob", "Bob O'Brien"),
        ("smithers", "Anna Smithers"),
        ("order 1042", "Anne Smith"),
        ("customer 503", "Zoë Smith-Müller"),
    ],
)
async def test_customer_is_found_by_whatever_is_known(
    customers: Customers, text: str, name: str
) -> None:
    assert await named(customers, text) == name


async def test_own_id_finds_whom_no_other_number_means(customers: Customers) -> None:
    own = await customers.find("zoe@example.org")
    assert await customers.find(str(own)) == own


async def test_whole_name_beats_longer_names(customers: Customers) -> None:
    assert await named(customers, "anna smith") == "Anna Smith"
    with pytest.raises(AmbiguousCustomerError) as several:
        await customers.find("anna smi")
    assert [choice.who for choice in several.value.choices] == [
        "Anna S. · a•••@example.com",
        "Anna S. · a•••@elsewhere.example",
    ]


async def test_several_are_told_apart_without_revealing_them(customers: Customers) -> None:
    with pytest.raises(AmbiguousCustomerError) as several:
        await customers.find("Smith")
    assert several.value.count == 4
    assert several.value.choices[0].label == (
        "Anna S. · a•••@example.com · 5 orders, last 22 Nov 2025"
    )
    assert "anna@example.com" not in several.value.sentence


async def test_number_of_an_order_and_of_another_customer_is_ambiguous(
    customers: Customers,
) -> None:
    with pytest.raises(AmbiguousCustomerError) as several:
        await customers.find("1042")
    assert several.value.count == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ana@example.com", r"No customer with that e-mail. Closest: Anna S. \(a•••@example.com"),
        ("#1043", r"No customer with that number. Closest: #1042"),
        ("Smit", "customers match"),
        ("Zoy", r"No customer with that name. Closest: Zoë S. \(z•••@example.org\)"),
        ("qqqqq", "No customer with that name. Try an e-mail address or an order number."),
        ("#3000", "placed by a guest"),
        ("nobody@nowhere.example", "Try an order number"),
        ("%", "No customer with that name"),
        ("_", "No customer with that name"),
        ("9" * 400, "No customer with that number"),
        ("@", "No customer with that e-mail"),
    ],
)
async def test_unknown_customer_gets_the_closest_and_a_hint(
    customers: Customers, text: str, sentence: str
) -> None:
    with pytest.raises((CustomerNotFoundError, AmbiguousCustomerError), match=sentence):
        await customers.find(text)


async def test_profile_shows_the_figures_and_their_age(customers: Customers) -> None:
    profile = await customers.profile(await customers.find("anna@example.com"))
    assert (profile.orders, str(profile.spend)) == (5, "£50.60")
    assert [order.number for order in profile.last_orders] == ["2014", "2013", "2012"]
    assert profile.first_order_at
    assert profile.last_order_at
    assert (profile.last_order_at - profile.first_order_at).days == 4
    assert (profile.open_tickets, profile.data_as_of) == (2, NOW)


async def test_customer_without_orders_has_zeros(customers: Customers) -> None:
    profile = await customers.profile(await customers.find("+442079460001"))
    assert (profile.orders, profile.spend.minor, profile.last_orders) == (0, 0, ())
    assert profile.first_order_at is None


async def test_helpdesk_that_does_not_answer_is_shown_as_such(database: Database) -> None:
    customers = await open_shop(database, tickets=None)
    profile = await customers.profile(await customers.find("501"))
    assert profile.open_tickets is None


async def test_profile_of_nobody_is_not_found(customers: Customers) -> None:
    with pytest.raises(CustomerNotFoundError):
        await customers.profile(987_654)


async def identified(customers: Customers, text: str) -> list[tuple[str, str]]:
    found = await customers.identify(text)
    return [((await customers.profile(m.customer_id)).name, m.evidence) for m in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order 1042 arrived broken, she is furious", [("Anne Smith", "order")]),
        ("anna@example.com asks about #2010", [("Anna Smith", "email")]),
        ("anna@example.com asks about #1042", [("Anna Smith", "email"), ("Anne Smith", "order")]),
        ("anna@example.com, and 3000 and 1042", [("Anna Smith", "email")]),
        ("where is 2012?", []),
        ("where is EU-77, order EU-77", [("Zoë Smith-Müller", "order")]),
        ("customer 503 called", [("Zoë Smith-Müller", "customer")]),
        ("1042 is late", [("Anne Smith", "number")]),
        ("paid £1042.00 on 2026-10-42", []),
        ("call 020 7946 0001", [("Bob O'Brien", "phone")]),
        ("nothing here", []),
        ("", []),
    ],
)
async def test_text_names_its_customers_by_the_strongest_evidence(
    customers: Customers, text: str, expected: list[tuple[str, str]]
) -> None:
    assert await identified(customers, text) == expected


async def test_bare_customer_id_counts_when_no_order_has_the_number(database: Database) -> None:
    customers = await open_shop(database)
    async with database.transaction() as connection:
        await table.set_gorgias_id(connection, 1, 77)
        assert (await table.get(connection, 1)).gorgias_id == 77
        with pytest.raises(LookupError):
            await table.get(connection, 99_999)
    assert await identified(customers, "3000 again") == []


async def test_channel_sees_a_masked_customer(customers: Customers) -> None:
    line = await customers.card_line(await customers.find("anna@example.com"))
    assert (line.who, line.last_order) == (
        "Anna S. · a•••@example.com",
        "#2014 · £10.14 · 22 Nov 2025",
    )
    assert (await customers.card_line(98_765)).last_order is None


async def test_choices_keep_the_order_they_are_asked_in(customers: Customers) -> None:
    ids = [await customers.find("501"), await customers.find("zoe@example.org")]
    assert [c.customer_id for c in await customers.choices(ids[::-1])] == ids[::-1]
    assert await customers.choices([]) == []


async def test_import_shows_in_a_profile_that_was_just_looked_at(
    customers: Customers, database: Database
) -> None:
    anne = await customers.find("#1042")
    before = await customers.profile(anne)
    async with database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="g", file_hash="g", now=NOW)
        await connection.run_sync(OrderWriter(run).write, [order("1043", ANNE, 9, 2_500)])
        await finish_run(connection, run, state="done", report={}, now=NOW)
    after = await customers.profile(anne)
    assert (after.orders, after.spend.minor) == (before.orders + 1, before.spend.minor + 2_500)
    assert [line.number for line in after.last_orders] == ["1043", "1042"]


async def test_profile_from_the_cache_equals_the_one_from_the_database(
    customers: Customers,
) -> None:
    anna = await customers.find("anna@example.com")
    assert await customers.profile(anna) == await customers.profile(anna)
