"""Buttons of lists and of the queue, which only their asker sees."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.customer import require_agent
from commands.people import Caller
from commands.tickets import QueueAnswer, TicketsRequest
from listeners.answers import draw
from listeners.home import publish
from listeners.middleware import Asker
from listeners.views import work_lists as view
from listeners.views.customers import sentence
from services.cards import REOPEN_TICKET, RESOLVE_TICKET
from services.container import Services
from services.errors import NotAllowedError
from services.tickets.intake import Press

Json = Mapping[str, Any]

OUT_OF_DATE = "This list is out of date. Type /tickets to get a new one."
ONLY_ADMINS = "Only admins may retry or discard. Nothing was changed; ask one of them."


async def show_more(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Turn to the next page of a list."""
    await ack()
    asked = view.read_more(str(action.get("value") or ""))
    if asked is None:
        await respond(text=OUT_OF_DATE, response_type="ephemeral", replace_original=True)
        return
    which, offset = asked
    request = TicketsRequest(which.value, offset=offset)
    text, blocks = draw(await commands.run(request, await asker.caller(), services), services)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def explain_urgency(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Tell why a ticket stands where it stands."""
    await ack()
    require_agent(await asker.caller())
    item = await services.work_lists.urgency(int(action["value"]))
    text, blocks = view.urgency(item)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def resolve(
    ack: AsyncAck,
    body: Json,
    action: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Resolve a ticket of a list, as its card would."""
    told = await _press_on_ticket(ack, body, action, services, asker, RESOLVE_TICKET)
    if (body.get("view") or {}).get("type") == "home":
        await publish(client, services, asker, notice=told)
    else:
        await respond(text=told, response_type="ephemeral", replace_original=False)


async def reopen(
    ack: AsyncAck, body: Json, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Re-open a ticket, as its card would."""
    told = await _press_on_ticket(ack, body, action, services, asker, REOPEN_TICKET)
    await respond(text=told, response_type="ephemeral", replace_original=False)


async def _press_on_ticket(
    ack: AsyncAck, body: Json, action: Json, services: Services, asker: Asker, name: str
) -> str:
    """Store a press as if it came from the ticket's own card, then acknowledge; says what to say.

    Raises NotAllowedError for who may not, and NotStoredError, which Slack must notice.
    """
    caller = await asker.caller()
    place = view.read_place(str(action.get("value") or ""))
    if not caller.is_agent or place is None:
        await ack()
        require_agent(caller)
        return OUT_OF_DATE
    channel, root_ts = place
    press = Press(
        team=str((body.get("team") or {}).get("id") or ""),
        channel=channel,
        ts=root_ts,
        action=name,
        actor=asker.user_id,
        act_ts=str(action.get("action_ts") or ""),
    )
    await services.intake.press(press, correlation_id=f"list:{press.act_ts}")
    await ack()
    return "Saved. The card of the ticket says when it is done."


async def retry(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Give a dead letter another life."""
    await ack()
    caller = await _admin(asker)
    what = await services.work_lists.replay(int(action["value"]), caller.user_id)
    await _show_queue(f"{what}: tried again now.", respond, services)


async def discard(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Give a dead letter up for good; the button has asked for confirmation."""
    await ack()
    caller = await _admin(asker)
    what = await services.work_lists.discard(int(action["value"]), caller.user_id)
    await _show_queue(f"{what}: discarded.", respond, services)


async def _admin(asker: Asker) -> Caller:
    caller = await asker.caller()
    if not caller.is_admin:
        raise NotAllowedError(ONLY_ADMINS)
    return caller


async def _show_queue(done: str, respond: AsyncRespond, services: Services) -> None:
    """Say what was done above the queue as it is now."""
    told, lines = sentence(done)
    text, blocks = view.queue(QueueAnswer(await services.work_lists.queue(), may_act=True))
    await respond(
        text=f"{told} {text}",
        blocks=[*lines, *blocks],
        response_type="ephemeral",
        replace_original=True,
    )
