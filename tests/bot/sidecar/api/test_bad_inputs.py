"""Bad inputs 27, 28, 29, 32 and 33: refused with the range, or answered by a documented rule."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bot.sidecar.api.answers import Api
from tests.bot.sidecar.api.conftest import shop_of_four

ORDERS = "customers/501/orders"


@pytest.fixture
async def filled(api: Api) -> Api:
    await shop_of_four(api)
    return api


async def test_27_limits_out_of_range_are_refused_with_the_range(filled: Api) -> None:
    for path, most in ((ORDERS, "100"), ("insights/products", "1,000"), ("campaigns", "100")):
        for limit in (
            "0",
            "-1",
            "1e9",
            "1000000000",
            "abc",
            "1_0",
            " 5",
            "5.0",
            "\u0665",
            "",
            "+5",
        ):
            sentence = await filled.refusal(path, limit=limit)
            assert sentence == f"The parameter limit must be a whole number from 1 to {most}."


async def test_27_parameter_given_twice_is_refused(filled: Api) -> None:
    status, body = await filled.send("GET", f"{ORDERS}", params=[("limit", "1"), ("limit", "2")])
    assert (status, body["error"]["message"]) == (
        400,
        "The parameter limit is given more than once.",
    )


async def test_27_offset_is_unknown_and_says_what_there_is(filled: Api) -> None:
    sentence = await filled.refusal("campaigns", offset=10**12)
    assert sentence == "There is no parameter offset. Known: limit, cursor."


async def test_27_cursor_that_was_tampered_with_is_refused(filled: Api) -> None:
    cursor = (await filled.get(ORDERS, limit=2))["next_cursor"]
    assert cursor is not None
    changed = [cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :] for n in range(40)]
    for wrong in (
        *changed,
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        "",
        "x",
        "ü",
        "%00",
        "a" * 400,
    ):
        assert "cursor" in await filled.refusal(ORDERS, limit=2, cursor=wrong)
    assert "at most 400" in await filled.refusal(ORDERS, cursor="a" * 401)


async def test_27_cursor_of_another_list_is_refused(filled: Api) -> None:
    cursor = (await filled.get(ORDERS, limit=1))["next_cursor"]
    assert await filled.get(ORDERS, limit=3, cursor=cursor)  # another length, the same list
    for path, query in (
        ("customers/502/orders", {}),
        (ORDERS, {"from_": "2025-01-01"}),
        ("customers/search", {"q": "anna"}),
        ("tickets", {}),
    ):
        assert "not one that this list gave out" in await filled.refusal(
            path, cursor=cursor, **query
        )


async def test_28_characters_of_patterns_stand_for_themselves(filled: Api) -> None:
    for text in ("%%", "__", "%a", "a%", "\\\\", "an*", "a_na", "' OR 1=1 --", "[a-z]", "100%"):
        assert await filled.get("customers/search", q=text) == {
            "customers": [],
            "next_cursor": None,
        }


async def test_28_too_short_or_long_a_search_is_refused(filled: Api) -> None:
    for text in ("", "a", "%", "_", " ", "  ", " a "):
        assert "at least 2 characters" in await filled.refusal("customers/search", q=text)
    # Longer ones do not even pass the limit on an address.
    assert "at most 200 characters" in await filled.refusal("customers/search", q="%" * 2_000)
    status, _ = await filled.running.ask(
        "/api/v1/customers/search?q=" + "%25" * 50_000, key=filled.key
    )
    assert 400 <= status < 500
    assert await filled.refusal("customers/search") == "The parameter q is missing."


@pytest.mark.parametrize("sort", ["name;drop", "password", "", "REVENUE", "revenue,units"])
async def test_29_unknown_order_lists_the_known_ones(filled: Api, sort: str) -> None:
    sentence = await filled.refusal("insights/products", sort=sort)
    assert sentence == ("The parameter sort must be 'revenue', 'orders', 'units' or 'buyers'.")
    assert "'newest' or 'urgent'" in await filled.refusal("tickets", sort=sort)
    assert "There is no parameter sort" in await filled.refusal(ORDERS, sort=sort)


async def test_32_local_time_that_does_not_exist_or_comes_twice_is_refused(filled: Api) -> None:
    for zone, skipped, twice in (
        ("America/New_York", "2025-03-09T02:30:00", "2025-11-02T01:30:00"),
        ("Australia/Lord_Howe", "2025-10-05T02:15:00", "2025-04-06T01:45:00"),
    ):
        sentence = await filled.refusal(ORDERS, from_=skipped, zone=zone)
        assert f"does not exist in {zone}" in sentence
        assert "with its offset" in sentence
        assert f"comes twice in {zone}" in await filled.refusal(ORDERS, from_=twice, zone=zone)
        assert (await filled.get(ORDERS, from_=f"{twice}-04:00", zone=zone))["total"] == 5


async def test_32_odd_zones_mean_the_same_on_both_databases(filled: Api) -> None:
    newest = (await filled.get(ORDERS, limit=1))["orders"][0]["placed_at"]
    at = datetime.fromisoformat(newest)
    for zone, offset in {
        "Asia/Kathmandu": timedelta(hours=5, minutes=45),
        "Australia/Lord_Howe": timedelta(hours=11),
        "Pacific/Apia": timedelta(hours=13),
        "UTC": timedelta(0),
    }.items():
        local = (at + offset).strftime("%Y-%m-%dT%H:%M:%S")
        assert len((await filled.get(ORDERS, from_=local, zone=zone))["orders"]) == 1, zone
        later = (at + offset + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
        assert (await filled.get(ORDERS, from_=later, zone=zone))["orders"] == [], zone


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "europe", "UTC+1", "\u00fc"])
async def test_32_unknown_zone_is_refused(filled: Api, zone: str) -> None:
    assert "There is no time zone" in await filled.refusal(ORDERS, zone=zone)


async def test_33_periods_that_make_no_sense_are_refused(filled: Api) -> None:
    sentence = await filled.refusal(ORDERS, from_="2025-02-01", to="2025-01-01")
    assert sentence == "The parameter from must not come after to."
    future = (datetime.now(UTC) + timedelta(days=400)).date()
    for query in ({"from_": "1800-01-01"}, {"to": str(future)}, {"from_": "0001-01-01"}):
        assert "must be from 1970-01-01 to today" in await filled.refusal(ORDERS, **query)
    for wrong in ("yesterday", "2025-02-30", "01/02/2025", "20250101", "2025-W01-1", "9" * 30, ""):
        assert "is a day such as" in await filled.refusal(ORDERS, from_=wrong)


async def test_33_time_without_offset_is_that_of_the_zone_named(filled: Api) -> None:
    newest = (await filled.get(ORDERS, limit=1))["orders"][0]["placed_at"]
    naive = newest[:19]
    assert len((await filled.get(ORDERS, from_=naive))["orders"]) == 1
    assert (await filled.get(ORDERS, from_=naive, zone="America/New_York"))["orders"] == []
