import asyncio
from collections.abc import Sequence

import pytest

from storage.batches import Batches


async def test_who_comes_while_one_is_asked_is_in_the_next_batch() -> None:
    asked: list[list[int]] = []
    is_open = asyncio.Event()

    async def double(items: Sequence[int]) -> list[int]:
        asked.append(list(items))
        await is_open.wait()
        return [2 * item for item in items]

    batches = Batches(double, patience_seconds=5)
    first = asyncio.create_task(batches.get(1))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(batches.get(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0.01)
    is_open.set()
    assert [await task for task in (first, *others)] == [2, 4, 6, 8]
    assert asked == [[1], [2, 3, 4]]


async def test_failure_reaches_its_batch_only_and_the_next_is_asked_anew() -> None:
    async def refuse_one(items: Sequence[int]) -> list[int]:
        if 1 in items:
            raise LookupError
        return list(items)

    batches = Batches(refuse_one, patience_seconds=5)
    with pytest.raises(LookupError):
        await batches.get(1)
    assert await batches.get(2) == 2


async def test_nobody_waits_longer_than_patience_and_the_others_get_their_answers() -> None:
    async def slow(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.2 if 1 in items else 0)
        return list(items)

    batches = Batches(slow, patience_seconds=0.1)
    late = asyncio.create_task(batches.get(1))
    await asyncio.sleep(0.15)
    assert await batches.get(2) == 2
    with pytest.raises(TimeoutError):
        await late
