"""Keeps the facts of every Gorgias ticket in our database.

Gorgias' list can be sorted by change but not asked for "changed since", and its cursors expire.
So a poll reads the newest changes until it meets the one it had read last, and the first filling
reads everything once in the order of creation, keeping its cursor only as a hint. Both use the
background share of the rate budget.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from services.gorgias import Gorgias, GorgiasRefusedError
from services.gorgias_tickets import Json
from services.ticket_mirror.facts import answered, changed_at, email_of, mirrored
from services.tickets.desk import FOLLOW
from storage import bookmarks, links, tickets
from storage.database import Connection, Database
from storage.jobs import Job, Ledger, NewJob
from storage.purchases import data_version
from storage.tickets import (
    FILLED_AT,
    FILLED_TICKETS,
    POLLED_AT,
    READ_UNTIL,
    MirroredTicket,
)

log = structlog.get_logger()

LINKED_VERSION = "tickets.linked_version"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=2)
"""A change may be listed a little after its time."""
PAGES_A_RUN = 20
LINKED_AT_ONCE = 500
GORGIAS_LIST = 100


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How far the mirror is; None: not yet."""

    filled_at: datetime | None
    """When every ticket had been read once."""
    read_until: datetime | None
    """The newest change that is known."""
    polled_at: datetime | None
    """When a poll last had read all changes."""
    tickets_read: int
    """By the first filling so far."""


