import asyncio
import sqlite3
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.database import (
    Connection,
    Database,
    Lane,
    after_commit,
    is_exhausted,
    is_unavailable,
    normalise_url,
    now_ms,
)
from storage.models import rate_budgets
from storage.pools import PoolSizes

ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute(select(rate_budgets.c.name).order_by(rate_budgets.c.tat))
        return list(rows.scalars())


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://h/d", "postgresql+asyncpg://h/d"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("sqlite+aiosqlite:////a.db", "sqlite+aiosqlite:////a.db"),
    ],
)
def test_usual_spellings_name_the_async_driver(spelling: str, normal: str) -> None:
    assert normalise_url(spelling) == normal


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="must start with sqlite:///"):
        normalise_url("mysql://h/d")


async def test_transaction_commits_whole_or_not_at_all(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(rate_budgets).values(name="kept", tat=1))

    async def fail_half_way() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(rate_budgets).values(name="lost", tat=2))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_half_way()
    assert await names(database) == ["kept"]


@pytest.mark.parametrize("lane", list(Lane))
async def test_every_lane_reads_and_writes(database: Database, lane: Lane) -> None:
    async with database.transaction(lane) as connection:
        await connection.execute(insert(rate_budgets).values(name=lane.value, tat=1))
    async with database.read(lane) as connection:
        count = select(func.count()).select_from(rate_budgets)
        assert (await connection.execute(count)).scalar() == 1


async def test_clock_is_in_milliseconds_since_1970(database: Database) -> None:
    async with database.read() as connection:
        now = (await connection.execute(select(now_ms()))).scalar_one()
    assert abs(now - time.time() * 1000) < 5_000


async def test_intake_goes_before_waiting_background_writers(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'turns.db'}")
    order: list[str] = []
    first_is_in = asyncio.Event()
    release = asyncio.Event()

    async def write(name: str, lane: Lane) -> None:
        async with database.transaction(lane):
            order.append(name)
            first_is_in.set()
            await release.wait()

    tasks = [asyncio.create_task(write("first", Lane.JOBS))]
    await first_is_in.wait()
    tasks += [asyncio.create_task(write(f"job {n}", Lane.JOBS)) for n in range(3)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(write("envelope", Lane.INTAKE)))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*tasks)
    await database.close()
    assert order[:2] == ["first", "envelope"]


async def test_parallel_writers_lose_nothing(database: Database) -> None:
    async def write(number: int) -> None:
        lane = list(Lane)[number % 3]
        async with database.transaction(lane) as connection:
            await connection.execute(insert(rate_budgets).values(name=f"n{number}", tat=number))

    await asyncio.gather(*(write(number) for number in range(30)))
    assert await names(database) == [f"n{number}" for number in range(30)]


async def test_answering_database_passes_its_check(database: Database) -> None:
    await database.check()


async def test_unreachable_server_is_unavailable_not_a_mistake() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the driver's business
        await database.check()
    await database.close()
    assert is_unavailable(raised.value)


async def insert_twice(database: Database, name: str) -> None:
    async with database.transaction() as connection:
        for _ in range(2):
            await connection.execute(insert(rate_budgets).values(name=name, tat=1))


async def test_refused_statement_is_a_mistake_not_unavailable(database: Database) -> None:
    with pytest.raises(IntegrityError) as raised:
        await insert_twice(database, "same")
    assert not is_unavailable(raised.value)


async def test_values_never_appear_in_error_texts(database: Database) -> None:
    with pytest.raises(IntegrityError) as raised:
        await insert_twice(database, "canary@acme.test")
    assert "[SQL parameters hidden" in str(raised.value)


async def test_file_held_by_another_process_is_unavailable_on_intake(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    database = Database(f"sqlite:///{path}")
    await database.check()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the driver's business
            async with database.transaction(Lane.INTAKE):
                pass
    finally:
        other.close()
        await database.close()
    assert is_unavailable(raised.value)


@ON_POSTGRES
async def test_exhausted_pool_is_a_quick_error_and_intake_has_connections_of_its_own(
    database_url: str,
) -> None:
    database = Database(database_url, pools=PoolSizes(work=2, wait_seconds=0.2))
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(database.read())
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the pool's business
            await held.enter_async_context(database.read())
        async with database.transaction(Lane.INTAKE) as connection:
            await connection.execute(insert(rate_budgets).values(name="acknowledged", tat=1))
    assert is_exhausted(raised.value)
    assert is_unavailable(raised.value)
    states = {pool.name: pool.state() for pool in database.pools}
    assert (states["interactive"].exhausted, states["interactive"].taken) == (1, 2)
    assert states["intake"].exhausted == 0
    await database.close()


@ON_POSTGRES
async def test_statement_that_takes_too_long_is_ended_by_the_server(database_url: str) -> None:
    database = Database(database_url, pools=PoolSizes(statement_seconds=0.2))
    with pytest.raises(DBAPIError) as raised:
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(5)"))
    await database.close()
    assert is_unavailable(raised.value)


async def test_a_statement_that_stands_alone_is_committed_and_then_told(
    database: Database,
) -> None:
    told: list[list[str]] = []
    async with database.transaction(one_statement=True) as connection:
        await connection.execute(insert(rate_budgets).values(name="alone", tat=1))
        after_commit(connection, lambda: told.append(["stored"]))
        assert not told
    assert (await names(database), told) == (["alone"], [["stored"]])


async def test_a_rehearsal_opens_every_connection_of_a_lane_and_leaves_nothing(
    database: Database,
) -> None:
    rehearsed: set[int] = set()

    async def act(connection: Connection) -> None:
        await connection.execute(insert(rate_budgets).values(name="rehearsed", tat=1))
        rehearsed.add(id((await connection.get_raw_connection()).driver_connection))

    await database.rehearse(Lane.INTAKE, act)
    pool = next(pool for pool in database.pools if pool.name == "intake")
    state = pool.state()
    assert state.idle == len(rehearsed) == state.size
    assert await names(database) == []


@pytest.mark.parametrize("lane", list(Lane))
async def test_every_lane_can_be_rehearsed_without_doing_anything(
    database: Database, lane: Lane
) -> None:
    async with asyncio.timeout(10):
        await database.rehearse(lane)
