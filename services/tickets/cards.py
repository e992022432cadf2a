"""The one card of a thread: posted once, then only changed."""

import hashlib
from typing import Any

import structlog

from services.cards import CustomerChoice, TicketCard, TicketState
from services.errors import ChannelClosedError
from services.tickets.creation import card_job
from services.tickets.desk import Desk, LaterError
from services.tickets.intake import is_shown_nowhere
from storage import links
from storage.database import now_ms
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

WAITING_MARK = "hourglass_flowing_sand"
LOOK_UP_AFTER_SECONDS = 2.0


async def show_card(desk: Desk, job: Job) -> None:
    """Post or change the card, then set the bot's own marks on the message."""
    async with desk.database.read() as connection:
        link = await links.get(connection, job.payload["link_id"])
    if link.state == TicketState.WITHDRAWN and link.card_ts is None and link.ticket_id is None:
        return
    if is_shown_nowhere(link):
        return
    card = await card_of(desk, link)
    digest = hashlib.sha256(repr(card).encode()).hexdigest()
    try:
        if link.card_ts is None:
            await _post(desk, job, link, card, digest)
        elif link.card_digest != digest:
            await _update(desk, job, link, card, digest)
    except ChannelClosedError:
        await leave_channel(desk, job, link)
        return
    await _set_marks(desk, job, link, card)


async def leave_channel(desk: Desk, job: Job, link: Link) -> None:
    """Move the card to who asked for the ticket: its channel is closed to us.

    An invitation brings it back into its thread. Raises ChannelClosedError when nobody can be
    reached, so that an admin finds it in the queue.
    """
    for person in link.reported_by if link.card_channel is None else ():
        direct = await desk.workspace.direct_channel(person)
        if direct is None:
            continue
        async with desk.ledger.fenced(job) as connection:
            await links.save(
                connection,
                link.id,
                card_channel=direct,
                card_ts=None,
                card_intent_at=None,
                card_digest=None,
                marks=[],
            )
            await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
        log.info("card.left_channel", link_id=link.id)
        return
    raise ChannelClosedError(
        "The card cannot be shown: I am no longer in its channel, and nobody who reported it can "
        "be reached. The ticket itself is in Gorgias."
    )


async def _post(desk: Desk, job: Job, link: Link, card: TicketCard, digest: str) -> None:
    """Post once: a post whose answer was lost is looked for before it is repeated."""
    ts = None
    if link.card_intent_at is not None:
        if job.memo.get("card") != "settled":
            async with desk.ledger.fenced(job) as connection:
                await desk.ledger.checkpoint(connection, job, card="settled")
            raise LaterError(LOOK_UP_AFTER_SECONDS, "An earlier card may still be arriving.")
        ts = await desk.workspace.find_posted(card.card_channel, card.card_thread_ts, card.key)
    if ts is None:
        async with desk.ledger.fenced(job) as connection:
            await links.save(connection, link.id, card_intent_at=now_ms())
            await desk.ledger.checkpoint(connection, job, card="intent")
        ts = await desk.workspace.post_card(card)
        found_digest: str | None = digest
    else:
        found_digest = None
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, card_ts=ts, card_digest=found_digest)
    if found_digest is None:
        await _update(desk, job, link, card, digest, ts)


async def _update(
    desk: Desk,
    job: Job,
    link: Link,
    card: TicketCard,
    digest: str,
    ts: str | None = None,
) -> None:
    """Change the card in place; somebody deleted it: say what changed on a new one."""
    is_there = await desk.workspace.update_card(card, ts or link.card_ts or "")
    async with desk.ledger.fenced(job) as connection:
        if is_there:
            await links.save(connection, link.id, card_digest=digest)
            return
        await links.save(connection, link.id, card_ts=None, card_intent_at=None, card_digest=None)
        link = await links.get(connection, link.id)
    log.info("card.gone", link_id=link.id)
    await _post(desk, job, link, card, digest)


async def _set_marks(desk: Desk, job: Job, link: Link, card: TicketCard) -> None:
    if link.card_channel is not None:
        return  # the bot cannot react where it cannot read
    wanted: list[str] = []
    if card.deleted_at is None:
        if card.waiting:
            wanted.append(WAITING_MARK)
        if card.state in (TicketState.OPEN, TicketState.RESOLVED):
            wanted.append((await desk.channels.rules(link.channel)).emoji.mark)
    if wanted == link.marks:
        return
    for emoji in wanted:
        if emoji not in link.marks:
            await desk.workspace.add_mark(link.channel, link.root_ts, emoji)
    for emoji in link.marks:
        if emoji not in wanted:
            await desk.workspace.remove_mark(link.channel, link.root_ts, emoji)
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, marks=wanted)


async def card_of(desk: Desk, link: Link) -> TicketCard:
    """Gather everything the card shows."""
    customer: dict[str, Any] = {}
    if link.customer_id is not None:
        line = await desk.customers.card_line(link.customer_id)
        customer = {"customer": line.who, "last_order": line.last_order}
    choices = [
        CustomerChoice(choice.customer_id, choice.label)
        for choice in await desk.customers.choices(link.candidates)
    ]
    return TicketCard(
        key=link.external_id,
        link_id=link.id,
        card_channel=link.card_channel or link.channel,
        card_thread_ts=None if link.card_channel else link.root_ts,
        channel=link.channel,
        root_ts=link.root_ts,
        reference=f"Q-{link.id}",
        state=TicketState(link.state),
        waiting=link.waiting_since is not None,
        ticket_id=link.ticket_id,
        ticket_url=desk.gorgias.ticket_url(link.ticket_id) if link.ticket_id else None,
        subject=link.subject,
        priority=link.priority,
        assignee=link.assignee,
        reported_by=tuple(link.reported_by),
        customer=customer.get("customer"),
        last_order=customer.get("last_order"),
        choices=tuple(choices),
        changed_by=link.changed_by,
        changed_at=link.changed_at,
        deleted_at=link.deleted_at,
        problem=link.problem,
    )
