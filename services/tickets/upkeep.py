"""What else happens to a ticket: replies, deletions, second looks, outages."""

from datetime import UTC, datetime
from html import escape
from typing import Any

import structlog

from services.errors import MessageGoneError
from services.ports import Message
from services.tickets.content import message_html, message_text, note_body
from services.tickets.creation import card_job, sender
from services.tickets.desk import Desk, LaterError
from storage import links
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

DUPLICATE_TAG = "slack-duplicate"
OUTAGE_SECONDS = 15.0
"""How often to look whether an outage is over."""


async def note_reply(desk: Desk, job: Job) -> None:
    """Copy a reply into the ticket as an internal note, never as a message to the customer."""
    link = await _link(desk, job)
    ts = job.payload["ts"]
    if link.ticket_id is None or link.state == "withdrawn":
        return
    async with desk.database.read() as connection:
        known = await links.find_by_copy(connection, link.channel, ts)
    if known is not None:
        return  # it was in the thread when the ticket was made
    message = await _message(desk, link, ts)
    if message is None or message.is_card:
        return
    person = await desk.people.get(message.author_id) if message.author_id else None
    author = await sender(desk, person.email if person else None)
    external_id = f"{link.external_id}:{ts}"
    note = note_body(external_id, author, message_html(message), message_text(message))
    await _write_once(desk, job, link.ticket_id, note)
    async with desk.ledger.fenced(job) as connection:
        await links.copied(connection, link.id, link.channel, [ts])
        await desk.ledger.finish(connection, job)


async def note_edit(desk: Desk, job: Job) -> None:
    """Tell the ticket what a message said before and says now."""
    link = await _link(desk, job)
    ts, before = job.payload["ts"], job.payload["before"]
    if link.ticket_id is not None and before:
        told = (await desk.workspace.told_thread(before)).messages[0]
        now = await _message(desk, link, ts)
        if now is not None and now.text != told.text:
            external_id = f"{link.external_id}:{ts}:edited:{job.id}"
            html = (
                f"<p><b>{escape(now.author)}</b> edited this in Slack.</p>"
                f"<p>Before:<br>{told.html}</p><p>Now:<br>{now.html}</p>"
            )
            text = f"{now.author} edited this in Slack.\nBefore:\n{told.text}\nNow:\n{now.text}"
            note = note_body(external_id, await sender(desk, None), html, text)
            await _write_once(desk, job, link.ticket_id, note)
    async with desk.ledger.fenced(job) as connection:
        await desk.ledger.forget(connection, job, "before")
        await desk.ledger.finish(connection, job)


async def _message(desk: Desk, link: Link, ts: str) -> Message | None:
    """Read one message of a thread; None where it is gone."""
    try:
        thread = await desk.workspace.thread(link.channel, ts)
    except MessageGoneError:
        return None
    return next((message for message in thread.messages if message.ts == ts), None)


async def note_deletion(desk: Desk, job: Job) -> None:
    """Keep the memory of the fact, not of the text: a note in Gorgias, a line on the card."""
    link = await _link(desk, job)
    deleted_at = datetime.fromtimestamp(float(job.payload["event_ts"]), UTC)
    is_root = job.payload["ts"] == link.root_ts
    if is_root and link.deleted_at is None:
        async with desk.ledger.fenced(job) as connection:
            await links.save(
                connection,
                link.id,
                deleted_at=deleted_at,
                subject="Message deleted in Slack",
            )
            await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
    if link.ticket_id is None:
        return
    what = "The original message" if is_root else "A reply"
    text = f"{what} was deleted in Slack at {deleted_at:%Y-%m-%d %H:%M} UTC."
    external_id = f"{link.external_id}:{job.payload['ts']}:deleted"
    note = note_body(external_id, await sender(desk, None), f"<p>{text}</p>", text)
    await _write_once(desk, job, link.ticket_id, note)


async def _write_once(desk: Desk, job: Job, ticket_id: int, note: dict[str, Any]) -> None:
    """Write a note whose earlier attempt may have arrived: wait, look, and only then repeat."""
    written = job.memo.get("note")
    if written == "intent":
        async with desk.ledger.fenced(job) as connection:
            await desk.ledger.checkpoint(connection, job, note="settled")
        raise LaterError(desk.gorgias.settle_short_seconds, "An earlier note may still arrive.")
    if written == "settled" and await desk.gorgias.has_message(ticket_id, note["external_id"]):
        return
    async with desk.ledger.fenced(job) as connection:
        await desk.ledger.checkpoint(connection, job, note="intent")
    await desk.gorgias.add_note(ticket_id, note)


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
