"""What is written, edited or deleted in a thread, as internal notes of its ticket."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from services.errors import MessageGoneError
from services.ports import Message, Thread
from services.tickets import requester
from services.tickets.content import message_html, message_text, note_body
from services.tickets.creation import card_job, sender
from services.tickets.desk import Desk, LaterError
from services.tickets.news import is_agents
from storage import links
from storage.jobs import Job
from storage.links import Link


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
    thread = await _thread(desk, link, ts)
    message = None if thread is None else _one(thread, ts)
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
    """Tell the ticket what a message said before and says now, and refresh the card.

    An agent who has answered already answered the old words: the thread hears of that.
    """
    link = await _link(desk, job)
    ts, before = job.payload["ts"], job.payload["before"]
    if link.ticket_id is not None and before:
        told = (await desk.workspace.told_thread(before)).messages[0]
        thread = await _thread(desk, link, ts)
        now = None if thread is None else _one(thread, ts)
        if thread is not None and now is not None and now.text != told.text:
            await _write_once(
                desk, job, link.ticket_id, await _edit_note(desk, job, link, told, now)
            )
            await _name_customer(desk, job, link, thread)
            await _say_answered_before(desk, job, link, now)
    async with desk.ledger.fenced(job) as connection:
        await desk.ledger.forget(connection, job, "before")
        await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
        await desk.ledger.finish(connection, job)


async def _edit_note(
    desk: Desk, job: Job, link: Link, told: Message, now: Message
) -> dict[str, Any]:
    external_id = f"{link.external_id}:{now.ts}:edited:{job.id}"
    html = (
        f"<p><b>{escape(now.author)}</b> edited this in Slack.</p>"
        f"<p>Before:<br>{told.html}</p><p>Now:<br>{now.html}</p>"
    )
    text = f"{now.author} edited this in Slack.\nBefore:\n{told.text}\nNow:\n{now.text}"
    return note_body(external_id, await sender(desk, None), html, text)


async def _name_customer(desk: Desk, job: Job, link: Link, thread: Thread) -> None:
    """Look again whom the ticket is about, now that the words are others."""
    if link.customer_id is not None or link.candidates:
        return
    about = await requester.identify(desk, link, thread)
    if about.customer_id is None:
        return
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, customer_id=about.customer_id)
        await desk.ledger.enqueue(connection, requester.customer_job(link, job))


async def _say_answered_before(desk: Desk, job: Job, link: Link, now: Message) -> None:
    ticket = await desk.gorgias.get_ticket(link.ticket_id or 0)
    answers = [each for each in ticket.messages if is_agents(each)] if ticket else []
    answered = next((each for each in reversed(answers) if each.is_public), None)
    if answered is None or link.card_channel is not None:
        return
    await desk.workspace.announce(
        link.channel,
        link.root_ts,
        f"edited:{link.id}:{job.id}",
        f"{now.author} edited this after {answered.author or 'an agent'} had answered the "
        "customer in Gorgias. The answer may need another look.",
    )


async def _thread(desk: Desk, link: Link, ts: str) -> Thread | None:
    """Read the thread of a message; None where it is gone."""
    try:
        return await desk.workspace.thread(link.channel, ts)
    except MessageGoneError:
        return None


def _one(thread: Thread, ts: str) -> Message | None:
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


async def _link(desk: Desk, job: Job) -> Link:
    async with desk.database.read() as connection:
        return await links.get(connection, job.payload["link_id"])
