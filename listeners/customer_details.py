"""Buttons that open what stands behind a customer's card: Why? and Orders."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from commands.customer import require_agent
from listeners.middleware import Asker
from listeners.views import customer_details as view
from listeners.views.parts import Block
from services.container import Services
from services.customers import PAGE_ORDERS
from services.errors import ExpectedError

Json = Mapping[str, Any]

OUT_OF_DATE = "This button is out of date. Type /customer again."


async def explain(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Open the inputs and the formula of a customer's figures."""
    await ack()
    # Slack forgets the click after three seconds.
    opened = await client.views_open(
        trigger_id=str(body["trigger_id"]), view=view.waiting_modal("Why?")
    )
    try:
        require_agent(await asker.caller())
        modal = view.why_modal(await services.customers.explain(int(action["value"])))
    except ExpectedError as error:
        modal = view.problem_modal("Why?", error.sentence)
    await client.views_update(view_id=str(opened["view"]["id"]), view=modal)


async def open_orders(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Open the newest orders."""
    await ack()
    opened = await client.views_open(
        trigger_id=str(body["trigger_id"]), view=view.waiting_modal("Orders")
    )
    modal = await _page(action, services, asker)
    await client.views_update(view_id=str(opened["view"]["id"]), view=modal)


async def turn_orders(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Turn to another page of the same modal."""
    await ack()
    modal = await _page(action, services, asker)
    await client.views_update(view_id=str(body["view"]["id"]), view=modal)


async def _page(action: Json, services: Services, asker: Asker) -> Block:
    asked = view.read_page(str(action.get("value") or ""))
    if asked is None:
        return view.problem_modal("Orders", OUT_OF_DATE)
    try:
        require_agent(await asker.caller())
        return view.orders_modal(await services.customers.order_page(*asked), PAGE_ORDERS)
    except ExpectedError as error:
        return view.problem_modal("Orders", error.sentence)
