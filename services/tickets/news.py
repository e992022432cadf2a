"""What agents do in Gorgias, brought to the thread: replies, notes, closing, assigning.

The mirror tells which tickets changed; the ticket is then read again, so a late or repeated hint
does no harm. What came from Slack carries our external id and is never brought back.
"""

from datetime import UTC, datetime
from typing import Any

import structlog

from services.cards import IN_GORGIAS, AgentMessage
from services.errors import ChannelClosedError
from services.gorgias_tickets import Ticket, TicketMessage
from services.tickets import cards
from services.tickets.cards import LOOK_UP_AFTER_SECONDS
from services.tickets.creation import card_job, ticket_state
from services.tickets.desk import OURS, RELAY, Desk, LaterError
from services.tickets.intake import is_shown_nowhere
from services.tickets.wishes import wish_of
from storage import links, reactions, relayed_messages, tickets
from storage.database import Connection
from storage.jobs import Job, NewJob
from storage.links import Link

log = structlog.get_logger()


async def follow(desk: Desk, job: Job) -> None:
    """Take over how the ticket stands, and have new words of agents shown."""
    async with desk.database.read() as connection:
        link = await links.get(connection, job.payload["link_id"])
    if link.ticket_id is None:
        return
    ticket = await desk.gorgias.get_ticket(link.ticket_id)
    async with desk.ledger.fenced(job) as connection:
        changes = await _changes(connection, link, ticket)
        if changes:
            await links.save(connection, link.id, **changes)
            log.info("ticket.followed", ticket_id=link.ticket_id, changed=sorted(changes))
            await _outweigh(connection, link, changes)
        if changes:
            await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
        if ticket is not None and not ticket.trashed:
            await _relay_new(desk, connection, job, link, ticket)
        await desk.ledger.finish(connection, job)


async def _changes(connection: Connection, link: Link, ticket: Ticket | None) -> dict[str, Any]:
    """Compare the card with the ticket; our own changes are on the card already."""
    if ticket is None or ticket.trashed:
        return {} if link.state == "withdrawn" else _state_changed("withdrawn", ticket)
    found: dict[str, Any] = {}
    state = ticket_state(ticket)
    if state != link.state:
        found = _state_changed(state, ticket)
    if ticket.assignee != link.assignee:
        found["assignee"] = ticket.assignee
    # The full shape has no priority, so the mirror's is taken if it is of the same moment.
    priority = ticket.priority
    if priority is None and ticket.updated_at is not None:
        priority = await tickets.priority_at(connection, ticket.id, ticket.updated_at)
    if priority is not None and priority != link.priority:
        found["priority"] = priority
    return found


def _state_changed(state: str, ticket: Ticket | None) -> dict[str, Any]:
    closed_at = ticket.closed_at if ticket is not None and state == "resolved" else None
    return {
        "state": state,
        "changed_by": IN_GORGIAS,
        "changed_at": closed_at or datetime.now(UTC),
        "waiting_since": None,
        "problem": None,
    }


async def _outweigh(connection: Connection, link: Link, changes: dict[str, Any]) -> None:
    """Let what an agent did with the trash outweigh the emoji that stood before it."""
    if changes.get("state") == "withdrawn":
        now = f"{datetime.now(UTC).timestamp():.6f}"
        await links.merge_acts(connection, link.id, undone_ts=now, undone_by="")
    elif link.state == "withdrawn":
        standing = await reactions.of_thread(connection, link.channel, link.root_ts)
        withdrawn_ts = wish_of(standing, link.acts).withdrawn_ts
        await links.merge_acts(connection, link.id, kept_ts=withdrawn_ts)


async def _relay_new(
    desk: Desk, connection: Connection, job: Job, link: Link, ticket: Ticket
) -> None:
    """Store one job for each message of an agent that the thread does not show yet.

    They run beside the card's, which may have to move first.
    """
    said = [message.id for message in ticket.messages if is_agents(message)]
    for message_id in await relayed_messages.note_new(connection, link.id, said):
        relay = NewJob(
            kind=RELAY,
            key=f"relay:{ticket.id}:{message_id}",
            order_key=f"relay:{link.channel}:{link.root_ts}",
            payload={"link_id": link.id, "message_id": message_id},
            correlation_id=job.correlation_id,
        )
        await desk.ledger.enqueue(connection, relay)


def is_agents(message: TicketMessage) -> bool:
    """Whether an agent wrote it in Gorgias; what came from Slack is told by its external id."""
    return message.from_agent and not (message.external_id or "").startswith(OURS)


async def relay(desk: Desk, job: Job) -> None:
    """Show one message once: a post whose answer was lost is looked for before it is repeated."""
    async with desk.database.read() as connection:
        link = await links.get(connection, job.payload["link_id"])
    if link.ticket_id is None or link.state == "withdrawn" or is_shown_nowhere(link):
        return
    if link.card_channel is not None and link.card_ts is None:
        raise LaterError(LOOK_UP_AFTER_SECONDS, "The card it belongs under is still to be posted.")
    message = await desk.gorgias.get_message(link.ticket_id, job.payload["message_id"])
    if message is None:
        return
    shown = _agent_message(desk, link, link.ticket_id, message)
    posted = job.memo.get("post")
    if posted == "intent":
        async with desk.ledger.fenced(job) as connection:
            await desk.ledger.checkpoint(connection, job, post="settled")
        raise LaterError(LOOK_UP_AFTER_SECONDS, "An earlier post may still be arriving.")
    if posted == "settled" and await desk.workspace.find_posted(
        shown.channel, shown.thread_ts, shown.key
    ):
        return
    async with desk.ledger.fenced(job) as connection:
        await desk.ledger.checkpoint(connection, job, post="intent")
    try:
        await desk.workspace.post_agent_message(shown)
    except ChannelClosedError:
        await cards.leave_channel(desk, job, link)
        raise LaterError(LOOK_UP_AFTER_SECONDS, "The card moves to a direct message.") from None
    log.info("message.relayed", ticket_id=link.ticket_id)


def _agent_message(desk: Desk, link: Link, ticket_id: int, message: TicketMessage) -> AgentMessage:
    return AgentMessage(
        key=f"gorgias:{ticket_id}:{message.id}",
        channel=link.card_channel or link.channel,
        thread_ts=(link.card_ts or "") if link.card_channel else link.root_ts,
        author=message.author or "An agent",
        is_note=not message.is_public,
        text=message.text,
        files=message.files,
        ticket_id=ticket_id,
        ticket_url=desk.gorgias.ticket_url(ticket_id),
    )
