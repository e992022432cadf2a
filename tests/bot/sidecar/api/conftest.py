from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.api_keys import Scope
from services.pool import ProcessPool
from tests.bot.sidecar.api.answers import Api
from tests.bot.sidecar.running import Running, run_sidecar
from tests.services.campaigns.campaign_shop import open_shop
from tests.services.shop import open_shop as open_small_shop

LIMITS: dict[str, Any] = {
    "api_calls_per_minute": 1_000_000,
    "api_address_calls_per_minute": 1_000_000,
    "api_failures_per_minute": 1_000_000,
}


@pytest.fixture
async def sidecar(database_url: str) -> AsyncIterator[Running]:
    """A sidecar without data, on both databases."""
    async with run_sidecar(database_url, shop_currency="USD", **LIMITS) as running:
        yield running


@pytest.fixture
async def api(sidecar: Running) -> Api:
    """The same, asked with a key for everything but administration."""
    scopes = [scope for scope in Scope if scope is not Scope.ADMIN]
    return Api(sidecar, (await sidecar.key(*scopes)).secret)


@pytest.fixture
async def shop(api: Api, pool: ProcessPool) -> Api:
    """A scored shop of 900 customers."""
    await open_shop(api.parts.database, pool, with_helpdesk=False)
    return api


async def shop_of_four(api: Api) -> None:
    """Anna, Anne, Zoe, Bob and their orders."""
    await open_small_shop(api.parts.database)
