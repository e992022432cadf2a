"""The accounts to which campaigns deliver, if there are any: Klaviyo and Shopify."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bot.metrics import Metrics
from bot.settings import Settings
from bot.tls import trusted
from services.campaigns.channels import Channel
from services.campaigns.klaviyo_push import KlaviyoPush
from services.campaigns.pushes import System
from services.campaigns.shopify_push import ShopifyPush
from services.http_api import HttpApi
from services.klaviyo import CALL_BURST, CALLS_PER_SECOND, MEDIA_TYPE, REVISION, Klaviyo
from services.shopify import Shopify
from storage.budgets import Budget
from storage.database import Database

TIMEOUT = httpx.Timeout(30, connect=5)


@dataclass(frozen=True, slots=True)
class Marketing:
    """The accounts there are credentials for."""

    systems: dict[Channel, System]
    checks: dict[str, Callable[[], Awaitable[str]]]
    """Whether we are let in, by name of the account."""

    @property
    def channels(self) -> frozenset[Channel]:
        return frozenset(self.systems)


@asynccontextmanager
async def open_marketing(
    settings: Settings, metrics: Metrics, database: Database
) -> AsyncGenerator[Marketing]:
    """Open a client for each account; nothing is called yet."""
    async with _klaviyo_client(settings) as klaviyo, _shopify_client(settings) as shopify:
        systems: dict[Channel, System] = {}
        checks: dict[str, Callable[[], Awaitable[str]]] = {}
        if settings.klaviyo_api_key.get_secret_value():
            lists = _klaviyo(settings, klaviyo, metrics, database)
            systems[Channel.KLAVIYO] = KlaviyoPush(lists, settings.shop_currency)
            checks["Klaviyo login"] = lists.check
        if settings.shopify_shop and settings.shopify_access_token.get_secret_value():
            api = HttpApi("Shopify", shopify, metrics.call_observer("shopify"))
            path = f"/admin/api/{settings.shopify_api_version}/graphql.json"
            shop = Shopify(api, path)
            systems[Channel.SHOPIFY] = ShopifyPush(shop)
            checks["Shopify login"] = shop.check
        yield Marketing(systems, checks)


def _klaviyo(
    settings: Settings, client: httpx.AsyncClient, metrics: Metrics, database: Database
) -> Klaviyo:
    budget = Budget(database, f"klaviyo:{settings.klaviyo_api_url}", CALLS_PER_SECOND, CALL_BURST)
    api = HttpApi("Klaviyo", client, metrics.call_observer("klaviyo"), budget)
    return Klaviyo(api, settings.klaviyo_batch_profiles)


def _klaviyo_client(settings: Settings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=settings.klaviyo_api_url,
        headers={
            "Authorization": f"Klaviyo-API-Key {settings.klaviyo_api_key.get_secret_value()}",
            "revision": REVISION,
            "Accept": MEDIA_TYPE,
        },
        timeout=TIMEOUT,
        verify=trusted(),
    )


def _shopify_client(settings: Settings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=settings.shopify_shop,
        headers={"X-Shopify-Access-Token": settings.shopify_access_token.get_secret_value()},
        timeout=TIMEOUT,
        verify=trusted(),
    )