@dataclass(frozen=True, slots=True)
class TicketMirror:
    """Reads Gorgias into `storage.tickets`, and has threads follow their tickets."""

    database: Database
    ledger: Ledger
    gorgias: Gorgias
    """In the background lane."""
    zone: ZoneInfo
    poll_seconds: float = 10.0
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    async def state(self) -> MirrorState:
        """Tell how far it is."""
        async with self.database.read() as connection:
            filled = await bookmarks.find(connection, FILLED_AT)
            until = await bookmarks.find(connection, READ_UNTIL)
            polled = await bookmarks.find(connection, POLLED_AT)
            count = await bookmarks.find(connection, FILLED_TICKETS)
        return MirrorState(_moment(filled), _moment(until), _moment(polled), int(count or 0))

    async def poll(self, job: Job) -> int:
        """Read what changed since the last time; returns how many tickets were read.

        A ticket that changes while pages are read moves to the front, where the next poll meets
        it: the mark is set to the newest change that stood in front when this poll began.
        """
        known, began = (await self.state()).read_until, self.now()
        items, cursor = await self.gorgias.ticket_page(newest_change_first=True)
        newest = max(map(changed_at, items), default=NEVER)
        read = await self._keep(_changed_since(items, known))
        while known is not None and cursor and _reaches(items, known - OVERLAP):
            items, cursor = await self.gorgias.ticket_page(newest_change_first=True, cursor=cursor)
            read += await self._keep(_changed_since(items, known))
        async with self.ledger.fenced(job) as connection:
            if known is None or newest > known:
                await bookmarks.save(connection, READ_UNTIL, newest.isoformat())
            await bookmarks.save(connection, POLLED_AT, began.isoformat())
        return read

    async def fill(self, job: Job) -> bool:
        """Read some more pages of the first filling; tells whether that was the last."""
        cursor: str | None = job.memo.get("cursor")
        for _ in range(PAGES_A_RUN):
            try:
                items, cursor = await self.gorgias.ticket_page(
                    newest_change_first=False, cursor=cursor
                )
            except GorgiasRefusedError:
                if cursor is None:
                    raise
                log.info("tickets.cursor_expired")
                cursor = None  # begin again: nothing is written twice
                await self._note_filling(job, None, 0)
                continue
            await self._keep(items)
            await self._note_filling(job, cursor, int(job.memo.get("read", 0)) + len(items))
            if cursor is None:
                async with self.ledger.fenced(job) as connection:
                    await bookmarks.save(connection, FILLED_AT, self.now().isoformat())
                return True
        return False

    async def recheck(self) -> int:
        """Forget open tickets that were deleted in Gorgias for good; returns how many."""
        async with self.database.read() as connection:
            open_ids = await tickets.open_ids(connection)
        gone = 0
        for start in range(0, len(open_ids), GORGIAS_LIST):
            asked = open_ids[start : start + GORGIAS_LIST]
            found = await self.gorgias.tickets_among(asked)
            await self._keep(found)
            missing = sorted(set(asked) - {int(item["id"]) for item in found})
            if missing:
                async with self.database.transaction() as connection:
                    await tickets.forget(connection, missing)
                gone += len(missing)
        return gone

    async def read_surveys(self, *, everything: bool) -> int:
        """Read answers to satisfaction surveys until a page has no news; returns the new ones."""
        news, cursor = 0, None
        while True:
            items, cursor = await self.gorgias.survey_page(cursor)
            fresh = 0
            async with self.database.transaction() as connection:
                for answer in filter(None, map(answered, items)):
                    fresh += await tickets.rate(connection, *answer)
            news += fresh
            if cursor is None or not items or not (fresh or everything):
                return news

    async def link_customers(self) -> None:
        """Give tickets their customers after an import brought new ones."""
        async with self.database.read() as connection:
            version = await data_version(connection)
            if await bookmarks.find(connection, LINKED_VERSION) == version:
                return
        after: int | None = 0
        while after is not None:
            async with self.database.transaction() as connection:
                after = await tickets.link_customers(connection, after, LINKED_AT_ONCE)
        async with self.database.transaction() as connection:
            await bookmarks.save(connection, LINKED_VERSION, version)

    async def _keep(self, items: Sequence[Json]) -> int:
        """Store what one page says."""
        ids = [int(each["id"]) for item in items if (each := item.get("customer") or {}).get("id")]
        emails = [email for email in map(email_of, items) if email]
        async with self.database.read() as connection:
            by_id, by_email = await tickets.known_customers(connection, ids, emails)
            owners = [_owner(item, by_id, by_email) for item in items]
            known = sorted({owner for owner in owners if owner is not None})
            bought = await tickets.purchases_of(connection, known)
        found = [
            mirrored(item, self.zone, owner, [each for each in bought if each.customer_id == owner])
            for item, owner in zip(items, owners, strict=True)
        ]
        async with self.database.transaction() as connection:
            await self._tell_threads(connection, found)
            await tickets.save(connection, found)
        return len(found)

    async def _tell_threads(self, connection: Connection, found: Sequence[MirroredTicket]) -> None:
        """Have the threads of changed tickets brought into step, in the same transaction."""
        linked = await links.of_tickets(connection, [each.id for each in found])
        if not linked:
            return
        followed = {link.ticket_id for link in linked}
        same = await tickets.unchanged(connection, [t for t in found if t.id in followed])
        for link in linked:
            if link.ticket_id not in same:
                follow = NewJob(
                    kind=FOLLOW,
                    key=f"follow:{link.id}:{uuid4().hex}",
                    order_key=link.order_key,
                    payload={"link_id": link.id},
                    lane=1,
                )
                await self.ledger.enqueue_unless_waiting(connection, follow)

    async def _note_filling(self, job: Job, cursor: str | None, read: int) -> None:
        async with self.ledger.fenced(job) as connection:
            await self.ledger.checkpoint(connection, job, cursor=cursor, read=read)
            await bookmarks.save(connection, FILLED_TICKETS, str(read))


def _owner(item: Json, by_id: dict[int, int], by_email: dict[str, int]) -> int | None:
    gorgias_id = int((item.get("customer") or {}).get("id") or 0)
    return by_id.get(gorgias_id) or by_email.get(email_of(item) or "")


def _changed_since(items: Sequence[Json], known: datetime | None) -> Sequence[Json]:
    """Leave out what the last poll has kept already."""
    if known is None:
        return items
    return [item for item in items if changed_at(item) >= known - OVERLAP]


def _reaches(items: Sequence[Json], moment: datetime) -> bool:
    """Whether the last of a page, sorted by change, was changed at or after a moment."""
    return bool(items) and changed_at(items[-1]) >= moment


def _moment(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept)
