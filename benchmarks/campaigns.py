"""Dry-run, freeze and export a campaign in a shop of a million scored customers.

    python -m benchmarks.scoring --database postgresql://…/shop     # loads and scores it
    python -m benchmarks.campaigns --database postgresql://…/shop   # changes its customers

Everybody gets an address; 70 % consent, 2 % have an open ticket. The yardstick printed beside the
preview is one plain count over the same scores.
"""

import argparse
import asyncio
import resource
import statistics
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from services.campaigns import Campaigns, Person
from services.campaigns.audiences import Audiences
from services.campaigns.files import Layout
from services.campaigns.plan import AudienceRules, Goal, Plan
from services.insights import Insights
from services.pool import ProcessPool
from storage.database import Database
from storage.jobs import Ledger
from storage.models import customer_scores, customers

GOAL_SECONDS = 2.0
REPEATS = 5
ADMIN = Person("benchmark", is_admin=True)
CHANGES = (
    """UPDATE customers SET email = 'p' || id || '@example.com', name = 'Person ' || id,
    country = CASE WHEN id % 3 = 0 THEN 'DE' ELSE 'GB' END,
    consent = CASE WHEN id % 10 < 7 THEN 'subscribed' ELSE 'unknown' END
    WHERE id BETWEEN {first} AND {first} + 49999""",
    "DELETE FROM tickets",
    "DELETE FROM campaign_members",
    "DELETE FROM campaigns",
    """INSERT INTO tickets (id, customer_id, status, created_at, created_day, created_hour,
    updated_at, waiting_since) SELECT id, id, 'open', {now}, 20000, 9, {now}, {now}
    FROM customers WHERE id % 50 = 0""",
    "ANALYZE",
)


async def prepare(database: Database) -> None:
    """Give everybody a state, once."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    async with database.read() as connection:
        people = int(await connection.scalar(select(func.max(customers.c.id))) or 0)
    for change in CHANGES:
        for first in range(1, people + 1, 50_000) if "{first}" in change else [0]:
            async with database.transaction() as connection:
                await connection.execute(text(change.format(now=now, first=first)))


async def timed_preview(campaigns: Campaigns, plan: Plan) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        found = await campaigns.preview(plan)
        seconds.append(time.perf_counter() - started)
    print(f"{plan.name}: {found.fits:,} fit, {found.size:,} in", end="; ")
    return statistics.median(seconds)


async def measure(url: str) -> None:
    """Print each figure beside its goal."""
    database, pool = Database(url), ProcessPool(1)
    try:
        await prepare(database)
        insights = Insights(database, pool, "USD", ZoneInfo("UTC"))
        campaigns = Campaigns(database, Audiences(database, insights), Ledger(database), 10**9)
        started = time.perf_counter()
        async with database.read() as connection:
            scored = await connection.scalar(select(func.count()).select_from(customer_scores))
        print(f"{scored:,} scores, counting them {time.perf_counter() - started:.2f} s")
        everybody = Plan("everybody", Goal.CUSTOM)
        narrow = Plan.usual(Goal.WINBACK, "winback")
        for plan in (everybody, narrow):
            print(f"preview {await timed_preview(campaigns, plan):.2f} s (goal {GOAL_SECONDS} s)")
        plan = Plan("some", Goal.CUSTOM, AudienceRules(countries=("DE",)))
        draft = await campaigns.draft(plan, ADMIN)
        started = time.perf_counter()
        frozen = await campaigns.approve(draft.id, ADMIN)
        print(f"freeze {sum(frozen.counts.values()):,}: {time.perf_counter() - started:.1f} s")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, lines = time.perf_counter(), 0
        async for part in campaigns.export(draft.id, Layout.KLAVIYO, ADMIN):
            lines += part.count("\n")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"export {lines:,} lines: {time.perf_counter() - started:.1f} s, +{grown:.0f} MB")
    finally:
        pool.close()
        await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    asyncio.run(measure(parser.parse_args().database))
