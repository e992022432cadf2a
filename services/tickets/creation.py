"""Exactly one ticket for a thread, although Gorgias has no idempotency key.

The intent is committed before the call. What certainly did not happen is tried again; what may
have happened is waited for, looked up by its external id, and adopted if it is there. A ticket is
never posted blind.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import structlog

from services.errors import FileUnreadableError
from services.gorgias import (
    BAD_REQUEST,
    CONFLICT,
    GorgiasNotDoneError,
    GorgiasRefusedError,
    GorgiasUncertainError,
)
from services.gorgias_tickets import Ticket
from services.ports import SLACK, File, Message, Thread
from services.tickets import requester
from services.tickets.content import Draft, LinkedFile, clean_subject, ticket_body
from services.tickets.desk import AUDIT, CARD, FOLLOW, Desk, LaterError
from services.tickets.requester import Requester
from services.tickets.subjects import subject_of
from storage import links
from storage.database import now_ms
from storage.jobs import Job, NewJob
from storage.links import Link

log = structlog.get_logger()

UNKNOWN_TAG = "requester-unknown"
API_TAG = "api"


def card_job(link: Link, job: Job) -> NewJob:
    """Build the job that makes the card say what is so."""
    return NewJob(
        kind=CARD,
        key=f"card:{link.id}:{uuid4().hex}",
        order_key=f"card:{link.channel}:{link.root_ts}",
        payload={"link_id": link.id},
        correlation_id=job.correlation_id,
    )


def follow_job(link: Link, job: Job) -> NewJob:
    """Build the job that takes over what became of the ticket in Gorgias."""
    return NewJob(
        kind=FOLLOW,
        key=f"{FOLLOW}:{link.ticket_id}:after:{job.id}",
        order_key=link.order_key,
        payload={"link_id": link.id},
        correlation_id=job.correlation_id,
    )


async def create(desk: Desk, job: Job, link: Link) -> None:
    """Make the ticket, or adopt the one that an earlier attempt made.

    Raises GorgiasUnavailableError to be tried again, LaterError while an ambiguous write settles.
    """
    if link.intent_at is not None and await adopt_earlier(desk, job, link):
        return
    thread = await _thread(desk, link)
    about = await requester.identify(desk, link, thread)
    draft = await _draft(desk, job, link, thread, about)
    ticket = await _post(desk, job, link, draft)
    stamps = [message.ts for message in thread.messages if not message.is_card]
    await _link(desk, job, link, ticket, draft=draft, about=about, stamps=stamps)


async def _thread(desk: Desk, link: Link) -> Thread:
    """Read the thread, or what we were told where there is none to read."""
    if link.source is None:
        return await desk.workspace.thread(link.channel, link.root_ts)
    return await desk.workspace.told_thread(link.source)


async def adopt_earlier(desk: Desk, job: Job, link: Link) -> bool:
    """Look up what an earlier attempt may have made; True when a ticket was found and linked."""
    if link.settle_wait_ms is None:
        # The process died in the call. For Gorgias that is a cut connection, not earlier than now.
        wait = desk.gorgias.settle_short_seconds
        async with desk.ledger.fenced(job) as connection:
            await links.settle_for(connection, link.id, int(wait * 1000))
        raise LaterError(wait, "An earlier attempt is being looked up.")
    if link.settle_wait_ms > 0:
        raise LaterError(link.settle_wait_ms / 1000, "An earlier attempt is being looked up.")
    found = await desk.gorgias.find_tickets(link.external_id)
    if not found:
        return False
    log.info("ticket.adopted", ticket_id=found[0].id, found=len(found))
    await _link(desk, job, link, found[0], draft=None, about=None, stamps=[link.root_ts])
    return True


async def _post(desk: Desk, job: Job, link: Link, draft: Draft) -> Ticket:
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, intent_at=now_ms(), settle_until=None)
    try:
        return await desk.gorgias.create_ticket(ticket_body(draft))
    except GorgiasUncertainError as error:
        async with desk.ledger.fenced(job) as connection:
            await links.settle_for(connection, link.id, int(error.settle_seconds * 1000))
        raise
    except GorgiasNotDoneError:
        await _drop_intent(desk, job, link)
        raise
    except GorgiasRefusedError as error:
        if error.http_status == CONFLICT:
            seconds = desk.gorgias.settle_short_seconds
            async with desk.ledger.fenced(job) as connection:
                await links.settle_for(connection, link.id, int(seconds * 1000))
            raise GorgiasUncertainError("Gorgias answered HTTP 409.", seconds) from error
        await _drop_intent(desk, job, link)
        if error.http_status == BAD_REQUEST and draft.customer is None:
            return await _post(desk, job, link, await _with_author(desk, draft))
        raise


async def _drop_intent(desk: Desk, job: Job, link: Link) -> None:
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, intent_at=None, settle_until=None)


async def _with_author(desk: Desk, draft: Draft) -> Draft:
    """Gorgias insists on a requester: the message's own author, and a tag that says so."""
    author = draft.thread.messages[0].author_id
    person = await desk.people.get(author) if author else None
    email = person.email if person and person.email else desk.options.api_user_email
    return replace(draft, customer={"email": email}, tags=(*draft.tags, UNKNOWN_TAG))


