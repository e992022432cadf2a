import asyncio

import pytest

from bot.precedence import Precedence
from bot.sidecar.turns import AT_ONCE, TURN_SECONDS, BusyError, Turns


async def test_a_few_have_their_turn_and_the_next_comes_when_one_ends() -> None:
    turns, inside, most = Turns(Precedence()), 0, 0

    async def call() -> None:
        nonlocal inside, most
        async with turns.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(call() for _ in range(5 * AT_ONCE)))
    assert most == AT_ONCE


async def test_who_waits_for_something_slow_leaves_the_turn_to_others() -> None:
    turns, is_done = Turns(Precedence()), asyncio.Event()

    async def slow() -> None:
        async with turns.turn():
            await is_done.wait()

    waiting = [asyncio.create_task(slow()) for _ in range(2 * AT_ONCE)]
    async with asyncio.timeout(20 * TURN_SECONDS), turns.turn():
        is_done.set()
    await asyncio.gather(*waiting)
    async with asyncio.timeout(TURN_SECONDS):
        await asyncio.gather(*(slow() for _ in range(10 * AT_ONCE)))


async def test_who_gets_no_turn_in_time_is_refused_and_may_come_back() -> None:
    turns = Turns(Precedence(), wait_seconds=TURN_SECONDS / 10)

    async def hold() -> None:
        async with turns.turn():
            await asyncio.sleep(TURN_SECONDS / 2)

    holding = [asyncio.create_task(hold()) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError) as refused:
        async with turns.turn():
            pass
    assert (refused.value.status, refused.value.retry_after) == (503, 1)
    await asyncio.gather(*holding)
    async with turns.turn():
        pass


async def test_no_turn_begins_while_an_envelope_is_in_hand() -> None:
    turns = Turns(Precedence())

    async def call() -> None:
        async with turns.turn():
            pass

    with turns.precedence.go_first():
        calling = asyncio.create_task(call())
        await asyncio.sleep(0.01)
        assert not calling.done()
    await calling
