"""The engine: one address, two dialects, three lanes, and a clock that is the database's own.

SQLite has one writer at a time. Inside one process writers take turns here instead of
polling each other's lock, and the acknowledgement of a Slack envelope goes before all others.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from enum import Enum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import BigInteger, text
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from storage.pools import (
    Pool,
    PoolSizes,
    postgres_pool,
    sqlite_pool,
    sqlite_stepper,
)

Connection = AsyncConnection
StepConnection = SyncConnection

Result = TypeVar("Result")

AFTER_COMMIT = "after_commit"

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeoutError, OSError, asyncio.TimeoutError)
"""What a database that cannot be reached, or is too busy, raises."""


POSTGRES_UNAVAILABLE = ("08", "25006", "40", "53", "57", "58")
"""Beginnings of SQLSTATEs for connections, read-only standbys, conflicts, full pools and disks,
time-outs and servers that start or stop."""

POSTGRES_NOT_LET_IN = ("28", "3D")
"""Of a user or password that is refused, and of a database that does not exist."""

SQLITE_UNAVAILABLE = ("locked", "busy", "disk", "unable to open", "readonly", "full")


class Lane(Enum):
    """Who is waiting: Slack for an acknowledgement, a person for an answer, or nobody."""

    INTAKE = "intake"
    INTERACTIVE = "interactive"
    JOBS = "jobs"


SQLITE_WAIT_SECONDS = {Lane.INTAKE: 2, Lane.INTERACTIVE: 10, Lane.JOBS: 10}
"""How long another process may keep us from writing."""

COUNTER_CONNECTIONS = 2
SQLITE_RETRY_SECONDS = 0.002


class now_ms(GenericFunction[int]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock in milliseconds since 1970 UTC, so that replicas cannot disagree."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_ms, "sqlite")
def _now_ms_sqlite(_element: now_ms, _compiler: SQLCompiler, **_: object) -> str:
    # unixepoch('subsec') is NULL before SQLite 3.42
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(now_ms, "postgresql")
def _now_ms_postgresql(_element: now_ms, _compiler: SQLCompiler, **_: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"


def normalise_url(url: str) -> str:
    """Accept the usual spellings (`postgres://`, `sqlite:///`) and name the async drivers.

    Raises ValueError for a database that is neither SQLite nor PostgreSQL.
    """
    for prefix in ("postgres://", "postgresql://", "postgresql+asyncpg://"):
        if url.startswith(prefix):
            return "postgresql+asyncpg://" + url.removeprefix(prefix)
    for prefix in ("sqlite+aiosqlite://", "sqlite://"):
        if url.startswith(prefix):
            return "sqlite+aiosqlite://" + url.removeprefix(prefix)
    raise ValueError(
        "DATABASE_URL must start with sqlite:///, postgres:// or postgresql://.",
    )


class Database:
    """Opens transactions. `url` may be any spelling that `normalise_url` accepts."""

    def __init__(
        self,
        url: str,
        *,
        pools: PoolSizes = PoolSizes(),  # noqa: B008 - frozen
        repeatable: bool = False,
    ) -> None:
        """Open nothing yet. `repeatable`: all that is written can be written again from a file.

        On SQLite such work need not wait for the disk at every commit; a power cut may lose its
        last commits, never the file or what others committed.
        """
        self.url = normalise_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._turn = asyncio.Lock()
        self._background_turn = asyncio.Lock()
        if self.is_sqlite:
            self._open_sqlite(pools, repeatable=repeatable)
        else:
            self._open_postgres(pools)

    def _open_sqlite(self, pools: PoolSizes, *, repeatable: bool) -> None:
        file = make_url(self.url).database
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        wait = pools.wait_seconds
        intake = sqlite_pool("intake", self.url, 1, wait, begin="IMMEDIATE")
        writer = sqlite_pool("writer", self.url, 3, wait, begin="IMMEDIATE", repeatable=repeatable)
        reader = sqlite_pool("reader", self.url, pools.work, wait, begin="DEFERRED", busy_ms=2000)
        self._writers = {Lane.INTAKE: intake, Lane.INTERACTIVE: writer, Lane.JOBS: writer}
        self._readers = dict.fromkeys(Lane, reader)
        self._stepper = sqlite_stepper(self.url, repeatable=repeatable)

    def _open_postgres(self, pools: PoolSizes) -> None:
        sizes = {Lane.INTAKE: pools.intake, Lane.INTERACTIVE: pools.work, Lane.JOBS: pools.work}
        limits = dict.fromkeys(Lane, pools.statement_seconds)
        limits[Lane.JOBS] = pools.job_statement_seconds
        self._writers = self._readers = {
            lane: postgres_pool(lane.value, self.url, sizes[lane], pools.wait_seconds, limits[lane])
            for lane in Lane
        }
        self._counters = postgres_pool(
            "counters",
            self.url,
            COUNTER_CONNECTIONS,
            pools.wait_seconds,
            pools.statement_seconds,
            waits_for_disk=False,
        )

    @property
    def pools(self) -> list[Pool]:
        """Every pool once."""
        pools = [*self._writers.values(), *self._readers.values()]
        if not self.is_sqlite:
            pools.append(self._counters)
        return list({pool.name: pool for pool in pools}.values())

    @asynccontextmanager
    async def transaction(
        self, lane: Lane = Lane.INTERACTIVE, *, one_statement: bool = False
    ) -> AsyncGenerator[Connection]:
        """Read and write, all or nothing; commits when the block ends without an exception.

        With `one_statement` PostgreSQL is told nothing of the transaction: a statement that
        stands alone commits by itself, in one trip to the server instead of three.
        """
        waiting: list[Callable[[], None]] = []
        async with self._writing(lane, autocommit=one_statement) as connection:
            connection.info[AFTER_COMMIT] = waiting
            yield connection
        for act in waiting:
            act()

    @asynccontextmanager
    async def _writing(self, lane: Lane, *, autocommit: bool) -> AsyncGenerator[Connection]:
        """Begin in this lane's turn; on SQLite, as soon as no other process writes.

        SQLite's own way of waiting sleeps ever longer and sleeps through the short pauses that an
        import leaves, so we ask every other millisecond, and let intake ask in between.
        """
        pool, started = self._writers[lane], time.perf_counter()
        if not self.is_sqlite:
            async with _taken(pool, autocommit=autocommit) as connection:
                yield connection
            return
        deadline = time.monotonic() + SQLITE_WAIT_SECONDS[lane]
        # One background writer at most stands in the queue, so intake waits for one commit.
        async with nullcontext() if lane is Lane.INTAKE else self._background_turn:
            while True:
                async with self._turn, AsyncExitStack() as stack:
                    try:
                        begun = await pool.begin(stack)
                    except OperationalError as error:
                        if "locked" not in str(error.orig) or time.monotonic() > deadline:
                            raise
                    else:
                        pool.waited(time.perf_counter() - started)
                        yield begun
                        return
                await asyncio.sleep(SQLITE_RETRY_SECONDS)

    async def at_once(self, work: Callable[[StepConnection], Result]) -> Result:
        """Do synchronous background work in one transaction.

        On SQLite that is one step in a thread: over an async connection every statement takes
        several changes of threads, while nobody else may write.
        """
        if not self.is_sqlite:
            async with self.transaction(Lane.JOBS) as connection:
                return await connection.run_sync(work)
        deadline = time.monotonic() + SQLITE_WAIT_SECONDS[Lane.JOBS]
        async with self._background_turn:
            while True:
                async with self._turn:
                    done = await asyncio.to_thread(self._try_step, work, deadline)
                if done is not None:
                    return done[0]
                await asyncio.sleep(SQLITE_RETRY_SECONDS)

    def _try_step(
        self, work: Callable[[StepConnection], Result], deadline: float
    ) -> tuple[Result] | None:
        """Begin and work; None while another process writes, until `deadline`."""
        with self._stepper.connect() as connection:
            try:
                transaction = connection.begin()
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
                return None
            with transaction:
                return (work(connection),)

    @asynccontextmanager
    async def read(self, lane: Lane = Lane.INTERACTIVE) -> AsyncGenerator[Connection]:
        """Read in one transaction: on SQLite one snapshot, on PostgreSQL one for each statement.

        Nothing may be written.
        """
        async with _taken(self._readers[lane]) as connection:
            yield connection

    @asynccontextmanager
    async def statements(self, lane: Lane = Lane.INTERACTIVE) -> AsyncGenerator[Connection]:
        """Read by statements of which each stands alone; nothing may be set, streamed or written.

        On PostgreSQL, where two statements of `read` see two states anyway, this saves the two
        trips to the server that begin and end a transaction: the half of a short question.
        """
        async with _taken(self._readers[lane], autocommit=not self.is_sqlite) as connection:
            yield connection

    @asynccontextmanager
    async def counters(self) -> AsyncGenerator[Connection]:
        """Write by statements that commit alone and wait for no disk; PostgreSQL only.

        For figures of which a crash may take the last moments.
        """
        async with _taken(self._counters, autocommit=True) as connection:
            yield connection

    async def rehearse(
        self, lane: Lane, act: Callable[[Connection], Awaitable[None]] | None = None
    ) -> None:
        """Open every connection of a lane and act on each; what that wrote is taken back.

        On SQLite, where one writes at a time, one connection.
        """
        async with AsyncExitStack() as stack:
            for _ in range(1 if self.is_sqlite else self._writers[lane].size):
                writing = self._writing(lane, autocommit=False)
                connection = await stack.enter_async_context(writing)
                if act is not None:
                    await act(connection)
                await connection.rollback()

    async def check(self) -> None:
        """Raise one of UNAVAILABLE when the database does not answer within two seconds."""
        async with asyncio.timeout(2), self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        for pool in self.pools:
            await pool.engine.dispose()
        if self.is_sqlite:
            self._stepper.dispose()


@asynccontextmanager
async def _taken(pool: Pool, *, autocommit: bool = False) -> AsyncGenerator[Connection]:
    """Take a connection, and note how long that took."""
    started = time.perf_counter()
    async with AsyncExitStack() as stack:
        connection = await pool.begin(stack, autocommit=autocommit)
        pool.waited(time.perf_counter() - started)
        yield connection


def after_commit(connection: Connection, act: Callable[[], None]) -> None:
    """Do something once what this transaction wrote can be read by others."""
    connection.info[AFTER_COMMIT].append(act)


def is_exhausted(error: BaseException) -> bool:
    """Whether all connections of a pool were in use for longer than one may wait."""
    return isinstance(error, PoolTimeoutError)


def is_unavailable(error: BaseException) -> bool:
    """Whether the database could not be reached, as opposed to having refused a statement."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        # SQLite has one class for "busy" and for "no such table".
        return any(word in str(error.orig) for word in SQLITE_UNAVAILABLE)
    return _sqlstate(error).startswith(POSTGRES_UNAVAILABLE) or isinstance(error, UNAVAILABLE)


def is_not_let_in(error: BaseException) -> bool:
    """Whether the database answers and does not let us in, which waiting does not mend."""
    return _sqlstate(error).startswith(POSTGRES_NOT_LET_IN)


def _sqlstate(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) else None
    return str(getattr(original, "sqlstate", None) or "")
