"""The engine: one address, two dialects, three lanes, and a clock that is the database's own.

SQLite has one writer at a time. Inside one process writers take turns here instead of
polling each other's lock, and the acknowledgement of a Slack envelope goes before all others.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from enum import Enum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import BigInteger, Engine, create_engine, event, text
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

Connection = AsyncConnection
StepConnection = SyncConnection

Result = TypeVar("Result")

AFTER_COMMIT = "after_commit"

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeoutError, OSError, asyncio.TimeoutError)
"""What a database that cannot be reached, or is too busy, raises."""


POSTGRES_UNAVAILABLE = ("08", "25006", "40", "53", "57", "58")
"""Beginnings of SQLSTATEs for connections, read-only standbys, conflicts, full pools and disks,
time-outs and servers that start or stop."""

SQLITE_UNAVAILABLE = ("locked", "busy", "disk", "unable to open", "readonly", "full")


class Lane(Enum):
    """Who is waiting: Slack for an acknowledgement, a person for an answer, or nobody."""

    INTAKE = "intake"
    INTERACTIVE = "interactive"
    JOBS = "jobs"


SQLITE_WAIT_SECONDS = {Lane.INTAKE: 2, Lane.INTERACTIVE: 10, Lane.JOBS: 10}
"""How long another process may keep us from writing."""

SQLITE_RETRY_SECONDS = 0.002
SQLITE_CONNECT_SECONDS = 2


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
        pool_size: int = 10,
        statement_seconds: float = 2.0,
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
            file = make_url(self.url).database
            if file:
                Path(file).parent.mkdir(parents=True, exist_ok=True)
            writer = _sqlite_engine(self.url, 3, 0, "IMMEDIATE", repeatable=repeatable)
            self._writers = {
                Lane.INTAKE: _sqlite_engine(self.url, 1, busy_ms=0, begin="IMMEDIATE"),
                Lane.INTERACTIVE: writer,
                Lane.JOBS: writer,
            }
            reader = _sqlite_engine(self.url, pool_size, busy_ms=2000, begin="DEFERRED")
            self._stepper = _sqlite_stepper(self.url, repeatable=repeatable)
            self._readers = dict.fromkeys(Lane, reader)
        else:
            self._writers = self._readers = {
                Lane.INTAKE: _postgres_engine(self.url, 4, statement_seconds),
                Lane.INTERACTIVE: _postgres_engine(self.url, pool_size, statement_seconds),
                Lane.JOBS: _postgres_engine(self.url, pool_size, 30),
            }

    @property
    def engines(self) -> dict[Lane, AsyncEngine]:
        """One engine a lane."""
        return dict(self._writers)

    def connections_in_use(self, lane: Lane) -> int:
        """Count the connections this lane has checked out; on SQLite two lanes share theirs."""
        pool = self._writers[lane].pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @asynccontextmanager
    async def transaction(self, lane: Lane = Lane.INTERACTIVE) -> AsyncGenerator[Connection]:
        """Read and write, all or nothing; commits when the block ends without an exception."""
        waiting: list[Callable[[], None]] = []
        async with self._writing(lane) as connection:
            connection.info[AFTER_COMMIT] = waiting
            yield connection
        for act in waiting:
            act()

    @asynccontextmanager
    async def _writing(self, lane: Lane) -> AsyncGenerator[Connection]:
        """Begin in this lane's turn; on SQLite, as soon as no other process writes.

        SQLite's own way of waiting sleeps ever longer and sleeps through the short pauses that an
        import leaves, so we ask every other millisecond, and let intake ask in between.
        """
        if not self.is_sqlite:
            async with self._writers[lane].begin() as connection:
                yield connection
            return
        deadline = time.monotonic() + SQLITE_WAIT_SECONDS[lane]
        # One background writer at most stands in the queue, so intake waits for one commit.
        async with nullcontext() if lane is Lane.INTAKE else self._background_turn:
            while True:
                async with self._turn, AsyncExitStack() as stack:
                    try:
                        begun = await stack.enter_async_context(self._writers[lane].begin())
                    except OperationalError as error:
                        if "locked" not in str(error.orig) or time.monotonic() > deadline:
                            raise
                    else:
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
        """One consistent snapshot; nothing may be written."""
        async with self._readers[lane].begin() as connection:
            yield connection

    async def check(self) -> None:
        """Raise one of UNAVAILABLE when the database does not answer within two seconds."""
        async with asyncio.timeout(2), self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        for engine in {*self._writers.values(), *self._readers.values()}:
            await engine.dispose()
        if self.is_sqlite:
            self._stepper.dispose()


def _postgres_engine(url: str, size: int, statement_seconds: float) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=1,
        hide_parameters=True,
        connect_args={
            "timeout": 3,
            "command_timeout": statement_seconds + 1,
            "server_settings": {
                "application_name": "regulars",
                "synchronous_commit": "on",
                "timezone": "UTC",
                "statement_timeout": str(int(statement_seconds * 1000)),
            },
        },
    )


def _sqlite_engine(
    url: str,
    pool_size: int,
    busy_ms: int,
    begin: str,
    *,
    repeatable: bool = False,
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=SQLITE_CONNECT_SECONDS,
        hide_parameters=True,
    )
    _prepare_sqlite(engine.sync_engine, busy_ms, begin, repeatable=repeatable)
    return engine


def _sqlite_stepper(url: str, *, repeatable: bool) -> Engine:
    engine = create_engine(
        make_url(url).set(drivername="sqlite"), pool_size=1, max_overflow=0, hide_parameters=True
    )
    _prepare_sqlite(engine, 0, "IMMEDIATE", repeatable=repeatable)
    return engine


def _prepare_sqlite(engine: Engine, busy_ms: int, begin: str, *, repeatable: bool) -> None:
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: ours say IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_CONNECT_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {'NORMAL' if repeatable else 'FULL'}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {busy_ms}")
        cursor.close()

    event.listen(engine, "connect", configure)
    event.listen(
        engine,
        "begin",
        lambda connection: connection.exec_driver_sql(f"BEGIN {begin}"),
    )


def after_commit(connection: Connection, act: Callable[[], None]) -> None:
    """Do something once what this transaction wrote can be read by others."""
    connection.info[AFTER_COMMIT].append(act)


def is_unavailable(error: BaseException) -> bool:
    """Whether the database could not be reached, as opposed to having refused a statement."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        # SQLite has one class for "busy" and for "no such table".
        return any(word in str(error.orig) for word in SQLITE_UNAVAILABLE)
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state.startswith(POSTGRES_UNAVAILABLE):
            return True
    return isinstance(error, UNAVAILABLE)
