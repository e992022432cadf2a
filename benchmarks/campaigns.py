"""Dry-run, freeze and export a campaign in a shop of a million scored customers.

    python -m benchmarks.campaigns --database postgresql://…/shop [--draw 1000000]

changes the customers of a shop that `benchmarks.scoring` loaded and scored; with `--draw` it fills
an empty PostgreSQL database with customers and drawn scores, and no orders. Everybody gets an
address; 70 % consent, 2 % have an open ticket. The yardstick printed beside the preview is one
plain count over the same scores.
"""

import argparse
import asyncio
import resource
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from services.campaigns import Campaigns, Person
from services.campaigns.audiences import Audiences
from services.campaigns.files import Layout
from services.campaigns.plan import SEGMENT_NAMES, AudienceRules, Goal, Plan
from services.insights import Insights
from services.pool import ProcessPool
from services.scoring.storing import KIND
from storage.database import Database, Lane, normalise_url
from storage.jobs import Ledger
from storage.migrate import upgrade
from storage.models import customer_scores, customers, products

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
    FROM customers WHERE id % 50 = 0 AND id BETWEEN {first} AND {first} + 49999""",
    *(f"ANALYZE {name}" for name in ("customers", "customer_scores", "tickets")),
)


DRAWN_ROWS = 50_000
DRAWN = (
    """INSERT INTO customers (id, source_id, name, email, country, consent)
    SELECT n, 's' || n, 'Person ' || n, 'p' || n || '@example.com',
    CASE WHEN n % 3 = 0 THEN 'DE' ELSE 'GB' END,
    CASE WHEN n % 10 < 7 THEN 'subscribed' ELSE 'unknown' END
    FROM generate_series({first}, {last}) n""",
    """INSERT INTO model_runs (id, kind, method, as_of_day, horizon_days, data_version, customers,
    repeat_customers, state, created_at) VALUES (1, '{kind}', 'drawn', 20700, 90, 'drawn', {size},
    {size}, 'active', 0)""",
    """INSERT INTO customer_scores
    SELECT 1, n, 3, (random() * 400)::int, 500 + (random() * 400)::int, 5000, 15000,
    random(), random(), random(), 0, 2, (random() * 9000)::int, 0, 9000,
    random() * 2, 0, 4, (random() * 20000)::int, 0, 20000,
    random() * 5, 0, 9, (random() * 60000)::int, 0, 60000,
    NULL, (random() * {segments})::int, (random() * 2)::int
    FROM generate_series({first}, {last}) n""",
)


async def draw(database: Database, size: int) -> None:
    """Fill an empty PostgreSQL database with customers and scores."""
    words = {"size": size, "kind": KIND, "segments": len(SEGMENT_NAMES) - 1}
    for statement in DRAWN:
        for first in range(1, size + 1, DRAWN_ROWS) if "{first}" in statement else [1]:
            last = min(size, first + DRAWN_ROWS - 1)
            async with database.transaction(Lane.JOBS) as connection:
                await connection.execute(text(statement.format(**words, first=first, last=last)))


async def prepare(database: Database, changes: Sequence[str]) -> None:
    """Give everybody a state, once."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    async with database.read() as connection:
        people = int(await connection.scalar(select(func.max(customers.c.id))) or 0)
    for change in changes:
        for first in range(1, people + 1, 50_000) if "{first}" in change else [0]:
            async with database.transaction() as connection:
                if connection.dialect.name == "postgresql":
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                await connection.execute(text(change.format(now=now, first=first)))


async def timed_preview(campaigns: Campaigns, plan: Plan) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        found = await campaigns.preview(plan)
        seconds.append(time.perf_counter() - started)
    print(f"{plan.name}: {found.fits:,} fit, {found.size:,} in; first {seconds[0]:.2f} s", end="; ")
    return statistics.median(seconds)


async def measure(url: str, size: int) -> None:
    """Print each figure beside its goal."""
    if size:
        await upgrade(normalise_url(url))
    database, pool = Database(url), ProcessPool(1)
    try:
        if size:
            await draw(database, size)
        await prepare(database, CHANGES[1:] if size else CHANGES)
        insights = Insights(database, pool, "USD", ZoneInfo("UTC"))
        campaigns = Campaigns(database, Audiences(database, insights), Ledger(database), 10**9)
        started = time.perf_counter()
        async with database.read() as connection:
            scored = await connection.scalar(select(func.count()).select_from(customer_scores))
        print(f"{scored:,} scores, counting them {time.perf_counter() - started:.2f} s")
        everybody = Plan("everybody", Goal.CUSTOM)
        narrow = Plan.usual(Goal.WINBACK, "winback")
        best = Plan("best", Goal.CUSTOM, AudienceRules(best=10_000))
        async with database.read() as connection:
            sku = await connection.scalar(select(products.c.sku).order_by(products.c.id).limit(1))
        bought = [Plan("bought", Goal.CUSTOM, AudienceRules(bought=(sku,)))] if sku else []
        for plan in (everybody, narrow, best, *bought):
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
    parser.add_argument("--draw", type=int, default=0, metavar="CUSTOMERS")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.database, chosen.draw))
