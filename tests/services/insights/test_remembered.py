"""Insights from the cache are the ones that would be counted, on both databases."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from services.insights import Insights
from services.insights.events import Event
from services.insights.remembered import RememberedInsights
from services.insights.request import (
    AffinityRequest,
    ChurnRequest,
    CohortRequest,
    Cut,
    SeasonalRequest,
    SegmentCut,
    SegmentsRequest,
)
from services.pool import ProcessPool
from services.scoring import Scoring
from services.scoring.storing import KIND
from storage import scores
from storage.cache import Cache, Outcome
from storage.database import Database
from storage.models import import_runs
from storage.redis_store import RedisStore
from tests.redis_server import redis_server
from tests.services.scoring.drawn_shop import add_orders, small_shop

LONDON = ZoneInfo("Europe/London")
AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Outcomes:
    told: list[tuple[str, Outcome]] = field(default_factory=list)

    def cache_asked(self, namespace: str, outcome: Outcome) -> None:
        self.told.append((namespace, outcome))

    def cache_loaded(self, namespace: str, seconds: float) -> None: ...


@pytest.fixture
async def scored(database: Database, pool: ProcessPool) -> Database:
    await add_orders(database, small_shop())
    await Scoring(database, pool, currency="GBP", zone=LONDON).refresh()
    return database


def shop(database: Database, pool: ProcessPool, cache: Cache) -> RememberedInsights:
    return RememberedInsights(database, pool, "GBP", LONDON, "GB", cache)


async def test_everything_remembered_or_shared_is_equal_to_what_is_counted(
    scored: Database, pool: ProcessPool, tmp_path: Path
) -> None:
    counted = Insights(scored, pool, "GBP", LONDON, "GB")
    with redis_server(tmp_path) as server:
        store = RedisStore.open(server.url, scored.url, lambda _is_up: None)
        await store.probe()
        outcomes = Outcomes()
        for _ in range(2):  # the second replica finds all in Redis
            replica = shop(scored, pool, Cache(outcomes, store))
            for _ in range(2):
                for cut in (None, *Cut):
                    asked = CohortRequest(cut)
                    assert await replica.cohorts(asked) == await counted.cohorts(asked)
                for by in (None, *SegmentCut):
                    wish = SegmentsRequest(by)
                    assert await replica.segments(wish) == await counted.segments(wish)
                pairs = AffinityRequest(min_count=1, with_rules=True)
                assert await replica.affinity(pairs) == await counted.affinity(pairs)
                assert await replica.churn(ChurnRequest(top=0)) == await counted.churn(
                    ChurnRequest(top=0)
                )
                season = SeasonalRequest(Event.CHRISTMAS)
                assert await replica.seasonal(season) == await counted.seasonal(season)
        await store.close()
    kinds = 1 + len(Cut) + 1 + len(SegmentCut) + 3
    told = [outcome for _, outcome in outcomes.told]
    assert [told.count(each) for each in ("miss", "shared", "memory")] == [kinds, kinds, 2 * kinds]


async def test_import_and_score_run_make_older_answers_unreachable(
    scored: Database, pool: ProcessPool
) -> None:
    outcomes = Outcomes()
    insights = shop(scored, pool, Cache(outcomes))
    await insights.churn(ChurnRequest(top=0))
    await insights.churn(ChurnRequest(top=0))
    async with scored.transaction() as connection:
        run = {"kind": "orders", "file_name": "a.csv", "file_hash": "1", "state": "done"}
        await connection.execute(insert(import_runs).values(**run, started_at=AT, finished_at=AT))
    await insights.churn(ChurnRequest(top=0))
    async with scored.transaction() as connection:
        active = await scores.active_run(connection, KIND)
        assert active is not None
        new = scores.NewRun(KIND, "m", active.as_of_day, 90, "later", 1, 1)
        await scores.activate(connection, KIND, await scores.start_run(connection, new))
    await insights.churn(ChurnRequest(top=0))
    assert [outcome for _, outcome in outcomes.told] == ["miss", "memory", "miss", "miss"]


async def test_lists_of_people_are_not_remembered(scored: Database, pool: ProcessPool) -> None:
    outcomes = Outcomes()
    insights = shop(scored, pool, Cache(outcomes))
    first = await insights.churn(ChurnRequest(top=5))
    assert first.customers
    assert await insights.churn(ChurnRequest(top=5)) == first
    assert outcomes.told == []
    await insights.churn(ChurnRequest(top=0))
    assert (await insights.churn(ChurnRequest(top=0))).customers == ()
    assert [outcome for _, outcome in outcomes.told] == ["miss", "memory"]
