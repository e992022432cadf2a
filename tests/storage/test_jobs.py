"""The ledger: stored once, run in order, and nobody writes without holding the lease."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from storage.database import Connection, Database, Lane
from storage.jobs import POISON_CRASHES, Job, LeaseLostError, Ledger, NewJob
from storage.models import jobs, rate_budgets


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def new(key: str, order_key: str | None = None, *, lane: int = 0, delay_ms: int = 0) -> NewJob:
    return NewJob("test", key, {"of": key}, order_key, lane=lane, delay_ms=delay_ms)


async def store(ledger: Ledger, *given: NewJob) -> None:
    async with ledger.database.transaction() as connection:
        for job in given:
            await ledger.enqueue(connection, job)


async def claim_one(ledger: Ledger, owner: str = "worker") -> Job:
    [job] = await ledger.claim(owner, 1)
    return job


async def finish(ledger: Ledger, job: Job) -> None:
    async with ledger.fenced(job) as connection:
        await ledger.finish(connection, job)


async def rows(database: Database) -> dict[str, Any]:
    async with database.read() as connection:
        found = await connection.execute(select(jobs).order_by(jobs.c.id))
        return {row.key: row for row in found}


async def lose_lease(ledger: Ledger, job: Job) -> None:
    """What a long pause of the worker does: the lease runs out and another worker claims."""
    async with ledger.database.transaction() as connection:
        await connection.execute(update(jobs).where(jobs.c.id == job.id).values(lease_until=0))
    await ledger.expire_leases()


# --- stored once -------------------------------------------------------------------------------


async def test_forty_racing_deliveries_store_one_job(ledger: Ledger) -> None:
    async def deliver() -> bool:
        async with ledger.database.transaction() as connection:
            return await ledger.enqueue(connection, new("act"))

    told = await asyncio.gather(*(deliver() for _ in range(40)))
    assert told.count(True) == 1
    assert list(await rows(ledger.database)) == ["act"]


async def test_known_key_is_not_stored_again_after_it_is_done(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    await finish(ledger, await claim_one(ledger))
    await store(ledger, new("act"))
    assert await ledger.claim("worker", 5) == []


async def test_job_is_stored_with_the_transaction_or_not_at_all(ledger: Ledger) -> None:
    async def fail() -> None:
        async with ledger.database.transaction() as connection:
            await ledger.enqueue(connection, new("act"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await rows(ledger.database) == {}


async def test_storing_work_wakes_the_worker_of_this_process(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    assert ledger.wake.is_set()


async def test_worker_is_woken_when_the_work_can_be_read_and_not_before(ledger: Ledger) -> None:
    async with ledger.database.transaction() as connection:
        await ledger.enqueue(connection, new("act"))
        assert not ledger.wake.is_set()
    assert ledger.wake.is_set()


# --- claiming ----------------------------------------------------------------------------------


async def test_racing_workers_never_get_the_same_job(ledger: Ledger) -> None:
    await store(ledger, *(new(f"j{number}") for number in range(60)))
    got = await asyncio.gather(*(ledger.claim(f"w{number}", 9) for number in range(8)))
    keys = [job.key for mine in got for job in mine]
    assert len(keys) == len(set(keys))
    assert len(keys) >= 54


async def test_people_are_served_before_background_work(ledger: Ledger) -> None:
    await store(ledger, new("background", lane=1), new("person"))
    assert (await claim_one(ledger)).key == "person"


async def test_job_of_later_is_not_claimed_now(ledger: Ledger) -> None:
    await store(ledger, new("later", delay_ms=60_000))
    assert await ledger.claim("worker", 5) == []
    wait = await ledger.next_due_ms()
    assert wait is not None
    assert 50_000 < wait <= 60_000


async def test_nothing_to_come_has_no_due_time(ledger: Ledger) -> None:
    assert await ledger.next_due_ms() is None


async def test_blocked_threads_do_not_keep_others_waiting(ledger: Ledger) -> None:
    blocked = [new(f"a{number}", order_key="thread:a") for number in range(300)]
    await store(ledger, *blocked, new("b", order_key="thread:b"), new("free"))
    assert {job.key for job in await ledger.claim("worker", 5)} == {"a0", "b", "free"}


async def test_backlog_of_thousands_is_claimed_by_index(ledger: Ledger) -> None:
    plan = "EXPLAIN QUERY PLAN " if ledger.database.is_sqlite else "EXPLAIN "
    backlog = [
        {"key": f"j{number}", "order_key": f"thread:{number // 4}", "run_at": number}
        for number in range(8_000)
    ]
    same = {"kind": "test", "payload": {}, "created_at": 0}
    async with ledger.database.transaction() as connection:
        await connection.execute(insert(jobs).values(same), backlog)
        if not ledger.database.is_sqlite:
            await connection.exec_driver_sql("ANALYZE jobs")
    sent = await claim_statement(ledger)
    async with ledger.database.transaction() as connection:
        said = await connection.exec_driver_sql(plan + sent[0], sent[1])
        text = "\n".join(str(tuple(row)) for row in said)
    assert "ix_jobs_ready" in text
    assert "ix_jobs_live_order" in text
    assert "Seq Scan" not in text
    assert "TEMP B-TREE" not in text


async def claim_statement(ledger: Ledger) -> tuple[str, Any]:
    """Catch the statement that claims, with its parameters."""
    caught: list[tuple[str, Any]] = []
    listened = ledger.database._writers[Lane.JOBS].engine.sync_engine

    def catch(_connection: object, _cursor: object, statement: str, *more: object) -> None:
        if statement.startswith("UPDATE jobs"):
            caught.append((statement, more[0]))

    event.listen(listened, "before_cursor_execute", catch)
    assert len(await ledger.claim("worker", 10)) == 10
    event.remove(listened, "before_cursor_execute", catch)
    return caught[0]


# --- one thread: in order, one at a time -------------------------------------------------------


async def test_second_job_of_a_thread_waits_for_the_first(ledger: Ledger) -> None:
    await store(ledger, new("first", "t"), new("second", "t"))
    first = await claim_one(ledger)
    assert await ledger.claim("other", 5) == []
    await finish(ledger, first)
    assert (await claim_one(ledger)).key == "second"


async def test_head_that_backs_off_holds_its_thread(ledger: Ledger) -> None:
    await store(ledger, new("first", "t"), new("second", "t"))
    await ledger.postpone(await claim_one(ledger), 60_000, "Not yet.", failed=True)
    assert await ledger.claim("worker", 5) == []


async def test_dead_letter_at_the_head_does_not_block_its_thread(ledger: Ledger) -> None:
    await store(ledger, new("first", "t"), new("second", "t"))
    await ledger.bury(await claim_one(ledger), "Refused.")
    assert (await claim_one(ledger)).key == "second"
    [letter] = await ledger.dead()
    assert (letter.key, letter.error) == ("first", "Refused.")


async def test_job_that_comes_back_waits_for_the_one_running(ledger: Ledger) -> None:
    """Not only on its own: the claim must still hand out everything else."""
    await store(ledger, new("first", "t"), new("second", "t"))
    await ledger.bury(await claim_one(ledger), "Refused.")
    await claim_one(ledger)
    async with ledger.database.transaction() as connection:
        back = update(jobs).where(jobs.c.key == "first").values(state="ready")
        await connection.execute(back)
    await store(ledger, new("unrelated"))
    assert [job.key for job in await ledger.claim("worker", 5)] == ["unrelated"]


async def test_many_workers_run_each_thread_in_order_and_alone(ledger: Ledger) -> None:
    threads = {f"t{number}": [f"t{number}:{step}" for step in range(6)] for number in range(8)}
    for step in range(6):
        await store(ledger, *(new(keys[step], thread) for thread, keys in threads.items()))
    ran: dict[str, list[str]] = {thread: [] for thread in threads}
    running: set[str | None] = set()

    async def work(owner: str) -> None:
        while sum(map(len, ran.values())) < 48:
            for job in await ledger.claim(owner, 3):
                assert job.order_key not in running
                running.add(job.order_key)
                await asyncio.sleep(0.001)
                ran[str(job.order_key)].append(job.key)
                running.discard(job.order_key)
                await finish(ledger, job)
            await asyncio.sleep(0.001)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(f"w{number}") for number in range(4)))
    assert ran == threads


# --- the fence ---------------------------------------------------------------------------------


async def test_stale_owner_can_neither_checkpoint_finish_nor_enqueue(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    stale = await claim_one(ledger, "slow")
    await lose_lease(ledger, stale)
    owner = await claim_one(ledger, "quick")
    writes: list[Callable[[Connection], Awaitable[object]]] = [
        lambda connection: ledger.checkpoint(connection, stale, seen=1),
        lambda connection: ledger.finish(connection, stale),
        lambda connection: ledger.enqueue(connection, new("follow-up")),
    ]
    for write in writes:
        with pytest.raises(LeaseLostError):
            async with ledger.fenced(stale) as connection:
                await write(connection)
    with pytest.raises(LeaseLostError):
        await ledger.postpone(stale, 0, "Late.", failed=True)
    with pytest.raises(LeaseLostError):
        await ledger.bury(stale, "Late.")
    row = (await rows(ledger.database))["act"]
    assert (row.state, row.owner, row.memo, row.fence) == ("leased", "quick", {}, owner.fence)
    assert len(await rows(ledger.database)) == 1


async def test_lease_that_ran_out_but_was_not_taken_still_counts_as_ours(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    job = await claim_one(ledger)
    async with ledger.database.transaction() as connection:
        await connection.execute(update(jobs).values(lease_until=0))
    async with ledger.fenced(job) as connection:
        await ledger.checkpoint(connection, job, seen=1)
    assert await ledger.expire_leases() == 0


async def test_checkpoint_survives_and_starts_back_off_afresh(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    for attempts in (0, 1):
        job = await claim_one(ledger)
        assert job.attempts == attempts
        await ledger.postpone(job, 0, "Failed.", failed=True)
    job = await claim_one(ledger)
    async with ledger.fenced(job) as connection:
        await ledger.checkpoint(connection, job, uploads=3)
    await ledger.postpone(job, 0, "Failed.", failed=True)
    job = await claim_one(ledger)
    assert (job.memo, job.attempts) == ({"uploads": 3}, 1)


async def test_same_checkpoint_again_is_no_progress(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    for _ in range(3):
        job = await claim_one(ledger)
        async with ledger.fenced(job) as connection:
            await ledger.checkpoint(connection, job, note="intent")
        await ledger.postpone(job, 0, "Failed.", failed=True)
    assert (await claim_one(ledger)).attempts == 3


async def test_checkpoint_and_follow_up_are_there_together_or_not_at_all(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    job = await claim_one(ledger)

    async def fail() -> None:
        async with ledger.fenced(job) as connection:
            await ledger.checkpoint(connection, job, ticket_id=7)
            await ledger.enqueue(connection, new("follow-up"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    stored = await rows(ledger.database)
    assert list(stored) == ["act"]
    assert stored["act"].memo == {}


# --- leases, crashes, stopping -----------------------------------------------------------------


async def test_parking_counts_no_attempt(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    await ledger.postpone(await claim_one(ledger), 0, "Circuit is open.", failed=False)
    assert (await claim_one(ledger)).attempts == 0


async def test_expired_lease_is_free_for_others_and_counts_no_attempt(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    await lose_lease(ledger, await claim_one(ledger, "killed"))
    job = await claim_one(ledger, "other")
    assert (job.attempts, job.fence) == (0, 2)


async def test_running_lease_is_not_expired(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    await claim_one(ledger)
    assert await ledger.expire_leases() == 0


async def test_heartbeat_keeps_only_our_own_leases(ledger: Ledger) -> None:
    await store(ledger, new("mine"), new("theirs"))
    mine, theirs = await claim_one(ledger, "me"), await claim_one(ledger, "them")
    async with ledger.database.transaction() as connection:
        await connection.execute(update(jobs).values(lease_until=0))
    await ledger.renew("me", [mine.id, theirs.id])
    assert await ledger.expire_leases() == 1
    states = {key: row.state for key, row in (await rows(ledger.database)).items()}
    assert states == {"mine": "leased", "theirs": "ready"}


async def test_restart_on_a_file_frees_every_lease_at_once(ledger: Ledger) -> None:
    await store(ledger, new("a"), new("b"))
    await ledger.claim("killed", 5)
    assert await ledger.expire_leases(every_lease=True) == 2


async def test_job_that_keeps_killing_its_worker_becomes_a_dead_letter(ledger: Ledger) -> None:
    await store(ledger, new("poison"))
    claims = 0
    while await ledger.claim("victim", 1):
        claims += 1
        await ledger.expire_leases(every_lease=True)
    assert claims == POISON_CRASHES + 1
    assert [letter.key for letter in await ledger.dead()] == ["poison"]


async def test_crashes_are_forgiven_once_an_attempt_ends(ledger: Ledger) -> None:
    await store(ledger, new("act"))
    for _ in range(3):
        await lose_lease(ledger, await claim_one(ledger))
    await ledger.postpone(await claim_one(ledger), 0, "Failed.", failed=True)
    assert (await rows(ledger.database))["act"].crashes == 0


async def test_stopping_gives_back_only_our_own_at_once(ledger: Ledger) -> None:
    await store(ledger, new("mine"), new("theirs"))
    await claim_one(ledger, "me")
    await claim_one(ledger, "them")
    await ledger.give_back("me")
    assert [job.key for job in await ledger.claim("other", 5)] == ["mine"]


async def test_only_done_jobs_of_long_ago_are_purged(ledger: Ledger) -> None:
    await store(ledger, new("old"), new("recent"), new("dead"), new("waiting"))
    for job in await ledger.claim("worker", 3):
        if job.key == "dead":
            await ledger.bury(job, "Refused.")
        else:
            await finish(ledger, job)
    async with ledger.database.transaction() as connection:
        long_ago = update(jobs).where(jobs.c.key != "recent").values(created_at=1)
        await connection.execute(long_ago)
    assert await ledger.purge_done() == 1
    assert set(await rows(ledger.database)) == {"recent", "dead", "waiting"}


async def test_figures_count_what_lives_and_what_died(ledger: Ledger) -> None:
    await store(ledger, new("a"), new("b"), new("c"), new("d"))
    done, dead, _ = await ledger.claim("worker", 3)
    await finish(ledger, done)
    await ledger.bury(dead, "Refused.")
    assert await ledger.counts() == {
        ("test", "ready"): 1,
        ("test", "leased"): 1,
        ("test", "dead"): 1,
    }


# --- bringing something to the state then standing ---------------------------------------------


async def test_one_waiting_job_is_enough(ledger: Ledger) -> None:
    async with ledger.database.transaction() as connection:
        await ledger.enqueue_unless_waiting(connection, new("one", "card:1"))
        await ledger.enqueue_unless_waiting(connection, new("two", "card:1"))
        await ledger.enqueue_unless_waiting(connection, new("other", "card:2"))
    assert list(await rows(ledger.database)) == ["one", "other"]


async def test_job_that_has_started_is_not_enough(ledger: Ledger) -> None:
    await store(ledger, new("running", "card:1"))
    await claim_one(ledger)
    async with ledger.database.transaction() as connection:
        await ledger.enqueue_unless_waiting(connection, new("next", "card:1"))
    assert list(await rows(ledger.database)) == ["running", "next"]


async def test_waiting_job_starts_only_after_what_it_stands_for_can_be_read(
    ledger: Ledger,
) -> None:
    """The coalesced change must be seen by the job it was coalesced into."""
    await store(ledger, new("waiting", "card:1"))
    may_commit = asyncio.Event()
    coalesced = asyncio.Event()

    async def change() -> None:
        async with ledger.database.transaction() as connection:
            await connection.execute(insert(rate_budgets).values(name="change", tat=1))
            await ledger.enqueue_unless_waiting(connection, new("next", "card:1"))
            coalesced.set()
            await may_commit.wait()

    async def work() -> bool:
        while not (claimed := await ledger.claim("worker", 1)):  # noqa: ASYNC110 - as others do
            await asyncio.sleep(0.01)
        async with ledger.database.read() as connection:
            change_seen = (await connection.execute(select(rate_budgets.c.name))).first()
        await finish(ledger, claimed[0])
        return change_seen is not None

    changing = asyncio.create_task(change())
    await coalesced.wait()
    working = asyncio.create_task(work())
    await asyncio.sleep(0.2)
    may_commit.set()
    await changing
    assert await working


async def test_racing_changes_are_all_seen_by_a_job_that_starts_later(ledger: Ledger) -> None:
    """Whatever the interleaving: after the last commit one job runs that sees everything."""
    seen = 0

    async def change(number: int) -> None:
        async with ledger.database.transaction() as connection:
            await connection.execute(insert(rate_budgets).values(name=f"c{number}", tat=1))
            await ledger.enqueue_unless_waiting(connection, new(f"sync{number}", "card:1"))

    async def work() -> None:
        nonlocal seen
        while seen < 60:
            for job in await ledger.claim("worker", 1):
                async with ledger.database.read() as connection:
                    names = (await connection.execute(select(rate_budgets.c.name))).all()
                await finish(ledger, job)
                seen = len(names)
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(work(), *(change(number) for number in range(60)))
    assert seen == 60


# --- what an admin does about it ---------------------------------------------------------------


async def test_waiting_lists_live_jobs_of_the_kinds_asked_for_oldest_first(ledger: Ledger) -> None:
    await store(ledger, new("first"), new("second"), NewJob("other", "else", {}))
    await ledger.postpone(await claim_one(ledger), 60_000, "Gorgias is away.", failed=True)
    await finish(ledger, await claim_one(ledger))
    await store(ledger, new("third"))
    waiting = await ledger.waiting(["test"])
    assert [(each.key, each.error) for each in waiting] == [
        ("first", "Gorgias is away."),
        ("third", None),
    ]
    assert 50_000 < waiting[0].run_in_ms <= 60_000
    assert waiting[0].payload == {"of": "first"}


async def test_replayed_dead_letter_runs_again_with_a_day_of_its_own(ledger: Ledger) -> None:
    await store(ledger, new("first"))
    job = await claim_one(ledger)
    await ledger.bury(job, "Refused.")
    async with ledger.database.transaction() as connection:
        await connection.execute(update(jobs).values(created_at=0, attempts=9))
    async with ledger.database.transaction() as connection:
        replayed = await ledger.replay(connection, job.id)
        assert replayed is not None
        assert replayed.key == "first"
        assert await ledger.replay(connection, job.id) is None
    again = await claim_one(ledger)
    assert (again.key, again.attempts) == ("first", 0)
    assert await ledger.age_ms(again) < 60_000


async def test_discarded_dead_letter_is_over_and_its_act_is_not_taken_in_again(
    ledger: Ledger,
) -> None:
    await store(ledger, new("first"))
    job = await claim_one(ledger)
    await ledger.bury(job, "Refused.")
    async with ledger.database.transaction() as connection:
        assert await ledger.discard(connection, job.id) is not None
        assert await ledger.discard(connection, job.id) is None
    await store(ledger, new("first"))
    assert await ledger.claim("worker", 5) == []
    assert await ledger.dead() == []


async def test_only_dead_letters_can_be_replayed_or_discarded(ledger: Ledger) -> None:
    await store(ledger, new("first"))
    job = await claim_one(ledger)
    async with ledger.database.transaction() as connection:
        assert await ledger.replay(connection, job.id) is None
        assert await ledger.discard(connection, job.id) is None
    await finish(ledger, job)
