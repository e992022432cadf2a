"""The job ledger: work is stored in the transaction that makes it necessary, and done once.

A job is claimed for a lease. Whoever lost the lease can neither checkpoint, finish nor enqueue,
because every write by a worker goes through `Ledger.fenced`. One thread's jobs share an
`order_key` and run in order, one at a time; a partial unique index enforces that.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import Insert

from storage.database import Connection, Database, Lane, after_commit, now_ms
from storage.models import jobs

POISON_CRASHES = 40
"""Leases lost in a row, without any recorded outcome, after which a job is taken to kill its
worker."""

KEEP_DONE_MS = 30 * 24 * 3600 * 1000

_NOW = select(now_ms()).scalar_subquery()
"""The clock read once a statement, which is what lets PostgreSQL look it up in an index."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """Work to store. `key` is the business key: the same key is never stored twice."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    order_key: str | None = None
    lane: int = 0
    """0: a person waits; 1: nobody does."""
    delay_ms: int = 0
    correlation_id: str | None = None


@dataclass(slots=True)
class Job:
    """A claimed job. `memo` holds checkpoints and survives crashes."""

    id: int
    kind: str
    key: str
    order_key: str | None
    lane: int
    payload: dict[str, Any]
    memo: dict[str, Any]
    attempts: int
    fence: int
    created_at: int
    correlation_id: str | None
    finished: bool = False
    """Its last transaction marked it done."""


_CLAIMED = [jobs.c[name] for name in Job.__slots__ if name != "finished"]


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job as an operator sees it."""

    id: int
    kind: str
    key: str
    state: str
    attempts: int
    run_in_ms: int
    age_ms: int
    error: str | None
    payload: dict[str, Any]


SUMMARY = (
    jobs.c.id,
    jobs.c.kind,
    jobs.c.key,
    jobs.c.state,
    jobs.c.attempts,
    jobs.c.run_at - now_ms(),
    now_ms() - jobs.c.created_at,
    jobs.c.error,
    jobs.c.payload,
)


_NEW = ("kind", "key", "order_key", "lane", "payload", "correlation_id")


def _storing(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    given = {name: bindparam(f"job_{name}", type_=jobs.c[name].type) for name in _NEW}
    delay_ms = bindparam("job_delay_ms", type_=jobs.c.run_at.type)
    values = statement.values(**given, run_at=now_ms() + delay_ms, created_at=now_ms())
    return values.on_conflict_do_nothing(index_elements=["key"])


STORE = {
    "sqlite": _storing(sqlite.insert(jobs)),
    "postgresql": _storing(postgresql.insert(jobs)),
}
"""By dialect: store a job, given as `values_of` it, unless its key is known. Built once: every
envelope takes one."""


def values_of(job: NewJob) -> dict[str, object]:
    """Return what the parameters of STORE stand for."""
    values = {f"job_{name}": getattr(job, name) for name in (*_NEW, "delay_ms")}
    return {**values, "job_payload": dict(job.payload)}


class LeaseLostError(Exception):
    """Another worker owns the job now; nothing of this worker's block was committed."""


