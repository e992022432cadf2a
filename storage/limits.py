"""How often callers may ask, counted for all replicas together.

A generic cell rate algorithm: a bucket of `per_minute` calls that refills evenly. PostgreSQL holds
the buckets for all replicas; SQLite serves one process, which counts in memory. While the database
is away each process counts for itself. A refusal is remembered until its end, so that hammering
costs nothing.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql

from storage.database import COUNTER_CONNECTIONS, Connection, Database, is_unavailable, now_ms
from storage.models import rate_limits

log = structlog.get_logger()

MINUTE_US = 60_000_000
MOST_NAMES = 10_000
WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """`per_minute` calls at once, and as many again each minute."""

    name: str
    per_minute: int

    @property
    def interval_us(self) -> int:
        """Microseconds in which one call comes back."""
        return MINUTE_US // self.per_minute


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a bucket after a call was taken, or refused."""

    bucket: Bucket
    is_taken: bool
    ahead_us: int
    """Microseconds until the bucket is full again."""

    @property
    def remaining(self) -> int:
        """Calls that may be made at once."""
        return max(0, (MINUTE_US - self.ahead_us) // self.bucket.interval_us)

    @property
    def reset_seconds(self) -> float:
        """Time until the bucket is full again."""
        return max(0.0, self.ahead_us / 1e6)

    @property
    def retry_after(self) -> float:
        """Seconds until the next call would be taken."""
        return max(0.0, (self.ahead_us + self.bucket.interval_us - MINUTE_US) / 1e6)


@dataclass(slots=True)
class Limits:
    """Takes calls out of buckets."""

    database: Database
    _arrivals: dict[str, int] = field(default_factory=dict)
    """Theoretical arrival times in this process, on the monotonic clock."""
    _turns: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(COUNTER_CONNECTIONS)
    )
    _refused: dict[str, int] = field(default_factory=dict)
    """Until when a bucket is known to be empty."""

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
                async with self._turn(), self.database.counters() as connection:
                    return await _until_refused(connection, buckets)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("limits.database_unavailable", error=type(error).__name__)
        return self._taken_here(buckets)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Wait here, and without a connection, for the row that calls of one caller share.

        Waiting in the database they would hold all connections, and whoever was let in would find
        none to be answered with.
        """
        async with asyncio.timeout(WAIT_SECONDS):
            await self._turns.acquire()
        try:
            yield
        finally:
            self._turns.release()

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


async def _until_refused(connection: Connection, buckets: tuple[Bucket, ...]) -> list[Standing]:
    standings: list[Standing] = []
    for bucket in buckets:
        standings.append(await _taken_there(connection, bucket))
        if not standings[-1].is_taken:
            break
    return standings


async def _taken_there(connection: Connection, bucket: Bucket) -> Standing:
    now = now_ms() * 1000
    arrival = func.greatest(rate_limits.c.tat, now) + bucket.interval_us
    statement = (
        postgresql.insert(rate_limits)
        .values(name=bucket.name, tat=now + bucket.interval_us)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"tat": arrival},
            where=arrival - now <= MINUTE_US,
        )
        .returning(rate_limits.c.tat - now)
    )
    ahead = (await connection.execute(statement)).scalar_one_or_none()
    if ahead is not None:
        return Standing(bucket, is_taken=True, ahead_us=int(ahead))
    query = select(rate_limits.c.tat - now).where(rate_limits.c.name == bucket.name)
    return Standing(bucket, False, int((await connection.execute(query)).scalar_one()))


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
