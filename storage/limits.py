"""How often callers may ask, counted for all replicas together.

A generic cell rate algorithm: a bucket of `per_minute` calls that refills evenly. PostgreSQL holds
the buckets for all replicas; SQLite serves one process, which counts in memory. While the database
is away each process counts for itself. A refusal is remembered until its end, so that hammering
costs nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import delete

from storage import shared_limits
from storage.batches import Batches
from storage.buckets import MINUTE_US, Bucket, Standing
from storage.database import Database, is_unavailable, now_ms
from storage.models import rate_limits

__all__ = ["Bucket", "Limits", "Standing"]

log = structlog.get_logger()

MOST_NAMES = 10_000
WAIT_SECONDS = 1.0


@dataclass(slots=True)
class Limits:
    """Takes calls out of buckets."""

    database: Database
    _arrivals: dict[str, int] = field(default_factory=dict)
    """Theoretical arrival times in this process, on the monotonic clock."""
    _refused: dict[str, int] = field(default_factory=dict)
    """Until when a bucket is known to be empty."""
    _together: Batches[tuple[Bucket, ...], list[Standing]] = field(init=False)

    def __post_init__(self) -> None:
        self._together = Batches(self._taken_there, WAIT_SECONDS)

    async def take(self, *buckets: Bucket) -> list[Standing]:
        """Take one call out of each; stops at the first that is empty, which comes last."""
        known = next((found for found in map(self.refusal, buckets) if found), None)
        if known is not None:
            return [known]
        standings = await self._taken(buckets)
        last = standings[-1]
        if not last.is_taken:
            _bound(self._refused)
            self._refused[last.bucket.name] = _now_us() + int(last.retry_after * 1e6)
        return standings

    def refusal(self, bucket: Bucket) -> Standing | None:
        """Return the refusal that is known without asking anybody, if there is one."""
        until = self._refused.get(bucket.name)
        if until is None:
            return None
        left = until - _now_us()
        if left <= 0:
            del self._refused[bucket.name]
            return None
        return Standing(bucket, is_taken=False, ahead_us=MINUTE_US - bucket.interval_us + left)

    async def purge(self) -> int:
        """Drop buckets that are full again."""
        async with self.database.transaction() as connection:
            gone = await connection.execute(
                delete(rate_limits).where(rate_limits.c.tat < now_ms() * 1000)
            )
        return gone.rowcount

    async def _taken(self, buckets: tuple[Bucket, ...]) -> list[Standing]:
        if not self.database.is_sqlite:
            try:
                return await self._together.get(buckets)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("limits.database_unavailable", error=type(error).__name__)
        return self._taken_here(buckets)

    async def _taken_there(self, calls: Sequence[tuple[Bucket, ...]]) -> list[list[Standing]]:
        async with self.database.counters() as connection:
            return await shared_limits.take(connection, calls)

    def _taken_here(self, buckets: tuple[Bucket, ...]) -> list[Standing]:
        standings: list[Standing] = []
        now = _now_us()
        for bucket in buckets:
            arrival = max(self._arrivals.get(bucket.name, 0), now)
            is_taken = arrival + bucket.interval_us - now <= MINUTE_US
            if is_taken:
                _bound(self._arrivals)
                arrival += bucket.interval_us
                self._arrivals[bucket.name] = arrival
            standings.append(Standing(bucket, is_taken, arrival - now))
            if not is_taken:
                break
        return standings


def _bound(names: dict[str, int]) -> None:
    """Forget what is over, then the oldest, so that strangers cannot fill the memory."""
    if len(names) < MOST_NAMES:
        return
    now = _now_us()
    for name in [name for name, until in names.items() if until <= now]:
        del names[name]
    while len(names) >= MOST_NAMES:
        del names[next(iter(names))]


def _now_us() -> int:
    return time.monotonic_ns() // 1000
