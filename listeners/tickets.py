"""The card's form: naming a ticket's customer in words."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from listeners.forms import open_form
from listeners.middleware import Asker
from listeners.views import tickets as view
from services.cards import NAME_CUSTOMER
from services.container import Services
from services.tickets.intake import Press
from services.tickets.telling import MAY_NOT

Json = Mapping[str, Any]

OUT_OF_DATE = "This form is out of date. Close it and press Add customer again."


async def open_name_customer(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
    """Open the form that asks whom a ticket is about."""
    await ack()
    channel: Json = body.get("channel") or {}
    message: Json = body.get("message") or body.get("container") or {}
    ts = str(message.get("ts") or message.get("message_ts") or "")
    modal = view.name_customer_modal(str(channel.get("id") or ""), ts)
    await open_form(client, body, modal)


async def name_customer(ack: AsyncAck, body: Json, services: Services, asker: Asker) -> None:
    """Look the customer up while the form is open, so that a miss can be put right there."""
    form: Json = body["view"]
    if not (await asker.caller()).is_agent:
        await ack(response_action="errors", errors={view.NAME_CUSTOMER_BLOCK: MAY_NOT})
        return
    card = view.read_name_customer(str(form.get("private_metadata") or ""))
    values: Json = form["state"]["values"][view.NAME_CUSTOMER_BLOCK][view.NAME_CUSTOMER_INPUT]
    matches = await services.customers.identify(str(values.get("value") or ""))
    found = list(dict.fromkeys(match.customer_id for match in matches))
    if card is None or len(found) != 1:
        problem = OUT_OF_DATE if card is None else _problem(len(found))
        await ack(response_action="errors", errors={view.NAME_CUSTOMER_BLOCK: problem})
        return
    channel, ts = card
    press = Press(
        team=str((body.get("team") or {}).get("id") or ""),
        channel=channel,
        ts=ts,
        action=NAME_CUSTOMER,
        actor=asker.user_id,
        act_ts=str(form["id"]),
        value=str(found[0]),
    )
    await services.intake.press(press, correlation_id=str(form["id"]))
    await ack()


def _problem(found: int) -> str:
    if found == 0:
        return "No customer fits. Try an order number, an e-mail or a phone number."
    return f"{found} customers fit. Try the order number or the e-mail."


async def acknowledge(ack: AsyncAck) -> None:
    """Answer a click that only opens a link."""
    await ack()
