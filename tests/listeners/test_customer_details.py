"""Why? and Orders, with a real Web API client against a server that keeps count."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from commands.people import Caller
from listeners import customer_details
from services.customers import Customers
from storage.database import Database
from tests.services.scoring.drawn_shop import add_orders
from tests.services.shop import open_shop

BODY = {"trigger_id": "T1", "view": {"id": "V9"}}


@dataclass(frozen=True)
class Asker:
    is_agent: bool = True

    async def caller(self) -> Caller:
        return Caller(user_id="U1", name="Lee", is_admin=False, is_agent=self.is_agent)


@dataclass(frozen=True)
class Services:
    customers: Customers


@dataclass
class Slack:
    """A Web API that accepts everything."""

    client: AsyncWebClient = field(default_factory=AsyncWebClient)
    calls: list[tuple[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.calls.append((request.match_info["method"], json.dumps(await request.json())))
        return web.json_response({"ok": True, "view": {"id": "V1"}})

    async def ack(self) -> None:
        self.calls.append(("ack", ""))


@pytest.fixture
async def services(database: Database) -> Services:
    return Services(await open_shop(database))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    slack, app = Slack(), web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    async with TestServer(app) as server:
        slack.client = AsyncWebClient("xoxb-test", base_url=f"{server.make_url('/api/')}")
        yield slack


async def press(listener: Any, value: str, slack: Slack, services: Any, asker: Asker) -> str:  # noqa: ANN401 - Bolt's
    await listener(slack.ack, {"value": value}, BODY, slack.client, services, asker)
    assert slack.calls[0][0] == "ack"
    return slack.calls[-1][1]


async def test_why_opens_at_once_and_then_says_what_is_missing(
    services: Services, slack: Slack
) -> None:
    anna = str(await services.customers.find("anna@example.com"))
    shown = await press(customer_details.explain, anna, slack, services, Asker())
    assert [method for method, _ in slack.calls] == ["ack", "views.open", "views.update"]
    assert "at least 180 are needed" in shown


async def test_orders_open_and_turn(services: Services, slack: Slack, database: Database) -> None:
    await add_orders(database, [(9_000, day, 100, True) for day in range(20_000, 20_023)], 500)
    first = await press(customer_details.open_orders, "9000:0", slack, services, Asker())
    assert "1 to 10 of 23" in first
    assert "9000:10" in first
    turned = await press(customer_details.turn_orders, "9000:20", slack, services, Asker())
    assert "21 to 23 of 23" in turned
    assert "V9" in turned


async def test_guests_see_neither(services: Services, slack: Slack) -> None:
    guest = Asker(is_agent=False)
    shown = await press(customer_details.explain, "1", slack, services, guest)
    assert "Only the support team" in shown
    shown = await press(customer_details.open_orders, "1:0", slack, services, guest)
    assert "Only the support team" in shown


async def test_button_of_another_version_is_out_of_date(services: Services, slack: Slack) -> None:
    shown = await press(customer_details.open_orders, "x", slack, services, Asker())
    assert "out of date" in shown
