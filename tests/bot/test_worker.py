"""The worker: what each outcome means, what a crash leaves, how it stops."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.worker import BACKOFF_CAP_MS, UNKNOWN, UNKNOWN_ATTEMPTS, JobRunner, Worker, judge
from services.errors import NotAllowedError, UnavailableError
from services.gorgias import GorgiasNotDoneError, GorgiasRefusedError, GorgiasUncertainError
from services.tickets.desk import LaterError
from storage.database import Database
from storage.jobs import Job, Ledger, NewJob
from storage.models import jobs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, lease_seconds=3)


def job(attempts: int = 0, lane: int = 0) -> Job:
    return Job(1, "test", "key", None, lane, {}, {}, attempts, 1, 0, None)


async def store(ledger: Ledger, *keys: str, order_key: str | None = None) -> None:
    async with ledger.database.transaction() as connection:
        for key in keys:
            await ledger.enqueue(connection, NewJob("test", key, {}, order_key))


def worker_of(
    ledger: Ledger,
    runner: JobRunner,
    outcomes: list[str] | None = None,
    lag: Callable[[], float] = lambda: 0.0,
) -> Worker:
    counted = outcomes if outcomes is not None else []
    return Worker(ledger, {"test": runner}, 4, lambda _kind, outcome: counted.append(outcome), lag)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        async with asyncio.timeout(30):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - there is no event for what tests wait for
            await asyncio.sleep(0.01)


async def states(ledger: Ledger) -> dict[str, str]:
    async with ledger.database.read() as connection:
        rows = await connection.execute(select(jobs.c.key, jobs.c.state))
        return {row.key: row.state for row in rows}


# --- the verdict -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "outcome", "least_ms"),
    [
        (LaterError(3, "Settling."), "later", 3000),
        (GorgiasNotDoneError("Slow down.", retry_after=7.0), "parked", 7000),
        (GorgiasNotDoneError("Not answering."), "retried", 50),
        (GorgiasUncertainError("Cut.", 30), "retried", 30_000),
        (UnavailableError("Slack is away."), "retried", 50),
        (GorgiasRefusedError(400), "dead", 0),
        (NotAllowedError("May not."), "dead", 0),
        (KeyError("bug"), "retried", 50),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_outcome_follows_from_what_was_raised(
    error: Exception, outcome: str, least_ms: int
) -> None:
    verdict = judge(error, job())
    assert verdict.outcome == outcome
    assert verdict.delay_ms >= least_ms


def test_back_off_grows_and_is_bounded_by_who_waits() -> None:
    for lane, cap in BACKOFF_CAP_MS.items():
        delays = [judge(UnavailableError("x"), job(60, lane)).delay_ms for _ in range(300)]
        assert cap / 2 < max(delays) <= cap
    early = [judge(UnavailableError("x"), job(0)).delay_ms for _ in range(300)]
    assert max(early) <= 250


def test_unknown_mistake_is_tried_a_bounded_number_of_times() -> None:
    assert judge(KeyError("x"), job(UNKNOWN_ATTEMPTS - 2)).outcome == "retried"
    assert judge(KeyError("x"), job(UNKNOWN_ATTEMPTS - 1)).outcome == "dead"


def test_text_of_an_unknown_mistake_is_never_kept() -> None:
    assert judge(KeyError("canary@acme.test"), job()).reason == UNKNOWN


# --- running -----------------------------------------------------------------------------------


async def test_stored_work_is_done_and_marked_done(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        return

    async with running(worker_of(ledger, run, outcomes)):
        await store(ledger, "a", "b", "c")
        await until(lambda: len(outcomes) == 3)
    assert set((await states(ledger)).values()) == {"done"}
    assert outcomes == ["done"] * 3


async def test_work_stored_by_another_process_is_found_without_a_wake(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        return

    other = Ledger(ledger.database)
    async with running(worker_of(ledger, run, outcomes)):
        await asyncio.sleep(0.1)
        await store(other, "a")
        await until(lambda: bool(outcomes))


async def test_jobs_of_one_thread_run_in_order_and_others_beside_them(ledger: Ledger) -> None:
    ran: list[str] = []
    release = asyncio.Event()

    async def run(job: Job) -> None:
        if job.key == "t1":
            await release.wait()
        ran.append(job.key)

    await store(ledger, "t1", "t2", order_key="thread")
    await store(ledger, "free")
    async with running(worker_of(ledger, run)):
        await until(lambda: ran == ["free"])
        release.set()
        await until(lambda: ran == ["free", "t1", "t2"])


async def test_failed_job_runs_again_and_remembers_how_far_it_came(ledger: Ledger) -> None:
    seen: list[dict[str, object]] = []

    async def run(job: Job) -> None:
        seen.append(dict(job.memo))
        if len(seen) == 1:
            async with ledger.fenced(job) as connection:
                await ledger.checkpoint(connection, job, ticket_id=7)
            raise UnavailableError("Away.")

    await store(ledger, "a")
    async with running(worker_of(ledger, run)):
        await until(lambda: len(seen) == 2)
    assert seen == [{}, {"ticket_id": 7}]


async def test_refused_job_is_a_dead_letter_with_the_sentence(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        raise NotAllowedError("May not.")

    await store(ledger, "a")
    async with running(worker_of(ledger, run, outcomes)):
        await until(lambda: bool(outcomes))
    [letter] = await ledger.dead()
    assert (outcomes, letter.error) == (["dead"], "May not.")


async def test_unknown_kind_of_job_kills_nobody(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        return

    async with ledger.database.transaction() as connection:
        await ledger.enqueue(connection, NewJob("of.a.newer.version", "new", {}))
    await store(ledger, "a")
    async with running(worker_of(ledger, run, outcomes)):
        await until(lambda: sorted(outcomes) == ["done", "retried"])


async def test_job_older_than_a_day_is_given_up(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        raise UnavailableError("Away.")

    await store(ledger, "a")
    async with ledger.database.transaction() as connection:
        await connection.execute(update(jobs).values(created_at=1))
    async with running(worker_of(ledger, run, outcomes)):
        await until(lambda: outcomes == ["dead"])
    [letter] = await ledger.dead()
    assert letter.error == "Gave up after 24 hours: Away."


async def test_job_whose_lease_was_taken_writes_nothing(ledger: Ledger) -> None:
    outcomes: list[str] = []

    async def run(job: Job) -> None:
        async with ledger.database.transaction() as connection:
            taken = update(jobs).where(jobs.c.id == job.id)
            await connection.execute(taken.values(fence=job.fence + 1, owner="other"))

    await store(ledger, "a")
    async with running(worker_of(ledger, run, outcomes)):
        await until(lambda: outcomes == ["lease_lost"])
    assert await states(ledger) == {"a": "leased"}


async def test_long_job_keeps_its_lease(ledger: Ledger) -> None:
    quick = Ledger(ledger.database, lease_seconds=0.3)
    runs = 0
    release = asyncio.Event()

    async def run(_job: Job) -> None:
        nonlocal runs
        runs += 1
        await release.wait()

    await store(quick, "a")
    async with running(worker_of(quick, run)):
        await asyncio.sleep(1.2)
        release.set()
        await until(lambda: runs > 0)
    assert runs == 1
    assert await states(quick) == {"a": "done"}


async def test_jobs_of_a_worker_that_fell_silent_are_taken_over(ledger: Ledger) -> None:
    quick = Ledger(ledger.database, lease_seconds=0.3)
    outcomes: list[str] = []

    async def run(_job: Job) -> None:
        return

    await store(quick, "a")
    assert len(await quick.claim("killed", 1)) == 1
    async with running(worker_of(quick, run, outcomes)):
        await until(lambda: outcomes == ["done"])


async def test_worker_whose_heart_stopped_does_not_go_on(ledger: Ledger) -> None:
    async with ledger.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE jobs RENAME COLUMN crashes TO gone"))
    quick = Ledger(ledger.database, lease_seconds=0.1)

    async def run(_job: Job) -> None:
        return

    with pytest.raises(DBAPIError):
        await worker_of(quick, run).run()


# --- stopping ----------------------------------------------------------------------------------


async def test_stopping_lets_running_jobs_finish_and_starts_no_more(ledger: Ledger) -> None:
    started = asyncio.Event()
    release = asyncio.Event()

    async def run(_job: Job) -> None:
        started.set()
        await release.wait()

    await store(ledger, "first", "second", order_key="thread")
    worker = worker_of(ledger, run)
    task = asyncio.create_task(worker.run())
    await started.wait()
    worker.stop()
    await asyncio.sleep(0.1)
    release.set()
    await task
    assert await states(ledger) == {"first": "done", "second": "ready"}


async def test_job_that_does_not_end_in_time_is_given_back(ledger: Ledger) -> None:
    started = asyncio.Event()

    async def run(_job: Job) -> None:
        started.set()
        await asyncio.Event().wait()

    await store(ledger, "endless")
    worker = worker_of(ledger, run)
    worker.drain_seconds = 0.1
    async with running(worker):
        await started.wait()
    assert await states(ledger) == {"endless": "ready"}


KILLED = """
import asyncio, json, os, signal, sys
from bot.worker import Worker
from storage.database import Database
from storage.jobs import Ledger

