"""What whoever runs the bot looks at and does: pools, jobs, dead letters, the ticket mirror."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ticket_mirror import MirrorState, TicketMirror
from services.ticket_mirror.jobs import KINDS, POLL, SURVEYS, standing_jobs
from services.work_list import WorkLists
from storage import audit, job_lists
from storage.database import Database, after_commit
from storage.jobs import JobSummary, Ledger
from storage.pools import PoolState


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind are in a state: ready, leased (running) or dead."""

    kind: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job; what it carries is left out, because people's words may be in it."""

    id: int
    kind: str
    state: str
    attempts: int
    age_seconds: int
    next_try_seconds: int | None
    """None: it waits for an admin."""
    reason: str | None
    """Why it was last put off or given up."""


@dataclass(frozen=True, slots=True)
class JobsOverview:
    """All work that is not done."""

    counts: tuple[JobCount, ...]
    dead: int
    newest_dead: tuple[JobLine, ...]


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How far the mirror of Gorgias's tickets is."""

    tickets: MirrorState
    behind_seconds: int | None
    """Since all changes in Gorgias were known; None: they never were."""
    jobs: tuple[JobLine, ...]
    gorgias_answers: bool


@dataclass(frozen=True, slots=True)
class Operations:
    """Every act names its actor and is in the audit log."""

    database: Database
    ledger: Ledger
    mirror: TicketMirror
    work_lists: WorkLists

    def pools(self) -> tuple[PoolState, ...]:
        """Return the connection pools of this process."""
        return tuple(pool.state() for pool in self.database.pools)

    async def jobs(self) -> JobsOverview:
        """Count what waits, runs and was given up."""
        counts = await self.ledger.counts()
        return JobsOverview(
            counts=tuple(
                JobCount(kind, state, count) for (kind, state), count in sorted(counts.items())
            ),
            dead=sum(count for (_, state), count in counts.items() if state == "dead"),
            newest_dead=tuple(await self.dead_letters(None, 10)),
        )

    async def dead_letters(self, before: int | None, limit: int) -> Sequence[JobLine]:
        """List dead letters, newest first, older than the one with the id `before`."""
        async with self.database.read() as connection:
            return [_line(job) for job in await job_lists.dead_page(connection, before, limit)]

    async def replay(self, job_id: int, actor: str) -> str:
        """Try a dead letter again; returns what it is. Raises NotFoundError."""
        return await self.work_lists.replay(job_id, actor)

    async def discard(self, job_id: int, actor: str) -> str:
        """Give a dead letter up for good; returns what it was. Raises NotFoundError."""
        return await self.work_lists.discard(job_id, actor)

    async def sync_status(self) -> SyncStatus:
        """Tell how far the mirror is, and what its jobs wait for."""
        state = await self.mirror.state()
        async with self.database.read() as connection:
            standing = await job_lists.standing(connection, KINDS)
        polled = state.polled_at
        behind = None if polled is None else int((datetime.now(UTC) - polled).total_seconds())
        return SyncStatus(
            tickets=state,
            behind_seconds=None if behind is None else max(0, behind),
            jobs=tuple(map(_line, standing)),
            gorgias_answers=not self.mirror.gorgias.circuit.is_open,
        )

    async def start_sync(self, actor: str) -> tuple[str, ...]:
        """Have changes and surveys read now instead of at their next turn; returns the jobs."""
        async with self.database.transaction() as connection:
            for job in standing_jobs(datetime.now(UTC).date().isoformat()):
                await self.ledger.enqueue(connection, job)
            started = await job_lists.hasten(connection, (POLL, SURVEYS))
            after_commit(connection, self.ledger.wake.set)
            await audit.append(
                connection, actor=actor, action="sync.start", subject="tickets", detail={}
            )
        return tuple(started)

    async def note(self, actor: str, action: str, subject: str, **detail: str) -> None:
        """Write an act that leaves no other trace into the audit log."""
        async with self.database.transaction() as connection:
            await audit.append(
                connection, actor=actor, action=action, subject=subject, detail=detail
            )


def _line(job: JobSummary) -> JobLine:
    return JobLine(
        id=job.id,
        kind=job.kind,
        state=job.state,
        attempts=job.attempts,
        age_seconds=max(0, job.age_ms // 1000),
        next_try_seconds=None if job.state == "dead" else max(0, -(-job.run_in_ms // 1000)),
        reason=job.error,
    )
