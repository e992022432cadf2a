"""What there is to do: my tickets, open ones, the urgent ones, and what waits for Gorgias.

All of it comes from our own links, jobs and mirror, so that it answers while Gorgias does not.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from services.cards import TicketCard
from services.errors import NotFoundError, UnavailableError
from services.scoring.storing import KIND
from services.tickets.cards import card_of
from services.tickets.desk import (
    CARD,
    FOLLOW,
    RELAY,
    SET_CUSTOMER,
    SYNC,
    TAKE_DELETION,
    TAKE_DEPARTURE,
    TAKE_EDIT,
    TAKE_FORM,
    TAKE_INVITATION,
    TAKE_PRESS,
    TAKE_REACTION,
    TAKE_REPLY,
    TAKE_SHORTCUT,
    Desk,
)
from services.tickets.intake import FORM_CHANNEL
from services.urgency import Urgency, Waiting, Worth, rank
from storage import audit, links, scores, tickets
from storage.database import Connection
from storage.jobs import JobSummary
from storage.links import Link
from storage.tickets import QueuedTicket

PAGE = 10
QUEUE_PAGE = 10
MOST_RANKED = 2_000
PERMALINK_SECONDS = 2
FOR_GORGIAS = (SYNC, SET_CUSTOMER, TAKE_REPLY, TAKE_DELETION)
"""The kinds of job that a person may be waiting for while Gorgias is away."""

_WORK = {
    SYNC: "Create or update the ticket",
    SET_CUSTOMER: "Set the customer",
    TAKE_REPLY: "Copy a reply",
    TAKE_DELETION: "Note a deletion",
    TAKE_EDIT: "Note an edit",
    CARD: "Show the ticket's card",
    FOLLOW: "Follow what changed in Gorgias",
    RELAY: "Show what an agent wrote",
    TAKE_SHORTCUT: "Create a ticket of a message",
    TAKE_FORM: "Create a ticket of a form",
    TAKE_PRESS: "Follow a button",
    TAKE_REACTION: "Follow an emoji",
    TAKE_INVITATION: "Settle in a channel",
    TAKE_DEPARTURE: "Tell of a channel that closed",
}


class Which(StrEnum):
    """The lists there are."""

    MINE = "mine"
    OPEN = "open"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A ticket as a list shows it."""

    channel: str
    root_ts: str
    ticket_id: int | None
    """None: saved, but Gorgias has not taken it yet."""
    url: str | None
    subject: str
    priority: str
    assignee: str | None
    since: datetime
    is_waiting: bool
    """Gorgias does not answer; a change is still to be made."""
    urgency: Urgency | None = None
    """Why it stands where it stands; only in the list of the most urgent."""

    @property
    def is_in_thread(self) -> bool:
        """Whether a thread stands behind it that people can open."""
        return self.channel not in {FORM_CHANNEL, ""}

    @property
    def is_ours(self) -> bool:
        """Whether it was made from Slack, so that it can be resolved from here."""
        return bool(self.channel)


@dataclass(frozen=True, slots=True)
class WorkList:
    """One page of a list."""

    which: Which
    items: tuple[WorkItem, ...]
    total: int
    offset: int

    @property
    def left(self) -> int:
        """How many come after this page."""
        return max(0, self.total - self.offset - len(self.items))


