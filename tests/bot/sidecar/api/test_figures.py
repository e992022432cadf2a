"""Figures of the shop by API are those of `regulars ask … --json`, which Slack shows too."""

from services.campaigns import Person
from services.campaigns.files import Layout
from tests.bot.sidecar.api.answers import Api

INSIGHTS: list[tuple[str, dict[str, object], str]] = [
    ("segments", {}, "/insights segments"),
    ("segments", {"by": "country"}, "/insights segments by country"),
    ("insights/cohorts", {}, "/insights cohorts"),
    ("insights/cohorts", {"by": "country", "months": 6}, "/insights cohorts by country 6m"),
    ("insights/affinity", {"min_count": 1}, "/insights affinity min_count=1"),
    (
        "insights/affinity",
        {"product": "SOAP", "min_support": 0.001, "limit": 3},
        "/insights affinity SOAP min_support=0.001 top=3",
    ),
    (
        "insights/affinity",
        {"rules": "true", "min_count": 5, "min_confidence": "0.1"},
        "/insights affinity rules min_count=5 min_confidence=0.1",
    ),
    ("insights/products", {}, "/insights products"),
    (
        "insights/products",
        {"sort": "units", "months": 3, "limit": 1},
        "/insights products by units 3m top=1",
    ),
    ("insights/seasonal", {"event": "christmas"}, "/insights seasonal christmas"),
]


async def test_insights_are_what_slack_shows(shop: Api) -> None:
    for path, query, typed in INSIGHTS:
        assert await shop.get(path, **query) == await shop.told(typed), path
    same = await shop.running.ask("/api/v1/customers/segments", key=shop.key)
    assert same == (200, await shop.told("/insights segments"))


async def test_churn_tells_what_slack_shows_and_names_nobody(shop: Api) -> None:
    told = await shop.told("/insights churn")
    named = told.pop("top")
    found = await shop.get("insights/churn")
    assert found == told
    assert named[0]["name"] not in str(found)
    assert "@" not in str(found)
    part = await shop.get("insights/churn", segment=named[0]["segment"])
    assert 0 < part["expected_loss"] <= found["expected_loss"]


async def test_forecasts_are_what_slack_shows(shop: Api) -> None:
    for path, query, typed in [
        ("forecasts/revenue", {}, "/forecast revenue"),
        (
            "forecasts/orders",
            {"horizon": "28d", "by": "country"},
            "/forecast orders 28d by country",
        ),
        (
            "forecasts/revenue",
            {"horizon": "8w", "promo": "2026-11-27..2026-11-30,2027-01-02"},
            "/forecast revenue 8w promo 2026-11-27..2026-11-30 2027-01-02",
        ),
    ]:
        assert await shop.get(path, **query) == await shop.told(typed), path
    assert await shop.get("forecasts/accuracy") == await shop.told("/forecast accuracy")


async def test_dry_run_is_what_slack_shows(shop: Api) -> None:
    told = await shop.told("/campaign winback segment=hibernating,loyal holdout=20% min_value=5")
    query = {"segment": "hibernating,loyal", "holdout": "20%", "min_value": "5"}
    assert await shop.get("campaigns/recommend", goal="winback", **query) == told
    plan = {"goal": "winback", "segment": ["hibernating", "loyal"], "holdout": 0.2, "min_value": 5}
    assert await shop.send("POST", "campaigns/recommend", json=plan) == (200, told)


async def test_campaigns_turn_pages_newest_first_and_are_what_slack_shows(shop: Api) -> None:
    for goal in ("winback", "retention", "custom"):
        await shop.told(f"/campaign draft {goal}")
    told = await shop.told("/campaign list")
    first = await shop.get("campaigns", limit=2)
    rest = await shop.get("campaigns", limit=2, cursor=first["next_cursor"])
    assert [*first["campaigns"], *rest["campaigns"]] == told["campaigns"]
    assert rest["next_cursor"] is None
    assert await shop.get("campaigns/2") == await shop.told("/campaign 2")
    status, body = await shop.ask("campaigns/2/results")
    assert status == 400
    assert "has no results, for its list never left" in body["error"]["message"]


async def test_results_are_what_slack_shows_and_a_look_is_a_peek(shop: Api) -> None:
    await shop.told("/campaign draft winback")
    await shop.told("/campaign approve 1")
    await _export(shop)
    told = await shop.told("/campaign results 1")
    found = await shop.get("campaigns/1/results")
    changing = {"peeks", "until"}
    assert {n: v for n, v in found.items() if n not in changing} == {
        n: v for n, v in told.items() if n not in changing
    }
    assert found["peeks"] == told["peeks"] + 1


async def test_empty_shop_says_what_is_missing(api: Api) -> None:
    for path, query in [
        ("segments", {}),
        ("insights/cohorts", {}),
        ("insights/churn", {}),
        ("insights/products", {}),
        ("forecasts/revenue", {}),
        ("campaigns/recommend", {"goal": "winback"}),
    ]:
        status, body = await api.ask(path, **query)
        assert (status, body["error"]["code"]) == (422, "not_enough_history"), path


async def _export(shop: Api) -> None:
    asker = Person("terminal", is_admin=True)
    exported = shop.parts.services.campaigns.export(1, Layout.KLAVIYO, asker)
    assert [part async for part in exported]
