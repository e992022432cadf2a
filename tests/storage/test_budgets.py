"""Rate budgets: exact however many ask at once, people before the rest, and a 429 stops all.

Calls are a hundred seconds apart here, so that how long a test takes changes no figure.
"""

import asyncio
from pathlib import Path

import pytest

from storage.budgets import Budget
from storage.database import Database

INTERVAL = 100


@pytest.fixture
def budget(database: Database) -> Budget:
    return Budget(database, "gorgias:test", per_second=1 / INTERVAL, burst=5)


def turns(waits: list[float]) -> list[int]:
    """Whole intervals to wait."""
    return sorted(round(wait / INTERVAL) for wait in waits)


async def test_racing_calls_get_the_burst_and_then_one_turn_each(budget: Budget) -> None:
    waits = await asyncio.gather(*(budget.reserve() for _ in range(20)))
    assert turns(waits) == [0] * 5 + list(range(1, 16))


async def test_first_call_ever_waits_for_nothing(budget: Budget) -> None:
    assert await budget.reserve() == 0


async def test_replicas_share_one_budget(budget: Budget, database_url: str) -> None:
    if budget.database.is_sqlite:
        pytest.skip("one process a file")
    replica = Database(database_url)
    other = Budget(replica, budget.name, budget.per_second, budget.burst)
    calls = [each.reserve() for each in (budget, other) for _ in range(10)]
    waits = await asyncio.gather(*calls)
    await replica.close()
    assert turns(waits) == [0] * 5 + list(range(1, 16))


async def test_accounts_have_budgets_of_their_own(budget: Budget) -> None:
    other = Budget(budget.database, "gorgias:other", budget.per_second, budget.burst)
    for _ in range(5):
        await budget.reserve()
    assert await other.reserve() == 0


async def test_background_work_leaves_part_of_the_burst_to_people(budget: Budget) -> None:
    waits = await asyncio.gather(*(budget.take_if_free(0.6) for _ in range(6)))
    assert waits.count(0) == 3
    assert [await budget.reserve(), await budget.reserve()] == [0, 0]
    assert turns([await budget.reserve()]) == [1]


async def test_refused_background_call_takes_nothing_and_says_when_to_ask(budget: Budget) -> None:
    for _ in range(3):
        await budget.take_if_free(0.6)
    waits = [await budget.take_if_free(0.6) for _ in range(4)]
    assert turns(waits) == [1, 1, 1, 1]


async def test_smallest_share_still_gets_a_call_when_nobody_else_calls(budget: Budget) -> None:
    assert await budget.take_if_free(0.01) == 0
    assert turns([await budget.take_if_free(0.01)]) == [1]


async def test_hold_stops_people_and_background_alike(budget: Budget) -> None:
    await budget.hold(1000)
    assert await budget.reserve() >= 990
    assert await budget.take_if_free(1) >= 990


async def test_burst_is_not_given_anew_after_a_hold(budget: Budget) -> None:
    await budget.hold(1000)
    first, second = await budget.reserve(), await budget.reserve()
    assert turns([second - first]) == [1]


async def test_shorter_hold_does_not_end_a_longer_one(budget: Budget) -> None:
    await budget.hold(5000)
    await budget.hold(10)
    assert await budget.reserve() >= 4900


@pytest.mark.parametrize("per_second", [1.75, 3, 300, 999])
def test_rounding_never_allows_more_than_the_rate(tmp_path: Path, per_second: float) -> None:
    budget = Budget(Database(f"sqlite:///{tmp_path}/a.db"), "fast", per_second, burst=1)
    assert budget._interval_ms * per_second >= 1000