@dataclass(frozen=True, slots=True)
class QueuedWork:
    """Something that Gorgias has still to be told, or never was."""

    job_id: int
    what: str
    subject: str
    reason: str | None
    next_try_seconds: int
    age_seconds: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits, in the order in which it was stored, and what was given up."""

    waiting: tuple[QueuedWork, ...]
    waiting_total: int
    dead: tuple[QueuedWork, ...]
    dead_total: int


@dataclass(frozen=True, slots=True)
class WorkLists:
    """Reads the lists; an admin gives dead letters another life, or up."""

    desk: Desk
    currency: str

    async def page(
        self, which: Which, user_id: str, offset: int = 0, limit: int = PAGE
    ) -> WorkList:
        """Read one page of a list as it is for this person."""
        if which is Which.URGENT:
            return await self._most_urgent(offset, limit)
        async with self.desk.database.read() as connection:
            if which is Which.MINE:
                found = await links.of_person(connection, user_id, limit, offset)
            else:
                found = await links.unresolved(connection, limit, offset)
        return WorkList(which, tuple(map(self._item, found.links)), found.total, offset)

    async def open_after(
        self, last: int | None, limit: int
    ) -> tuple[tuple[WorkItem, ...], int | None]:
        """Read what is not resolved after the page that ended at `last`, and where this one ends.

        None: there are no more.
        """
        async with self.desk.database.read() as connection:
            found = await links.unresolved_before(connection, last, limit + 1)
        shown = found[:limit]
        more = shown[-1].id if len(found) > limit else None
        return tuple(map(self._item, shown)), more

    async def requested(self, reference: str) -> TicketCard:
        """Show the ticket that a program asked for; raises NotFoundError."""
        async with self.desk.database.read() as connection:
            link = await links.find(connection, FORM_CHANNEL, reference)
        if link is None:
            raise NotFoundError(f"There is no ticket {reference[:40]}.")
        return await card_of(self.desk, link)

    async def urgency(self, ticket_id: int) -> WorkItem:
        """Find an open ticket with what it weighs; raises NotFoundError once it is resolved."""
        for item in await self._ranked():
            if item.ticket_id == ticket_id:
                return item
        raise NotFoundError(f"Ticket {ticket_id} is not open any more. Type /tickets urgent again.")

    async def _most_urgent(self, offset: int, limit: int) -> WorkList:
        ranked = await self._ranked()
        return WorkList(Which.URGENT, tuple(ranked[offset : offset + limit]), len(ranked), offset)

    async def _ranked(self) -> list[WorkItem]:
        """Rank all that is open: what the mirror knows, and ours that it has not met yet."""
        async with self.desk.database.read() as connection:
            mirrored = await tickets.open_queue(connection, KIND)
            known = await tickets.linked_ids(connection)
            page = await links.unresolved(connection, MOST_RANKED)
            ours = [link for link in page.links if link.ticket_id not in known]
            owners = [link.customer_id for link in ours if link.customer_id]
            worth = await scores.worth(connection, KIND, owners)
        items = [self._mirrored_item(each) for each in mirrored]
        queue = [Waiting(each.waiting_since, each.priority, _worth(each)) for each in mirrored]
        for link in ours:
            items.append(self._item(link))
            value = worth.get(link.customer_id or 0)
            queue.append(Waiting(link.created_at, link.priority, value and Worth(*value)))
        weighed = rank(queue, datetime.now(UTC), self.currency)
        pairs = sorted(zip(items, weighed, strict=True), key=_most_first)
        return [replace(item, urgency=urgency) for item, urgency in pairs]

    async def ticket(self, number: int) -> TicketCard:
        """Show one ticket as its card does; raises NotFoundError."""
        async with self.desk.database.read() as connection:
            link = await links.find_by_ticket(connection, number)
        if link is None:
            raise NotFoundError(
                f"Ticket {number} was not made from Slack, or there is none. Look in Gorgias: "
                f"{self.desk.gorgias.ticket_url(number)}",
            )
        return await card_of(self.desk, link)

    async def permalink(self, card: TicketCard) -> str | None:
        """Find the way to a ticket's thread; None where there is none, or Slack is silent."""
        if card.channel == FORM_CHANNEL:
            return None
        try:
            async with asyncio.timeout(PERMALINK_SECONDS):
                return await self.desk.workspace.permalink(card.channel, card.root_ts)
        except (UnavailableError, TimeoutError):
            return None

    async def queue(self) -> Queue:
        """Read what waits for Gorgias and what was given up."""
        counts = await self.desk.ledger.counts()
        waiting = await self.desk.ledger.waiting(FOR_GORGIAS, QUEUE_PAGE)
        dead = await self.desk.ledger.dead(QUEUE_PAGE)
        subjects = await self._subjects([*waiting, *dead])
        return Queue(
            waiting=tuple(_queued(job, subjects) for job in waiting),
            waiting_total=sum(
                count
                for (kind, state), count in counts.items()
                if kind in FOR_GORGIAS and state != "dead"
            ),
            dead=tuple(_queued(job, subjects) for job in dead),
            dead_total=sum(count for (_, state), count in counts.items() if state == "dead"),
        )

    async def count_waiting(self) -> int:
        """How many tickets wait for Gorgias to answer."""
        async with self.desk.database.read() as connection:
            return await links.count_waiting(connection)

    async def replay(self, job_id: int, actor: str) -> str:
        """Try a dead letter again; returns what it is. The caller must be an admin."""
        async with self.desk.database.transaction() as connection:
            job = await self.desk.ledger.replay(connection, job_id)
            return await self._audited(connection, job, job_id, actor, "job.replay")

    async def discard(self, job_id: int, actor: str) -> str:
        """Give a dead letter up for good; returns what it was. The caller must be an admin."""
        async with self.desk.database.transaction() as connection:
            job = await self.desk.ledger.discard(connection, job_id)
            return await self._audited(connection, job, job_id, actor, "job.discard")

    async def _audited(
        self,
        connection: Connection,
        job: JobSummary | None,
        job_id: int,
        actor: str,
        action: str,
    ) -> str:
        if job is None:
            raise NotFoundError("Somebody has already dealt with that one. Nothing was changed.")
        await audit.append(
            connection,
            actor=actor,
            action=action,
            subject=f"job:{job_id}",
            detail={"kind": job.kind},
        )
        return _WORK.get(job.kind, "Work behind the scenes")

    async def _subjects(self, jobs: Sequence[JobSummary]) -> dict[int, str]:
        link_ids = {job.payload["link_id"] for job in jobs if "link_id" in job.payload}
        async with self.desk.database.read() as connection:
            return await links.subjects(connection, sorted(link_ids))

    def _mirrored_item(self, ticket: QueuedTicket) -> WorkItem:
        return WorkItem(
            channel=ticket.channel or "",
            root_ts=ticket.root_ts or "",
            ticket_id=ticket.id,
            url=self.desk.gorgias.ticket_url(ticket.id),
            subject=ticket.subject or "(no subject)",
            priority=ticket.priority,
            assignee=ticket.assignee,
            since=ticket.created_at,
            is_waiting=False,
        )

    def _item(self, link: Link) -> WorkItem:
        return WorkItem(
            channel=link.channel,
            root_ts=link.root_ts,
            ticket_id=link.ticket_id,
            url=self.desk.gorgias.ticket_url(link.ticket_id) if link.ticket_id else None,
            subject=link.subject,
            priority=link.priority,
            assignee=link.assignee,
            since=link.created_at,
            is_waiting=link.waiting_since is not None,
        )


def _worth(ticket: QueuedTicket) -> Worth | None:
    if ticket.value is None or ticket.p_no_order is None:
        return None
    return Worth(ticket.value, ticket.p_no_order)


def _most_first(weighed: tuple[WorkItem, Urgency]) -> tuple[float, datetime]:
    item, urgency = weighed
    return -urgency.points, item.since


def _queued(job: JobSummary, subjects: dict[int, str]) -> QueuedWork:
    return QueuedWork(
        job_id=job.id,
        what=_WORK.get(job.kind, f"Work behind the scenes ({job.kind})"),
        subject=subjects.get(job.payload.get("link_id", 0), ""),
        reason=job.error,
        next_try_seconds=max(0, -(-job.run_in_ms // 1000)),
        age_seconds=max(0, job.age_ms // 1000),
    )