async def _link(
    desk: Desk,
    job: Job,
    link: Link,
    ticket: Ticket,
    *,
    draft: Draft | None,
    about: Requester | None,
    stamps: list[str],
) -> None:
    """Save link, checkpoint and follow-up work in one transaction."""
    changes: dict[str, Any] = {
        "state": "withdrawn" if ticket.trashed else ticket_state(ticket),
        "ticket_id": ticket.id,
        "ticket_created_at": datetime.now(UTC),
        "ours": {"status": ticket.status, "tags": list(ticket.tags)},
        "priority": ticket.priority or "normal",
        "assignee": ticket.assignee,
        "waiting_since": None,
        "problem": None,
    }
    if link.source is not None:
        changes["source"] = {"filed": True}  # the words are in Gorgias now
    if draft is not None:
        changes["subject"] = draft.subject
    if about is not None:
        changes["customer_id"] = about.customer_id
        changes["candidates"] = list(about.candidates)
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, **changes)
        await links.copied(connection, link.id, link.channel, stamps)
        await desk.ledger.checkpoint(connection, job, ticket_id=ticket.id)
        fresh = await links.get(connection, link.id)
        await desk.ledger.enqueue_unless_waiting(connection, card_job(fresh, job))
        if fresh.was_ambiguous:
            await desk.ledger.enqueue(connection, audit_job(desk, fresh, job))
    log.info("ticket.opened", ticket_id=ticket.id, source="reaction")


def audit_job(desk: Desk, link: Link, job: Job) -> NewJob:
    """Build the second look at a create whose outcome was once unknown.

    It has an order key of its own: the thread must not wait two minutes for it.
    """
    return NewJob(
        kind=AUDIT,
        key=f"audit:{link.external_id}",
        order_key=f"audit:{link.channel}:{link.root_ts}",
        payload={"link_id": link.id},
        lane=1,
        delay_ms=int(desk.options.audit_after_seconds * 1000),
        correlation_id=job.correlation_id,
    )


def ticket_state(ticket: Ticket) -> str:
    """Name the state of a ticket that is not in the trash."""
    return "open" if ticket.status == "open" else "resolved"


async def _draft(desk: Desk, job: Job, link: Link, thread: Thread, about: Requester) -> Draft:
    attachments, linked = await _copy_files(desk, job, thread)
    is_slacks = thread.origin == SLACK
    usual = (await desk.channels.rules(link.channel)).tags if is_slacks else (API_TAG,)
    reporter_id = link.reported_by[0] if link.reported_by else thread.messages[0].author_id
    reporter = await desk.people.get(reporter_id) if reporter_id else None
    return Draft(
        external_id=link.external_id,
        thread=thread,
        reporter=reporter.name if reporter else thread.messages[0].author,
        permalink=await _permalink(desk, link),
        attachments=attachments,
        linked_files=linked,
        tags=(*usual, *(link.ours.get("tags") or ())),
        sender=await sender(desk, reporter.email if reporter else None),
        customer=about.gorgias,
        subject=clean_subject(subject_of(thread) if link.source is None else link.subject),
        priority=link.priority,
    )


async def _permalink(desk: Desk, link: Link) -> str | None:
    if link.source is not None:
        return str(link.source.get("permalink") or "") or None
    return await desk.workspace.permalink(link.channel, link.root_ts)


async def sender(desk: Desk, email: str | None) -> dict[str, Any]:
    """Find the colleague's own Gorgias user, else the user whose key we use."""
    if email:
        try:
            user = await desk.gorgias.find_user(email)
        except GorgiasRefusedError:
            log.info("gorgias.users_unreadable")
        else:
            if user is not None:
                return {"id": user.id}
    return {"email": desk.options.api_user_email}


async def _copy_files(
    desk: Desk,
    job: Job,
    thread: Thread,
) -> tuple[list[dict[str, Any]], list[LinkedFile]]:
    """Upload what can be read; what cannot becomes an honest link with the reason."""
    attachments: list[dict[str, Any]] = []
    linked: list[LinkedFile] = []
    uploads: dict[str, Any] = dict(job.memo.get("uploads") or {})
    for file in _files(thread.messages):
        if file.id in uploads:
            attachments.append(uploads[file.id])
            continue
        try:
            content = await desk.workspace.fetch_file(file)
            uploaded = await desk.gorgias.upload(content.name, content.media_type, content.content)
        except (FileUnreadableError, GorgiasRefusedError) as error:
            linked.append(LinkedFile(file, error.sentence))
        else:
            attachments.append(uploaded)
            uploads[file.id] = uploaded
            async with desk.ledger.fenced(job) as connection:
                await desk.ledger.checkpoint(connection, job, uploads=uploads)
    return attachments, linked


def _files(messages: tuple[Message, ...]) -> list[File]:
    return [file for message in messages if not message.is_card for file in message.files]
