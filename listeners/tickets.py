"""The card's form: naming a ticket's customer in words."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from listeners.forms import LONGEST_PROBLEM, open_form, typed_words
from listeners.middleware import Asker
from listeners.views import tickets as view
from services.cards import NAME_CUSTOMER
from services.container import Services
from services.errors import ExpectedError, WrongInputError
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
    try:
        if card is None:
            raise WrongInputError(OUT_OF_DATE)
        customer_id = await services.customers.find(typed_words(str(values.get("value") or "")))
    except ExpectedError as error:
        problem = error.sentence[:LONGEST_PROBLEM]
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
        value=str(customer_id),
    )
    await services.intake.press(press, correlation_id=str(form["id"]))
    await ack()


async def acknowledge(ack: AsyncAck) -> None:
    """Answer a click that only opens a link."""
    await ack()
