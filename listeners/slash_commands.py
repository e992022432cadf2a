"""Slash commands: acknowledge, ask, show the answer to who asked."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond

from listeners.answers import answer
from listeners.middleware import Asker
from services.container import Services


async def run_command(
    ack: AsyncAck,
    command: Mapping[str, Any],
    respond: AsyncRespond,
    services: Services,
    asker: Asker,
) -> None:
    """Answer any of our commands with a card, choices, a list, help or one sentence."""
    await ack()
    asked = f"{command['command']} {command.get('text') or ''}"
    text, blocks = await answer(asked, await asker.caller(), services)
    await respond(text=text, blocks=blocks, response_type="ephemeral")