async def main():
    ledger = Ledger(Database(sys.argv[1]))
    async def run(job):
        async with ledger.fenced(job) as connection:
            await ledger.checkpoint(connection, job, intent=True)
        os.kill(os.getpid(), signal.SIGKILL)
    await Worker(ledger, {"test": run}, 1, print, lambda: 0.0).run()

asyncio.run(main())
"""


async def test_killed_process_leaves_its_checkpoint_to_the_next(
    ledger: Ledger, database_url: str
) -> None:
    await store(ledger, "a")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, database_url, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    assert await process.wait() == -9
    assert await states(ledger) == {"a": "leased"}
    assert await ledger.expire_leases(every_lease=True) == 1
    [again] = await ledger.claim("next", 1)
    assert (again.memo, again.attempts) == ({"intent": True}, 0)


# --- leaving room ------------------------------------------------------------------------------


async def test_late_loop_starts_no_more_than_two_jobs(ledger: Ledger) -> None:
    late = True
    begun: list[str] = []
    release = asyncio.Event()

    async def run(job: Job) -> None:
        begun.append(job.key)
        await release.wait()

    await store(ledger, *"abcdef")
    worker = worker_of(ledger, run, lag=lambda: 1.0 if late else 0.0)
    async with running(worker):
        await until(lambda: len(begun) >= 2)
        await asyncio.sleep(0.3)
        first = len(begun)
        late = False
        release.set()
        await until(lambda: len(begun) == 6)
    assert first <= 4


async def test_idle_worker_asks_less_than_five_times_a_second(database: Database) -> None:
    async def run(_job: Job) -> None:
        return

    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    for pool in database.pools:
        event.listen(pool.engine.sync_engine, "before_cursor_execute", count)
    async with running(worker_of(Ledger(database), run)):
        await asyncio.sleep(3)
        idle = len(statements)
    assert 0 < idle < 3 * 5
