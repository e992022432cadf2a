"""Customers by API. Numbered inputs are those that a careful API refuses precisely."""

import pytest

from services.api_keys import Scope
from storage.customer_writes import Person
from storage.imports import write_customers
from tests.bot.sidecar.api.answers import Api
from tests.bot.sidecar.api.conftest import shop_of_four
from tests.wired import Json


async def pages(api: Api, path: str, name: str, limit: int, **query: object) -> list[Json]:
    """All rows of a list, read to its end."""
    rows: list[Json] = []
    cursor: dict[str, object] = {}
    while True:
        page = await api.get(path, limit=limit, **query, **cursor)
        assert len(page[name]) <= limit
        rows += page[name]
        if page["next_cursor"] is None:
            return rows
        assert page[name], "a page that is not the last holds something"
        cursor = {"cursor": page["next_cursor"]}


async def test_customer_is_what_slack_shows(shop: Api) -> None:
    for number in (1, 2, 77):
        told = await shop.told(f"/customer p{number}@example.com")
        assert told["scores"] is not None
        assert await shop.get(f"customers/{told['customer_id']}") == told
        assert await shop.get(f"customers/{number}") == told


async def test_scores_are_those_of_the_card_with_their_reasons(shop: Api) -> None:
    scores = (await shop.told("/customer p1@example.com"))["scores"]
    churn = await shop.get("customers/1/churn-risk")
    value = await shop.get("customers/1/ltv-forecast")
    following = await shop.get("customers/1/next-purchase")
    found = {**churn, **value, **following}
    assert {name: found[name] for name in scores if name in found} == scores
    assert set(scores) <= set(found)
    card = await shop.told("/customer p1@example.com")
    assert following["likely_next"] == card["likely_next"]
    assert churn["expected_loss"] == pytest.approx(
        scores["expected_value_365"] * scores["p_no_order"]
    )
    assert churn["why"]["customers"] > churn["why"]["repeat_customers"] > 0


async def test_unscored_customer_says_what_is_missing(api: Api) -> None:
    await shop_of_four(api)
    status, body = await api.ask("customers/501/churn-risk")
    assert (status, body["error"]["code"]) == (422, "not_enough_history")
    assert "days of orders" in body["error"]["message"]


async def test_customer_is_found_by_the_id_of_the_shop_before_ours(api: Api) -> None:
    await shop_of_four(api)
    assert (await api.get("customers/501"))["email"] == "anna@example.com"
    assert (await api.get("customers/1"))["customer_id"] == "501"


@pytest.mark.parametrize(
    "wanted", ["9999", "nobody", "%00", "%ff", "9" * 19, "a" * 127, "%F0%9F%98%80", "-1", "1.0"]
)
async def test_nobody_is_404_in_a_sentence(api: Api, wanted: str) -> None:
    await shop_of_four(api)
    status, body = await api.ask(f"customers/{wanted}")
    assert status == 404
    assert body["error"]["message"].startswith("There is no customer")


async def test_search_finds_whom_slack_finds(api: Api) -> None:
    await shop_of_four(api)
    for text, ids in {
        "anna@example.com": ["501"],
        "ANNA@example.com": ["501"],
        "#1042": ["502"],
        "501": ["501"],
        "+44 20 7946 0000": ["501"],
        "anna smith": ["501"],
        "Anna Smi": ["501", "504"],
        "smith": ["502", "501", "503", "504"],
        "muller": ["503"],
        "nobody@example.com": [],
        "#3000": [],
        "Zacharias": [],
        "the order 1042 of last week": ["502"],
    }.items():
        found = await api.get("customers/search", q=text)
        assert sorted(each["customer_id"] for each in found["customers"]) == sorted(ids), text
        assert found["next_cursor"] is None


async def test_search_turns_pages_without_missing_or_repeating_anybody(api: Api) -> None:
    named = ["Person Person-Personne", *(f"Person {n % 40}" for n in range(200)), "Anna Person"]
    people = [Person(f"p{n}", None, None, name, None) for n, name in enumerate(named)]
    async with api.parts.database.transaction() as connection:
        await connection.run_sync(write_customers, people)
    counts = {"Person": 201, "person 1": 5, "1 person": 55, "pers anna": 1, "on an": 0}
    for text, count in counts.items():
        for limit in (100, 7, 1):
            found = await pages(api, "customers/search", "customers", limit, q=text)
            ids = [each["customer_id"] for each in found]
            assert len(set(ids)) == len(ids) == count


async def test_found_customer_has_the_figures_of_the_card(shop: Api) -> None:
    told = await shop.told("/customer p5@example.com")
    [found] = (await shop.get("customers/search", q="p5@example.com"))["customers"]
    same = ("customer_id", "name", "email", "orders", "spend", "currency", "last_order_at")
    assert {name: found[name] for name in same} == {name: told[name] for name in same}


async def test_orders_turn_pages_newest_first_and_are_those_of_the_card(api: Api) -> None:
    await shop_of_four(api)
    told = await api.told("/customer anna@example.com")
    for limit in (1, 2, 5, 100):
        orders = await pages(api, "customers/501/orders", "orders", limit)
        assert [each["number"] for each in orders] == ["2014", "2013", "2012", "2011", "2010"]
        assert orders[:3] == told["last_orders"]
    assert (await api.get("customers/501/orders"))["total"] == told["orders"]


async def test_orders_of_a_period_have_both_days_in_it(api: Api) -> None:
    await shop_of_four(api)
    days = {"from_": "2025-11-19", "to": "2025-11-20"}
    placed = [each["placed_at"][:10] for each in (await api.get("customers/501/orders"))["orders"]]
    assert placed[-3:] == ["2025-11-20", "2025-11-19", "2025-11-18"]
    found = await api.get("customers/501/orders", **days, zone="UTC")
    assert [each["placed_at"][:10] for each in found["orders"]] == ["2025-11-20", "2025-11-19"]
    found = await api.get("customers/501/orders", **days, zone="Asia/Kathmandu")
    assert [each["placed_at"][:10] for each in found["orders"]] == ["2025-11-20", "2025-11-19"]
    found = await api.get("customers/501/orders", **days, zone="America/New_York")
    assert [each["placed_at"][:10] for each in found["orders"]] == ["2025-11-21", "2025-11-20"]


async def test_customers_are_told_only_to_keys_that_may_see_them(api: Api) -> None:
    await shop_of_four(api)
    others = [scope for scope in Scope if scope not in {Scope.ADMIN, Scope.CUSTOMERS}]
    narrow = Api(api.running, (await api.running.key(*others)).secret)
    for path in ("customers/501", "customers/501/orders", "customers/search?q=anna"):
        status, body = await narrow.running.ask(f"/api/v1/{path}", key=narrow.key)
        assert (status, body["error"]["code"]) == (403, "scope_missing")
        assert "anna" not in str(body).lower()


async def test_alias_answers_the_same(api: Api) -> None:
    await shop_of_four(api)
    page = await api.get("customers/search", q="smith", limit=1)
    alias = await api.running.ask("/api/mcp/customers/search?q=smith&limit=1", key=api.key)
    assert alias == (200, page)
    following = f"/api/mcp/customers/search?q=smith&limit=2&cursor={page['next_cursor']}"
    status, rest = await api.running.ask(following, key=api.key)
    assert (status, len(rest["customers"])) == (200, 2)
