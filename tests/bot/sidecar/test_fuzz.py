"""The OpenAPI document fuzzed: no answer but the documented ones, and never a 5xx."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from services.campaigns.plan import Goal, Plan
from tests.bot.sidecar.api.conftest import LIMITS
from tests.bot.sidecar.running import ADMIN_KEY, Running, run_sidecar
from tests.services.campaigns.campaign_shop import ADMIN, open_shop

if TYPE_CHECKING:  # there is no such name at run time
    from schemathesis.specs.openapi.schemas import OpenApiCase, OpenApiOperation

SLOW = "/api/v1/forecasts/{metric}"
PATIENCE_SECONDS = 60  # the machine may be busy; what is asked is whether the answer is right
KNOWN = {"id": "1", "metric": "revenue"}


def operations(document: dict[str, Any]) -> Iterator["OpenApiOperation"]:
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), found.err()
        operation = found.ok()
        if operation.definition.raw.get("security"):
            yield operation


def cases(operation: "OpenApiOperation") -> st.SearchStrategy["OpenApiCase"]:
    """Right and wrong requests, half of them about things that exist."""
    known = {
        each.name: KNOWN[each.name] for each in operation.path_parameters if each.name in KNOWN
    }
    strategies = [operation.as_strategy(mode) for mode in GenerationMode]
    if known:
        positive = GenerationMode.POSITIVE
        strategies.append(operation.as_strategy(positive, path_parameters=known))
    return st.one_of(strategies)


def fuzz(operation: "OpenApiOperation", address: str, calls: int) -> Counter[int]:
    """Send so many requests; returns how often each status was answered."""
    seen: Counter[int] = Counter()
    documented = set(operation.definition.raw["responses"])

    @given(case=cases(operation))
    @settings(
        max_examples=calls,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: "OpenApiCase") -> None:
        key = {"Authorization": f"Bearer {ADMIN_KEY}"}
        response = case.call(base_url=address, headers=key, timeout=PATIENCE_SECONDS)
        seen[response.status_code] += 1
        assert response.status_code < 500, (case.as_curl_command()[:2_000], response.text)
        # What aiohttp cannot even parse, or finds at no path, is no operation of ours.
        if response.status_code not in {404, 405}:
            assert str(response.status_code) in documented, case.as_curl_command()[:2_000]
            operation.validate_response(response)

    send()
    return seen


async def fuzz_all(running: Running, calls: int) -> Counter[int]:
    running.health.migrated, running.health.sockets = True, 1
    database, pool = running.parts.database, running.parts.services.insights.pool
    campaigns, _ = await open_shop(database, pool, with_helpdesk=False)
    await campaigns.draft(Plan.usual(Goal.WINBACK, "Winback"), ADMIN)
    _, document = await running.ask("/openapi.json")
    found = list(operations(document))
    seen: Counter[int] = Counter()
    for operation in found:
        share = calls // len(found) + 1
        each = share // 3 + 1 if operation.path == SLOW else share
        seen += await asyncio.to_thread(fuzz, operation, running.address, each)
    return seen


@pytest.mark.parametrize(
    "calls", [500, pytest.param(20_000, marks=pytest.mark.soak)], ids="{} calls".format
)
async def test_fuzzed_requests_get_documented_answers_and_no_5xx(
    database_url: str, calls: int
) -> None:
    async with run_sidecar(database_url, shop_currency="USD", **LIMITS) as running:
        seen = await fuzz_all(running, calls)
    assert seen.total() >= calls * 0.9
    assert seen[200] > calls * 0.1
    assert seen[400] > calls * 0.1
