"""Why? and Orders, with a real Web API client against a server that keeps count."""

import json
from collections.abc import Awaitable, Callable

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from listeners import customer_details
from listeners.middleware import Asker
from services.container import Services
from tests.listeners.slack_side import Slack
from tests.services.scoring.drawn_shop import add_orders
from tests.wired import BEN, GUS, Json, Wired

BODY = {"trigger_id": "T1", "view": {"id": "V9"}}
Listener = Callable[[AsyncAck, Json, Json, AsyncWebClient, Services, Asker], Awaitable[None]]


async def press(
    listener: Listener, value: str, slack: Slack, services: Services, user: str = BEN
) -> str:
    slack.calls.clear()
    asker = Asker(services, user)
    await listener(slack.ack, {"value": value}, BODY, slack.client, services, asker)
    assert slack.calls[0] == ("ack", {})
    return json.dumps(slack.calls[-1][1])


async def test_why_opens_at_once_and_then_says_what_is_missing(
    services: Services, slack: Slack
) -> None:
    anna = str(await services.customers.find("anna@example.com"))
    shown = await press(customer_details.explain, anna, slack, services)
    assert slack.methods == ["ack", "views.open", "views.update"]
    assert "at least 180 are needed" in shown


async def test_orders_open_and_turn(services: Services, slack: Slack, wired: Wired) -> None:
    await add_orders(
        wired.parts.database, [(9_000, day, 100, True) for day in range(20_000, 20_023)], 500
    )
    first = await press(customer_details.open_orders, "9000:0", slack, services)
    assert "1 to 10 of 23" in first
    assert "9000:10" in first
    turned = await press(customer_details.turn_orders, "9000:20", slack, services)
    assert "21 to 23 of 23" in turned
    assert "V9" in turned


async def test_guests_see_neither(services: Services, slack: Slack) -> None:
    shown = await press(customer_details.explain, "1", slack, services, GUS)
    assert "Only the support team" in shown
    shown = await press(customer_details.open_orders, "1:0", slack, services, GUS)
    assert "Only the support team" in shown


async def test_button_of_another_version_is_out_of_date(services: Services, slack: Slack) -> None:
    shown = await press(customer_details.open_orders, "x", slack, services)
    assert "out of date" in shown
