"""What there is to do: my tickets, open ones, the urgent ones, and what waits for Gorgias.

All of it comes from our own links and jobs, so that it answers while Gorgias does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cards import TicketCard
from services.errors import NotFoundError, UnavailableError
from services.tickets.cards import card_of
from services.tickets.desk import SET_CUSTOMER, SYNC, TAKE_DELETION, TAKE_REPLY, Desk
from services.tickets.intake import FORM_CHANNEL
from storage import audit, links
from storage.database import Connection
from storage.jobs import JobSummary
from storage.links import Link

PAGE = 10
QUEUE_PAGE = 10
FOR_GORGIAS = (SYNC, SET_CUSTOMER, TAKE_REPLY, TAKE_DELETION)
"""The kinds of job that a person may be waiting for while Gorgias is away."""

_WORK = {
    SYNC: "Bring the ticket up to date",
    SET_CUSTOMER: "Set the customer",
    TAKE_REPLY: "Copy a reply",
    TAKE_DELETION: "Note a deletion",
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

    @property
    def is_in_thread(self) -> bool:
        """Whether a thread stands behind it that people can open."""
        return self.channel != FORM_CHANNEL


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

    async def page(
        self, which: Which, user_id: str, offset: int = 0, limit: int = PAGE
    ) -> WorkList:
        """Read one page of a list as it is for this person."""
        async with self.desk.database.read() as connection:
            match which:
                case Which.MINE:
                    found = await links.of_person(connection, user_id, limit, offset)
                case Which.OPEN:
                    found = await links.unresolved(connection, limit, offset)
                case Which.URGENT:
                    found = await links.most_urgent(connection, limit, offset)
        return WorkList(which, tuple(map(self._item, found.links)), found.total, offset)

    async def ticket(self, number: int) -> TicketCard:
        """Show one ticket as its card does; raises NotFoundError."""
        async with self.desk.database.read() as connection:
            link = await links.find_by_ticket(connection, number)
        if link is None:
            raise NotFoundError(
                f"Ticket {number} was not made from Slack. Look at it in Gorgias: "
                f"{self.desk.gorgias.ticket_url(number)}",
            )
        return await card_of(self.desk, link)

    async def permalink(self, card: TicketCard) -> str | None:
        """Find the way to a ticket's thread; None where there is none, or Slack is silent."""
        if card.channel == FORM_CHANNEL:
            return None
        try:
            return await self.desk.workspace.permalink(card.channel, card.root_ts)
        except UnavailableError:
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


def _queued(job: JobSummary, subjects: dict[int, str]) -> QueuedWork:
    return QueuedWork(
        job_id=job.id,
        what=_WORK.get(job.kind, f"Work behind the scenes ({job.kind})"),
        subject=subjects.get(job.payload.get("link_id", 0), ""),
        reason=job.error,
        next_try_seconds=max(0, -(-job.run_in_ms // 1000)),
        age_seconds=max(0, job.age_ms // 1000),
    )
