"""Buttons of the customer card and of the choice between customers."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from commands.customer import require_agent, show
from listeners.answers import customer_card
from listeners.forms import open_form
from listeners.middleware import Asker
from listeners.places import is_direct
from listeners.views import customers as view
from services.container import Services
from services.errors import ExpectedError, WrongInputError

Json = Mapping[str, Any]


async def choose_customer(
    ack: AsyncAck,
    action: Json,
    respond: AsyncRespond,
    services: Services,
    asker: Asker,
) -> None:
    """Replace the choices by the card of the one that was meant."""
    await ack()
    answer = await show(int(action["value"]), await asker.caller(), services)
    text, blocks = customer_card(answer, services)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def none_of_these(ack: AsyncAck, respond: AsyncRespond) -> None:
    """Put the choices away."""
    await ack()
    text, blocks = view.sentence(view.NOBODY_CHOSEN)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def acknowledge(ack: AsyncAck) -> None:
    """Answer a click that only opens a link."""
    await ack()


async def share_customer(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Show exactly what the channel would see, before anybody sees it."""
    await ack()
    # Slack forgets the click after three seconds, and the helpdesk may take two of them.
    view_id = await open_form(client, body, view.waiting_modal())
    if view_id is None:
        return
    try:
        caller = await asker.caller()
        require_agent(caller)
        channel = str(body["channel"]["id"])
        if is_direct(channel):
            raise WrongInputError(view.NOBODY_ELSE)
        answer = await show(int(action["value"]), caller, services)
        shared = view.shared_customer(answer.profile, channel)
        modal = view.share_modal(shared, caller.name)
    except ExpectedError as error:
        modal = view.problem_modal(error.sentence)
    await client.views_update(view_id=view_id, view=modal)
