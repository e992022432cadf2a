"""Second looks at uncertain creates, and word of outages."""

import structlog

from services.tickets.content import note_body
from services.tickets.creation import sender
from services.tickets.desk import Desk, LaterError
from storage import links
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

DUPLICATE_TAG = "slack-duplicate"
OUTAGE_SECONDS = 15.0
"""How often to look whether an outage is over."""


async def audit_creation(desk: Desk, job: Job) -> None:
    """Look again at a create whose outcome was once unknown, and close what is one too many."""
    gorgias = desk.gorgias.in_background()
    link = await _link(desk, job)
    if link.ticket_id is None:
        raise LaterError(desk.options.audit_after_seconds, "The ticket is being made again.")
    found = await gorgias.find_tickets(link.external_id)
    extra = [ticket for ticket in found if ticket.id != link.ticket_id and not ticket.trashed]
    for ticket in extra:
        external_id = f"{link.external_id}:duplicate"
        if not await gorgias.has_message(ticket.id, external_id):
            text = f"This is a duplicate of ticket {link.ticket_id}, which is kept."
            note = note_body(external_id, await sender(desk, None), f"<p>{text}</p>", text)
            await gorgias.add_note(ticket.id, note)
        await gorgias.add_tags(ticket.id, [DUPLICATE_TAG])
        await gorgias.update_ticket(ticket.id, {"status": "closed"})
        log.warning("ticket.duplicate_closed", ticket_id=ticket.id, kept=link.ticket_id)


async def tell_outage(desk: Desk, job: Job) -> None:
    """Tell every admin once of an outage that lasts.

    The job stays until the outage is over, so that tickets that start to wait meanwhile find it
    and do not bring another.
    """
    async with desk.database.read() as connection:
        waiting = await links.count_waiting(connection)
    if waiting == 0:
        return
    sentence = (
        f"Gorgias is not answering. {waiting} ticket(s) are saved and will be filed when it does; "
        "nobody needs to repeat anything."
    )
    told = list(job.memo.get("told") or [])
    for admin in sorted(await desk.workspace.admins() | desk.options.admins):
        if admin not in told:
            await desk.workspace.tell_directly(admin, sentence)
            told.append(admin)
            async with desk.ledger.fenced(job) as connection:
                await desk.ledger.checkpoint(connection, job, told=told)
    raise LaterError(OUTAGE_SECONDS, "The outage lasts.")


async def _link(desk: Desk, job: Job) -> Link:
    async with desk.database.read() as connection:
        return await links.get(connection, job.payload["link_id"])
