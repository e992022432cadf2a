import asyncio
from pathlib import Path

import pytest

from storage.database import Database
from storage.limits import MOST_NAMES, Bucket, Limits


async def taken(limits: Limits, bucket: Bucket, times: int) -> int:
    return sum([(await limits.take(bucket))[-1].is_taken for _ in range(times)])


async def test_bucket_gives_what_it_holds_and_then_says_when_to_come_back(
    database: Database,
) -> None:
    limits, bucket = Limits(database), Bucket("key:a", 20)
    assert await taken(limits, bucket, 25) == 20
    refused = (await limits.take(bucket))[-1]
    assert refused.remaining == 0
    assert 1 < refused.retry_after <= 3
    assert 55 < refused.reset_seconds <= 60


async def test_what_is_left_is_told_with_every_call(database: Database) -> None:
    limits, bucket = Limits(database), Bucket("key:a", 60)
    left = [(await limits.take(bucket))[-1].remaining for _ in range(3)]
    assert left == [59, 58, 57]


async def test_bucket_refills_evenly(database: Database) -> None:
    limits, bucket = Limits(database), Bucket("key:a", 600)
    await taken(limits, bucket, 600)
    refused = (await limits.take(bucket))[-1]
    if refused.is_taken:  # one came back meanwhile
        refused = (await limits.take(bucket))[-1]
    await asyncio.sleep(refused.retry_after + 0.02)
    assert (await limits.take(bucket))[-1].is_taken


async def test_first_empty_bucket_stops_and_later_ones_lose_nothing(database: Database) -> None:
    limits, empty, full = Limits(database), Bucket("address:a", 1), Bucket("key:a", 5)
    await limits.take(empty)
    standings = await limits.take(empty, full)
    assert [standing.is_taken for standing in standings] == [False]
    assert (await limits.take(full))[-1].remaining == 4


async def test_replicas_share_a_bucket(database: Database, database_url: str) -> None:
    if database.is_sqlite:
        pytest.skip("one process at a time uses a SQLite file")
    other = Database(database_url)
    replicas, bucket = (Limits(database), Limits(other)), Bucket("key:a", 30)
    counts = await asyncio.gather(*(taken(limits, bucket, 20) for limits in replicas))
    await other.close()
    assert sum(counts) == 30


@pytest.mark.parametrize("calls", [25, 35, 90])
async def test_calls_that_come_together_are_let_in_exactly(database: Database, calls: int) -> None:
    limits, address = Limits(database), Bucket("address:a", 60)
    keys = [Bucket("key:a", 30), Bucket("key:b", 1_000)]
    standings = await asyncio.gather(
        *(limits.take(address, keys[number % 2]) for number in range(calls))
    )
    let_in = [each for each in standings if len(each) == 2 and each[1].is_taken]
    through = [each for each in standings if each[0].is_taken]
    assert len(through) == min(calls, 60)
    assert len([each for each in let_in if each[1].bucket is keys[0]]) == min(30, (calls + 1) // 2)
    left = [each[0].remaining for each in through]
    assert sorted(left, reverse=True) == list(range(59, 59 - len(through), -1))


async def test_full_buckets_are_purged_and_used_ones_stay(database: Database) -> None:
    limits = Limits(database)
    await limits.take(Bucket("key:fast", 1_000_000))
    await limits.take(Bucket("key:slow", 1))
    await asyncio.sleep(0.01)
    purged = await limits.purge()
    assert purged == (0 if database.is_sqlite else 1)
    assert not (await limits.take(Bucket("key:slow", 1)))[-1].is_taken


async def test_process_counts_for_itself_while_the_database_is_away() -> None:
    limits = Limits(Database("postgresql://nobody@127.0.0.1:1/none"))
    assert await taken(limits, Bucket("key:a", 3), 5) == 3


async def test_strangers_cannot_fill_the_memory(tmp_path: Path) -> None:
    limits = Limits(Database(f"sqlite:///{tmp_path / 'a.db'}"))
    for number in range(MOST_NAMES + 500):
        await limits.take(Bucket(f"address:{number}", 1))
    assert len(limits._arrivals) <= MOST_NAMES