@dataclass(slots=True)
class Ledger:
    """All reads and writes of the `jobs` table. `lease_seconds` bounds a silent worker."""

    database: Database
    lease_seconds: float = 15
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever there may be work; the worker waits on it."""
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever this process stored work that others may do; see `storage.job_news`."""

    async def enqueue(self, connection: Connection, job: NewJob) -> bool:
        """Store `job` unless its key is known. Returns whether it was new."""
        result = await connection.execute(STORE[connection.dialect.name], values_of(job))
        self.tell_after_commit(connection)
        return result.rowcount > 0

    async def enqueue_unless_waiting(self, connection: Connection, job: NewJob) -> None:
        """Store a job that brings something to the state then standing.

        One such job of the same kind and order key that has not started yet is enough: it will
        read what the caller's transaction wrote before.
        """
        waiting = select(jobs.c.id).where(
            jobs.c.kind == job.kind,
            jobs.c.order_key == job.order_key,
            _is("ready"),
        )
        # The lock keeps it waiting until this transaction's writes can be read.
        locked = waiting.limit(1).with_for_update()
        if (await connection.execute(locked)).first() is None:
            await self.enqueue(connection, job)

    async def claim(self, owner: str, limit: int) -> list[Job]:
        """Lease up to `limit` due jobs, people's first."""
        due = (
            select(jobs.c.id)
            .where(_is("ready"), jobs.c.run_at <= _NOW, _first_in_order())
            .order_by(jobs.c.lane, jobs.c.run_at, jobs.c.id)
            .limit(limit)
        )
        if self.database.is_sqlite:
            # Looking needs no writer's turn, for which acknowledgements may be waiting.
            async with self.database.read(Lane.JOBS) as connection:
                if (await connection.execute(due.limit(1))).first() is None:
                    return []
        else:
            due = due.with_for_update(skip_locked=True, of=jobs)
        lease = (
            update(jobs)
            .where(jobs.c.id.in_(due.scalar_subquery()))
            .values(
                state="leased",
                owner=owner,
                fence=jobs.c.fence + 1,
                lease_until=now_ms() + int(self.lease_seconds * 1000),
            )
            .returning(*_CLAIMED)
        )
        try:
            async with self.database.transaction(Lane.JOBS) as connection:
                rows = (await connection.execute(lease)).all()
        except IntegrityError:
            self.wake.set()  # two workers met on one order key; the index let one of them have it
            return []
        return sorted((Job(*row) for row in rows), key=lambda job: (job.lane, job.id))

    @asynccontextmanager
    async def fenced(self, job: Job) -> AsyncGenerator[Connection]:
        """Open a transaction in the name of `job`; raises LeaseLostError if it is not ours."""
        async with self.database.transaction(Lane.JOBS) as connection:
            held = await connection.execute(
                update(jobs)
                .where(_held(job))
                .values(lease_until=now_ms() + int(self.lease_seconds * 1000)),
            )
            if held.rowcount != 1:
                raise LeaseLostError(job.key)
            yield connection

    async def checkpoint(self, connection: Connection, job: Job, **memo: Any) -> None:  # noqa: ANN401 - JSON
        """Remember progress; a new key starts back-off afresh. Call inside `fenced(job)`."""
        progressed = not memo.keys() <= job.memo.keys()
        job.memo = {**job.memo, **memo}
        if progressed:
            job.attempts = 0
        await connection.execute(
            update(jobs).where(_held(job)).values(memo=job.memo, attempts=job.attempts),
        )

    async def forget(self, connection: Connection, job: Job, *names: str) -> None:
        """Drop parts of the payload that were people's words. Call inside `fenced(job)`."""
        job.payload = {name: value for name, value in job.payload.items() if name not in names}
        await connection.execute(update(jobs).where(_held(job)).values(payload=job.payload))

    async def finish(self, connection: Connection, job: Job) -> None:
        """Mark done, in the transaction of its last effect. Call inside `fenced(job)`."""
        await connection.execute(
            update(jobs)
            .where(_held(job))
            .values(state="done", owner=None, lease_until=None, error=None),
        )
        job.finished = True
        after_commit(connection, self.wake.set)

    async def age_ms(self, job: Job) -> int:
        """Milliseconds since the job was stored."""
        async with self.database.read(Lane.JOBS) as connection:
            now = (await connection.execute(select(now_ms()))).scalar_one()
        return int(now) - job.created_at

    async def postpone(self, job: Job, delay_ms: int, error: str, *, failed: bool) -> None:
        """Give the job back for later. `failed` counts an attempt; parking does not."""
        async with self.fenced(job) as connection:
            await connection.execute(
                update(jobs)
                .where(_held(job))
                .values(
                    state="ready",
                    owner=None,
                    lease_until=None,
                    run_at=now_ms() + delay_ms,
                    attempts=jobs.c.attempts + int(failed),
                    crashes=0,
                    error=error[:500],
                ),
            )

    async def bury(self, job: Job, error: str) -> None:
        """Make a dead letter that an admin can replay."""
        async with self.fenced(job) as connection:
            await connection.execute(
                update(jobs)
                .where(_held(job))
                .values(state="dead", owner=None, lease_until=None, error=error[:500]),
            )
        self.wake.set()

    async def renew(self, owner: str, ids: Sequence[int]) -> None:
        """Heartbeat: extend the leases of running jobs."""
        async with self.database.transaction(Lane.JOBS) as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.owner == owner, _is("leased"), jobs.c.id.in_(ids))
                .values(lease_until=now_ms() + int(self.lease_seconds * 1000)),
            )

    async def give_back(self, owner: str) -> None:
        """At shutdown: what did not finish is ready for others at once."""
        async with self.database.transaction(Lane.JOBS) as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.owner == owner, _is("leased"))
                .values(state="ready", owner=None, lease_until=None),
            )

    async def expire_leases(self, *, every_lease: bool = False) -> int:
        """Free the jobs of workers that fell silent; returns how many.

        `every_lease` is for the start of the only process on a SQLite file. A job that keeps
        killing its worker becomes a dead letter.
        """
        over = _is("leased")
        if not every_lease:
            over = and_(over, jobs.c.lease_until < now_ms())
        is_poison = jobs.c.crashes >= POISON_CRASHES
        async with self.database.transaction(Lane.JOBS) as connection:
            freed = await connection.execute(
                update(jobs)
                .where(over)
                .values(
                    state=case((is_poison, "dead"), else_="ready"),
                    error=case((is_poison, "It kept crashing."), else_=jobs.c.error),
                    crashes=jobs.c.crashes + case((is_poison, 0), else_=1),
                    owner=None,
                    lease_until=None,
                ),
            )
        return freed.rowcount

    async def next_due_ms(self) -> int | None:
        """Milliseconds until another job falls due; None when none is to come.

        Ask before `claim`, which then takes whatever falls due in between.
        """
        query = select(func.min(jobs.c.run_at) - now_ms()).where(
            _is("ready"),
            jobs.c.run_at > _NOW,
        )
        async with self.database.read(Lane.JOBS) as connection:
            wait = (await connection.execute(query)).scalar()
        return None if wait is None else max(0, int(wait))

    async def counts(self) -> dict[tuple[str, str], int]:
        """Live and dead jobs by (kind, state)."""
        query = (
            select(jobs.c.kind, jobs.c.state, func.count())
            .where(jobs.c.state != "done")
            .group_by(jobs.c.kind, jobs.c.state)
        )
        async with self.database.read(Lane.JOBS) as connection:
            return {(kind, state): n for kind, state, n in (await connection.execute(query)).all()}

    async def dead(self, limit: int = 50) -> list[JobSummary]:
        """List the newest dead letters."""
        return await self._summaries(_is("dead"), jobs.c.id.desc(), limit)

    async def waiting(self, kinds: Sequence[str], limit: int = 50) -> list[JobSummary]:
        """List live jobs of these kinds, oldest first."""
        live = jobs.c.state.in_([literal_column("'ready'"), literal_column("'leased'")])
        return await self._summaries(and_(live, jobs.c.kind.in_(kinds)), jobs.c.id.asc(), limit)

    async def find(self, connection: Connection, key: str) -> JobSummary | None:
        """Find a job by its business key."""
        row = (await connection.execute(select(*SUMMARY).where(jobs.c.key == key))).one_or_none()
        return None if row is None else JobSummary(*row)

    async def stored_before(
        self, connection: Connection, job: Job, since_key: str, until_key: str
    ) -> list[dict[str, Any]]:
        """Read the payloads of jobs with keys in between that were stored before, in that order."""
        between = jobs.c.key.between(since_key, until_key)
        query = select(jobs.c.payload).where(between, jobs.c.id < job.id).order_by(jobs.c.id)
        return list((await connection.execute(query)).scalars())

    async def replay(self, connection: Connection, job_id: int) -> JobSummary | None:
        """Give a dead letter another life, as if just stored; None when it is not dead."""
        return await self._revive(
            connection,
            job_id,
            state="ready",
            run_at=now_ms(),
            created_at=now_ms(),  # it may be tried for a day again
            attempts=0,
            crashes=0,
        )

    async def discard(self, connection: Connection, job_id: int) -> JobSummary | None:
        """Give a dead letter up; its key stays, so the same act is not taken in again."""
        return await self._revive(connection, job_id, state="done")

    async def _revive(
        self,
        connection: Connection,
        job_id: int,
        **values: Any,  # noqa: ANN401 - column values
    ) -> JobSummary | None:
        query = select(*SUMMARY).where(jobs.c.id == job_id, _is("dead")).with_for_update()
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        await connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values))
        self.tell_after_commit(connection)
        return JobSummary(*row)

    async def _summaries(
        self,
        condition: ColumnElement[bool],
        order: ColumnElement[Any],
        limit: int,
    ) -> list[JobSummary]:
        query = select(*SUMMARY).where(condition).order_by(order).limit(limit)
        async with self.database.read(Lane.JOBS) as connection:
            return [JobSummary(*row) for row in (await connection.execute(query)).all()]

    async def purge_done(self, limit: int = 2000) -> int:
        """Delete jobs done more than thirty days ago; the links still guard against repetition."""
        old = (
            select(jobs.c.id)
            .where(jobs.c.state == "done", jobs.c.created_at < now_ms() - KEEP_DONE_MS)
            .limit(limit)
        )
        async with self.database.transaction(Lane.JOBS) as connection:
            gone = await connection.execute(delete(jobs).where(jobs.c.id.in_(old)))
        return gone.rowcount

    def tell_after_commit(self, connection: Connection) -> None:
        """Wake whoever runs jobs, here and elsewhere, once this transaction has stored one."""
        after_commit(connection, self.wake.set)
        after_commit(connection, self.stored.set)


def _held(job: Job) -> ColumnElement[bool]:
    return and_(jobs.c.id == job.id, jobs.c.fence == job.fence, _is("leased"))


def _first_in_order() -> ColumnElement[bool]:
    """No live job of the same order key was stored before this one, and none is running.

    One stored later may run when an earlier one commits late or comes back from the dead.
    """
    other = jobs.alias("other")
    same = other.c.order_key == jobs.c.order_key
    live = other.c.state.in_([literal_column("'ready'"), literal_column("'leased'")])
    earlier = exists().where(same, other.c.id < jobs.c.id, live)
    running = exists().where(same, _is("leased", other))
    return ~earlier & ~running


def _is(state: str, table: FromClause = jobs) -> ColumnElement[bool]:
    """Compare with a literal: neither database uses a partial index for a parameter."""
    return table.c.state == literal_column(f"'{state}'")
