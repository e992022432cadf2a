"""The emulated Klaviyo and Shopify refuse what the real ones refuse."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from bot.playground.marketing import MarketingEmulator

KLAVIYO = {"Authorization": "Klaviyo-API-Key pk_playground", "revision": "2026-04-15"}
SHOPIFY = {"X-Shopify-Access-Token": "shpat_playground"}
JOBS = "/api/profile-bulk-import-jobs"
GRAPHQL = "/admin/api/2026-10/graphql.json"
TAGS_ADD = (
    "mutation ($id: ID!, $tags: [String!]!) "
    "{ tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } } }"
)
Client = TestClient[Request, Application]


@pytest.fixture
def emulator() -> MarketingEmulator:
    return MarketingEmulator()


@pytest_asyncio.fixture
async def client(emulator: MarketingEmulator) -> AsyncIterator[Client]:
    async with TestClient(TestServer(emulator.make_app())) as client:
        yield client


def job(profiles: list[dict[str, Any]], *lists: str) -> dict[str, Any]:
    related = {"lists": {"data": [{"type": "list", "id": each} for each in lists]}}
    data = [{"type": "profile", "attributes": each} for each in profiles]
    return {
        "data": {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": data}},
            "relationships": related,
        }
    }


async def made_list(client: Client, name: str = "Come back") -> str:
    body = {"data": {"type": "list", "attributes": {"name": name}}}
    answer = await client.post("/api/lists", json=body, headers=KLAVIYO)
    assert answer.status == 201
    return str((await answer.json())["data"]["id"])


async def finished(client: Client, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            answer = await client.get(f"{JOBS}/{job_id}", headers=KLAVIYO)
            said: dict[str, Any] = (await answer.json())["data"]["attributes"]
            if said["status"] == "complete":
                return said
            await asyncio.sleep(0.2)


async def test_klaviyo_wants_key_and_revision(client: Client) -> None:
    for headers, status in (
        ({}, 401),
        ({**KLAVIYO, "Authorization": "Klaviyo-API-Key pk_other"}, 401),
        ({"Authorization": KLAVIYO["Authorization"]}, 400),
        (KLAVIYO, 200),
    ):
        assert (await client.get("/api/lists", headers=headers)).status == status


async def test_import_takes_ten_thousand_profiles_and_no_unknown_attribute(
    client: Client, emulator: MarketingEmulator
) -> None:
    emulator.faults.merge({"limits_scale": 100})
    some = [{"email": f"p{n}@example.com"} for n in range(10_001)]
    for profiles, status in (
        (some, 400),
        (some[:1], 202),
        ([], 400),
        ([{"email": "a@example.com", "shoe_size": 44}], 400),
        ([{"first_name": "Ida"}], 400),
        ([{"email": f"p{n}@example.com", "title": "x" * 600} for n in range(9_000)], 413),
    ):
        answer = await client.post(JOBS, json=job(profiles), headers=KLAVIYO)
        assert answer.status == status
    answer = await client.post(JOBS, json=job(some[:1], "nowhere"), headers=KLAVIYO)
    assert answer.status == 404


async def test_rows_that_are_wrong_are_named_and_the_rest_is_on_the_list(
    client: Client, emulator: MarketingEmulator
) -> None:
    list_id = await made_list(client)
    people = [
        {"email": "anna@example.com"},
        {"email": "nonsense"},
        {"email": "ben@example.com", "phone_number": "020 7946"},
    ]
    answer = await client.post(JOBS, json=job(people, list_id), headers=KLAVIYO)
    job_id = (await answer.json())["data"]["id"]
    said = await finished(client, job_id)
    assert (said["total_count"], said["completed_count"], said["failed_count"]) == (3, 1, 2)
    found = await client.get(
        f"{JOBS}/{job_id}/import-errors", params={"page[size]": "1"}, headers=KLAVIYO
    )
    page = await found.json()
    assert page["data"][0]["attributes"]["source"]["pointer"].endswith("/data/1")
    path = "/api" + page["links"]["next"].partition("/api")[2]
    following = await client.get(path, headers=KLAVIYO)
    assert len((await following.json())["data"]) == 1
    assert emulator.accounts.lists[list_id]["members"] == {"anna@example.com": 1}


async def test_klaviyo_limits_the_rate_and_says_for_how_long(client: Client) -> None:
    answers = [await client.get("/api/lists", headers=KLAVIYO) for _ in range(11)]
    assert [each.status for each in answers] == [200] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert answers[0].headers["RateLimit-Remaining"] == "9"


async def tag(client: Client, who: str, *tags: str) -> dict[str, Any]:
    body = {"query": TAGS_ADD, "variables": {"id": who, "tags": list(tags)}}
    answer = await client.post(GRAPHQL, json=body, headers=SHOPIFY)
    assert answer.status == 200
    return dict(await answer.json())


async def test_shopify_tags_once_and_names_what_it_does_not_take(
    client: Client, emulator: MarketingEmulator
) -> None:
    emulator.accounts.customers = {"5521"}
    for _ in range(2):
        done = await tag(client, "gid://shopify/Customer/5521", "Winback")
        assert done["data"]["tagsAdd"]["userErrors"] == []
    assert emulator.accounts.tags == {"5521": ["Winback"]}
    for who, given in (
        ("gid://shopify/Customer/7", "a"),
        ("gid://shopify/Customer/5521", "x" * 41),
    ):
        done = await tag(client, who, given)
        assert done["data"]["tagsAdd"]["userErrors"]


async def test_shopify_throttles_by_cost_and_tells_what_is_left(client: Client) -> None:
    who = "gid://shopify/Customer/5521"
    first = await tag(client, who, "Winback")
    status = first["extensions"]["cost"]["throttleStatus"]
    assert status == {"maximumAvailable": 2000, "currentlyAvailable": 1990, "restoreRate": 100}
    many = await asyncio.gather(*(tag(client, who, "Winback") for _ in range(400)))
    codes = [each["errors"][0]["extensions"]["code"] for each in many if "errors" in each]
    assert codes
    assert set(codes) == {"THROTTLED"}


async def test_shopify_wants_its_token(client: Client) -> None:
    async with aiohttp.ClientSession() as session:
        url = str(client.make_url(GRAPHQL))
        async with session.post(url, json={"query": TAGS_ADD}) as answer:
            assert answer.status == 401
