"""Buttons of the card: each sets a wish and has the thread brought into step.

A double click is one press, and a press that comes too late is answered.
"""

from typing import Any

from services.cards import (
    ASSIGN_TO,
    ASSIGN_TO_ME,
    CHOOSE_CUSTOMER,
    CREATE_AND_RESOLVE,
    FILE_ANYWAY,
    NAME_CUSTOMER,
    REOPEN_TICKET,
    RESOLVE_TICKET,
    SET_PRIORITY,
    UNDO_TICKET,
)
from services.double_clicks import APART_SECONDS
from services.gorgias import NOT_FOUND, GorgiasRefusedError
from services.tickets import doors, requester
from services.tickets.creation import card_job, follow_job
from services.tickets.desk import Desk
from services.tickets.intake import Press
from services.tickets.reactions import sync_job
from services.tickets.telling import refuse, tell, tell_in_thread
from storage import audit, links
from storage.jobs import Job
from storage.links import Link

UNKNOWN = "I do not know that ticket any more, so nothing was changed."
ANSWERED = "Somebody has answered that already, so nothing was changed. See the card."
NO_CUSTOMER = "The ticket stays without a customer. Add customer names one later."


async def take_press(desk: Desk, job: Job) -> None:
    """Act on a button, if the person may."""
    press = Press(**job.payload)
    if await _is_repeated(desk, job, press):
        return
    if press.action == CREATE_AND_RESOLVE:
        await doors.create_and_resolve(desk, job, press)
        return
    async with desk.database.read() as connection:
        link = await links.find_by_message(connection, press.channel, press.ts)
    if link is None:
        await tell(
            desk, job, actor=press.actor, channel=press.channel, root_ts=None, sentence=UNKNOWN
        )
        return
    if not await desk.people.is_agent(await desk.people.get(press.actor)):
        await refuse(desk, job, actor=press.actor, channel=link.channel, root_ts=link.root_ts)
        return
    if press.action in (CHOOSE_CUSTOMER, NAME_CUSTOMER):
        await _set_customer(desk, job, link, press)
    else:
        await _wish(desk, job, link, press)


async def _is_repeated(desk: Desk, job: Job, press: Press) -> bool:
    """Whether it is the second half of a double click; Slack gives each half a time of its own."""
    try:
        at = float(press.act_ts)
    except ValueError:
        return False  # sent with a form, which counts once by its id
    button = job.key.removesuffix(press.act_ts)
    since, until = (f"{button}{at + apart:.6f}" for apart in (-APART_SECONDS, APART_SECONDS))
    async with desk.database.read() as connection:
        before = await desk.ledger.stored_before(connection, job, since, until)
    return bool(before) and before[-1]["value"] == press.value


async def _wish(desk: Desk, job: Job, link: Link, press: Press) -> None:
    if press.action == FILE_ANYWAY and link.state != "offered":
        return  # somebody has filed it, and the card says so
    async with desk.ledger.fenced(job) as connection:
        if press.action == FILE_ANYWAY:
            await links.save(connection, link.id, state="wanted")
        else:
            await links.merge_acts(connection, link.id, **_acts(press))
        await audit.append(
            connection,
            actor=press.actor,
            action=press.action,
            subject=link.external_id,
        )
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


def _acts(press: Press) -> dict[str, Any]:
    """Turn a press into the wish that the next sync follows once."""
    if press.action == UNDO_TICKET:
        return {"undone_ts": press.act_ts, "undone_by": press.actor}
    field, value = {
        RESOLVE_TICKET: ("status", "closed"),
        REOPEN_TICKET: ("status", "open"),
        ASSIGN_TO_ME: ("assignee", press.actor),
        ASSIGN_TO: ("assignee", press.value),
        SET_PRIORITY: ("priority", press.value),
    }[press.action]
    return {field: {"value": value, "by": press.actor, "ts": press.act_ts}}


async def _set_customer(desk: Desk, job: Job, link: Link, press: Press) -> None:
    customer_id = int(press.value) if press.value.isdigit() else None
    if press.action == CHOOSE_CUSTOMER and not link.candidates:
        await tell_in_thread(desk, job, link, press.actor, ANSWERED)
        return
    if customer_id is not None and customer_id == link.customer_id:
        return
    if customer_id is None:
        await tell_in_thread(desk, job, link, press.actor, NO_CUSTOMER)
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, customer_id=customer_id, candidates=[])
        if customer_id is not None:
            await desk.ledger.enqueue(connection, requester.customer_job(link, job))
        await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
        await desk.ledger.finish(connection, job)


async def set_customer(desk: Desk, job: Job) -> None:
    """Bring the chosen customer to the Gorgias ticket."""
    async with desk.database.read() as connection:
        link = await links.get(connection, job.payload["link_id"])
    if link.ticket_id is None or link.customer_id is None:
        return  # the ticket is still to be made, and will be made with this customer
    about = await requester.chosen(desk, link.customer_id)
    if about.gorgias is None:
        return
    try:
        await desk.gorgias.update_ticket(link.ticket_id, {"customer": about.gorgias})
    except GorgiasRefusedError as error:
        if error.http_status != NOT_FOUND:
            raise
        async with desk.ledger.fenced(job) as connection:
            await desk.ledger.enqueue_unless_waiting(connection, follow_job(link, job))
