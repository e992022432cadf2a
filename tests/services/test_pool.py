import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from services.pool import BusyError, CalculationDiedError, ProcessPool


@pytest.fixture
async def pool() -> AsyncIterator[ProcessPool]:
    pool = ProcessPool(1)
    yield pool
    pool.close()


def refuse() -> None:
    raise ValueError("no")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def until_ended(process: int) -> None:
    async with asyncio.timeout(20):
        while is_running(process):  # noqa: ASYNC110 - nothing tells when a process has ended
            await asyncio.sleep(0.05)


async def test_work_is_done_in_another_process_that_lets_the_bot_go_first(
    pool: ProcessPool,
) -> None:
    assert await pool.run(os.getpid) != os.getpid()
    assert await pool.run(os.nice, 0) > os.nice(0)


async def test_exceptions_come_back_as_they_were_raised(pool: ProcessPool) -> None:
    with pytest.raises(ValueError, match="no"):
        await pool.run(refuse)


async def test_killed_process_is_told_and_the_next_call_has_a_new_one(pool: ProcessPool) -> None:
    with pytest.raises(CalculationDiedError, match="lack of memory"):
        await pool.run(die)
    assert await pool.run(abs, -1) == 1


async def test_more_than_can_wait_are_refused() -> None:
    pool = ProcessPool(1, waiting=1)
    calls = [asyncio.create_task(pool.run(time.sleep, 0.1)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await pool.run(abs, -1)
    await asyncio.gather(*calls)
    assert await pool.run(abs, -1) == 1
    pool.close()


async def test_idle_process_ends() -> None:
    pool = ProcessPool(1, idle_seconds=0.05)
    await until_ended(await pool.run(os.getpid))


async def test_closing_ends_what_is_running(pool: ProcessPool) -> None:
    process = await pool.run(os.getpid)
    call = asyncio.create_task(pool.run(time.sleep, 600))
    await asyncio.sleep(0.1)
    pool.close()
    await until_ended(process)
    call.cancel()
