"""Claims stored jobs and runs them: people's first, each thread in order, nothing twice.

Outcomes are written by the class of what a job raised: not yet (park), unavailable (back off),
refused for good (dead letter), unknown (back off, then dead letter).
"""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from uuid import uuid4

import structlog

from services.errors import ExpectedError, UnavailableError
from services.gorgias import GorgiasNotDoneError, GorgiasUncertainError
from services.tickets.desk import LaterError
from storage.database import is_unavailable
from storage.jobs import Job, LeaseLostError, Ledger

log = structlog.get_logger()

JobRunner = Callable[[Job], Awaitable[None]]

LATE_LOOP_SECONDS = 0.01
LEAST_RUNNING = 2
MOST_STARTS = 4
LATE_PAUSE_MS = 20
LONGEST_SLEEP_MS = 5_000
BACKOFF_CAP_MS = {0: 8_000, 1: 60_000}
UNKNOWN_ATTEMPTS = 12
UNKNOWN = "Failed; see the log."
GIVE_UP_AFTER_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended: `later` and `parked` count no failure, `dead` waits for an admin."""

    outcome: Literal["later", "parked", "retried", "dead"]
    reason: str
    delay_ms: int = 0


@dataclass(slots=True)
class Worker:
    """Runs up to `concurrency` jobs at a time."""

    ledger: Ledger
    runners: dict[str, JobRunner]
    concurrency: int
    count_outcome: Callable[[str, str], None]
    loop_lag: Callable[[], float]
    """How late the event loop lately was, in seconds."""
    drain_seconds: float = 20
    """What running jobs get to end when the worker stops."""
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{uuid4().hex[:8]}")
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: bool = False

    async def run(self) -> None:
        """Claim and run until `stop`; then wait for what is running and give back the rest."""
        heartbeat = asyncio.create_task(self._heartbeat(), name="worker-heartbeat")
        try:
            while not self._stopping:
                await self._round()
                if heartbeat.done():
                    heartbeat.result()  # raises: without leases every job would run twice
        finally:
            if self._running:
                await asyncio.wait(self._running.values(), timeout=self.drain_seconds)
            for task in self._running.values():
                task.cancel()
            heartbeat.cancel()
            await self._give_back()

    def stop(self) -> None:
        """Stop claiming."""
        self._stopping = True
        self.ledger.wake.set()

    async def _round(self) -> None:
        """Claim what fits, or sleep until something is due."""
        self.ledger.wake.clear()
        free = self._room()
        jobs: list[Job] = []
        due: int | None = None
        try:
            if free:
                due = await self.ledger.next_due_ms()
                jobs = await self.ledger.claim(self.owner, free)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("worker.database_unavailable", error=type(error).__name__)
        for job in jobs:
            task = asyncio.create_task(self._run(job), name=f"job-{job.kind}")
            self._running[job.id] = task
            task.add_done_callback(partial(self._done, job.id))
        if not jobs:
            wait = LONGEST_SLEEP_MS if due is None else min(due + 1, LONGEST_SLEEP_MS)
            await self._sleep(wait if free else LATE_PAUSE_MS)

    def _room(self) -> int:
        """Tell how many jobs to start now: few at a time, none while envelopes would wait.

        Jobs share the event loop with acknowledgements. A late loop means that the running jobs
        already fill it; a job that only waits for its turn at Gorgias costs nothing.
        """
        if self.loop_lag() > LATE_LOOP_SECONDS and len(self._running) >= LEAST_RUNNING:
            return 0
        return min(self.concurrency - len(self._running), MOST_STARTS)

    def _done(self, job_id: int, _task: asyncio.Task[None]) -> None:
        self._running.pop(job_id, None)
        self.ledger.wake.set()

    async def _sleep(self, milliseconds: float) -> None:
        try:
            async with asyncio.timeout(milliseconds / 1000):
                await self.ledger.wake.wait()
        except TimeoutError:
            return

    async def _run(self, job: Job) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            correlation_id=job.correlation_id, job=job.id, kind=job.kind
        )
        started = time.perf_counter()
        try:
            outcome = await self._attempt(job)
        except LeaseLostError:
            outcome = "lease_lost"
            log.warning("job.lease_lost")
        except Exception as error:
            if not is_unavailable(error):
                log.exception("job.outcome_not_written")
            outcome = "not_written"  # the lease runs out and the job runs again
        self.count_outcome(job.kind, outcome)
        log.info("job.run", outcome=outcome, ms=round((time.perf_counter() - started) * 1000))

    async def _attempt(self, job: Job) -> str:
        """Run one job and write down how it ended."""
        try:
            await self.runners[job.kind](job)
            if not job.finished:
                async with self.ledger.fenced(job) as connection:
                    await self.ledger.finish(connection, job)
        except LeaseLostError:
            raise
        except Exception as error:
            if is_unavailable(error):
                raise
            verdict = judge(error, job)
            if verdict.outcome == "retried" and await self.ledger.age_ms(job) > GIVE_UP_AFTER_MS:
                verdict = Verdict("dead", f"Gave up after 24 hours: {verdict.reason}")
            if verdict.reason == UNKNOWN:
                log.exception("job.failed")
            await self._write(job, verdict)
            return verdict.outcome
        return "done"

    async def _write(self, job: Job, verdict: Verdict) -> None:
        if verdict.outcome == "dead":
            await self.ledger.bury(job, verdict.reason)
            log.warning("job.dead")
        else:
            failed = verdict.outcome == "retried"
            await self.ledger.postpone(job, verdict.delay_ms, verdict.reason, failed=failed)

    async def _heartbeat(self) -> None:
        """Keep our leases, and free those of workers that fell silent."""
        while True:
            await asyncio.sleep(self.ledger.lease_seconds / 3)
            try:
                if self._running:
                    await self.ledger.renew(self.owner, list(self._running))
                if await self.ledger.expire_leases():
                    self.ledger.wake.set()
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("worker.heartbeat_missed", error=type(error).__name__)

    async def _give_back(self) -> None:
        try:
            await self.ledger.give_back(self.owner)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("worker.leases_left", error=type(error).__name__)


def judge(error: Exception, job: Job) -> Verdict:
    """Decide by what was raised whether and when a job runs again."""
    match error:
        case LaterError():
            return Verdict("later", str(error), int(error.seconds * 1000) + 1)
        case GorgiasNotDoneError(retry_after=float(wait)):
            jitter = random.randint(0, 250)  # noqa: S311
            return Verdict("parked", error.sentence, int(wait * 1000) + jitter)
        case GorgiasUncertainError():
            wait_ms = max(_backoff_ms(job), int(error.settle_seconds * 1000))
            return Verdict("retried", error.sentence, wait_ms)
        case UnavailableError():
            asked_ms = int((getattr(error, "retry_after", None) or 0) * 1000)
            return Verdict("retried", error.sentence, max(_backoff_ms(job), asked_ms))
        case ExpectedError():
            return Verdict("dead", error.sentence)
        case _:
            gives_up = job.attempts + 1 >= UNKNOWN_ATTEMPTS
            return Verdict("dead" if gives_up else "retried", UNKNOWN, _backoff_ms(job))


def _backoff_ms(job: Job) -> int:
    """Full jitter under a doubling bound."""
    bound = min(BACKOFF_CAP_MS[job.lane], 250 * 2 ** min(job.attempts, 12))
    return random.randint(50, bound)  # noqa: S311
