"""Word of stored jobs from one process to another; two of our databases stand for two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from storage.database import Database
from storage.job_news import JobNews
from storage.jobs import Ledger, NewJob
from storage.pools import PoolSizes

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

WAIT_SECONDS = 30


@asynccontextmanager
async def replica(url: str) -> AsyncIterator[Ledger]:
    """A process of its own, listening."""
    database = Database(url, pools=PoolSizes(work=2))
    ledger = Ledger(database)
    talking = asyncio.create_task(JobNews(ledger).run())
    await heard(ledger)  # wakes once when it listens
    yield ledger
    talking.cancel()
    await asyncio.wait([talking])
    await database.close()


async def heard(ledger: Ledger) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        await ledger.wake.wait()
    ledger.wake.clear()


async def store(ledger: Ledger, key: str) -> None:
    async with ledger.database.transaction() as connection:
        await ledger.enqueue(connection, NewJob("test", key, {}))


async def cut_listeners(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_job_stored_by_one_process_wakes_the_worker_of_another(database_url: str) -> None:
    async with replica(database_url) as socket, replica(database_url) as worker:
        await store(socket, "act")
        await heard(worker)
        assert [job.key for job in await worker.claim("worker", 1)] == ["act"]


async def test_many_jobs_at_once_need_few_words(database_url: str) -> None:
    async with replica(database_url) as socket, replica(database_url) as worker:
        for number in range(20):
            await store(socket, f"act {number}")
        await heard(worker)
        assert len(await worker.claim("worker", 100)) == 20


async def test_own_jobs_are_not_told_twice(database_url: str) -> None:
    async with replica(database_url) as both, replica(database_url) as other:
        await store(both, "act")
        await heard(both)
        await heard(other)  # by now the word would have come back
        assert not both.wake.is_set()


async def test_listener_that_was_cut_listens_again_and_looks_at_once(database_url: str) -> None:
    async with replica(database_url) as socket, replica(database_url) as worker:
        await cut_listeners(database_url)
        await heard(worker)
        await heard(socket)
        await store(socket, "act")
        await heard(worker)


async def test_job_stored_while_nobody_could_be_told_is_told_after_the_reconnect(
    database_url: str,
) -> None:
    async with replica(database_url) as socket, replica(database_url) as worker:
        socket.stored.set()  # as if stored in the moment of the cut
        await cut_listeners(database_url)
        await heard(worker)
        await asyncio.wait_for(_told(socket), WAIT_SECONDS)


async def _told(ledger: Ledger) -> None:
    while ledger.stored.is_set():  # noqa: ASYNC110 - the event clears when it was told
        await asyncio.sleep(0.05)
