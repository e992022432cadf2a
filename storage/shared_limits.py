"""Takes calls out of the buckets that replicas share; PostgreSQL only.

All calls that ask at the same moment are taken by one statement, each bucket as a whole. Where
that is more than a bucket holds, they are taken one by one, so that exactly as many fit as do.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, text

from storage.buckets import MINUTE_US, Bucket, Standing
from storage.database import Connection, now_ms
from storage.models import rate_limits

Call = tuple[Bucket, ...]
"""The buckets one call is taken out of, in turn: one, or one and another of a different kind."""

# A bucket's row holds when it would be full again. The later buckets lose nothing to calls that
# an earlier one refused. Names are sorted so that two replicas cannot wait for each other.
_TAKE = text(
    f"""
    WITH clock AS (
        SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now
    ), first AS (
        INSERT INTO rate_limits AS stored (name, tat)
        SELECT name, now + cost
        FROM unnest(CAST(:names AS TEXT[]), CAST(:costs AS BIGINT[])) AS wanted (name, cost), clock
        ORDER BY name
        ON CONFLICT (name) DO UPDATE
        SET tat = greatest(excluded.tat, stored.tat + excluded.tat - (SELECT now FROM clock))
        WHERE greatest(excluded.tat, stored.tat + excluded.tat - (SELECT now FROM clock))
            <= (SELECT now FROM clock) + {MINUTE_US}
        RETURNING name, tat - (SELECT now FROM clock) AS ahead
    ), later AS (
        INSERT INTO rate_limits AS stored (name, tat)
        SELECT wanted.name, max(now) + sum(cost)
        FROM unnest(
            CAST(:after AS TEXT[]), CAST(:later_names AS TEXT[]), CAST(:later_costs AS BIGINT[])
        ) AS wanted (after, name, cost)
        JOIN first ON first.name = wanted.after, clock
        GROUP BY wanted.name
        ORDER BY wanted.name
        ON CONFLICT (name) DO UPDATE
        SET tat = greatest(excluded.tat, stored.tat + excluded.tat - (SELECT now FROM clock))
        WHERE greatest(excluded.tat, stored.tat + excluded.tat - (SELECT now FROM clock))
            <= (SELECT now FROM clock) + {MINUTE_US}
        RETURNING name, tat - (SELECT now FROM clock) AS ahead
    )
    SELECT name, ahead FROM first UNION ALL SELECT name, ahead FROM later
    """  # noqa: S608 - a number of ours
)


async def take(connection: Connection, calls: Sequence[Call]) -> list[list[Standing]]:
    """Take each call out of its buckets; stops at the first that is empty, which comes last."""
    if _is_too_much(calls):
        return [await _one_by_one(connection, call) for call in calls]
    ahead = await _taken(connection, calls)
    let_in = [call for call in calls if call[0].name in ahead]
    later = Counter([call[0].name for call in let_in])
    later.update(call[1].name for call in let_in if len(call) > 1)
    standings: list[list[Standing]] = []
    for call in calls:
        own: list[Standing] = []
        for bucket in call:
            if bucket.name not in ahead:
                own += await _one_by_one(connection, call[len(own) :])
                break
            later[bucket.name] -= 1
            taken_later = later[bucket.name] * bucket.interval_us
            own.append(Standing(bucket, True, ahead[bucket.name] - taken_later))
        standings.append(own)
    return standings


def _is_too_much(calls: Sequence[Call]) -> bool:
    """Whether these are more than fit into a bucket that nobody has used before."""
    costs: Counter[str] = Counter()
    for call in calls:
        costs.update({bucket.name: bucket.interval_us for bucket in call})
    return max(costs.values()) > MINUTE_US


async def _taken(connection: Connection, calls: Sequence[Call]) -> dict[str, int]:
    """Tell how far ahead each bucket is now; one that could not take all its calls is missing."""
    costs: Counter[str] = Counter()
    for call in calls:
        costs[call[0].name] += call[0].interval_us
    later = [call for call in calls if len(call) > 1]
    given = {
        "names": list(costs),
        "costs": list(costs.values()),
        "after": [call[0].name for call in later],
        "later_names": [call[1].name for call in later],
        "later_costs": [call[1].interval_us for call in later],
    }
    rows = await connection.execute(_TAKE, given)
    return {row[0]: row[1] for row in rows}


async def _one_by_one(connection: Connection, call: Call) -> list[Standing]:
    standings: list[Standing] = []
    for bucket in call:
        ahead = (await _taken(connection, [(bucket,)])).get(bucket.name)
        if ahead is None:
            query = select(rate_limits.c.tat - now_ms() * 1000)
            query = query.where(rate_limits.c.name == bucket.name)
            refused = int((await connection.execute(query)).scalar_one())
            return [*standings, Standing(bucket, False, refused)]
        standings.append(Standing(bucket, True, ahead))
    return standings
