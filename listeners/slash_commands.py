"""Slash commands: acknowledge, ask, show the answer to who asked."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

import commands
from commands.customer import CustomerAnswer
from commands.people import Caller
from listeners.middleware import Asker
from listeners.views import customers as view
from services.container import Services
from services.customer_search import AmbiguousCustomerError
from services.errors import ExpectedError


async def customer(
    ack: AsyncAck,
    command: Mapping[str, Any],
    respond: AsyncRespond,
    services: Services,
    asker: Asker,
) -> None:
    """Answer /customer with the card, the choices, or one sentence."""
    await ack()
    asked = str(command.get("text") or "")
    text, blocks = await _answer(asked, await asker.caller(), services)
    await respond(text=text, blocks=blocks, response_type="ephemeral")


async def _answer(asked: str, caller: Caller, services: Services) -> view.View:
    try:
        result = await commands.answer(f"/customer {asked}", caller, services)
    except AmbiguousCustomerError as error:
        return view.choices(error.asked, error.choices, error.count, is_complete=error.is_complete)
    except ExpectedError as error:
        return view.sentence(error.sentence)
    if isinstance(result, CustomerAnswer):
        return card(result, services)
    return view.sentence(result.to_text())


def card(answer: CustomerAnswer, services: Services) -> view.View:
    """Draw the full card, with the way to Gorgias where the customer is known there."""
    gorgias_id = answer.profile.gorgias_id
    url = services.gorgias.customer_url(gorgias_id) if gorgias_id else None
    return view.customer_card(answer.profile, url)
