"""The search for products bought together, without the process around it."""

import asyncio

import pytest

from services.analytics import rules
from services.insights.basket_search import search
from services.insights.baskets import BasketTask, TooManyCombinations
from services.insights.results import Thresholds
from services.pool import ProcessPool
from storage.database import Database
from tests.services.insights.baskets_shop import open_shop


async def test_too_many_combinations_say_what_minimum_to_try(
    database: Database, pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_shop(database, pool)
    monkeypatch.setattr(rules, "MOST_ITEMSETS", 0)
    task = BasketTask(
        database.url, (0, 99_999), Thresholds(2, 0.0, 0.0), None, with_rules=True, limit=9
    )
    found = await asyncio.to_thread(search, task)
    assert isinstance(found, TooManyCombinations)
    assert found.sentence.endswith(
        "ask for a higher minimum support or count, such as min_count=10."
    )
