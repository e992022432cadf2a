"""Connections: how each dialect opens them, how many there are, and how long one waits for one."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

SQLITE_CONNECT_SECONDS = 2
POSTGRES_CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class PoolSizes:
    """How many connections each kind of work has, how long it waits for one, and for an answer.

    Statement time-outs are PostgreSQL's; SQLite has none.
    """

    work: int = 10
    """Of people's requests; background jobs have as many of their own."""
    intake: int = 4
    """Of acknowledgements to Slack, which must wait for nobody."""
    wait_seconds: float = 1.0
    statement_seconds: float = 2.0
    job_statement_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class PoolState:
    """One pool as an operator sees it."""

    name: str
    size: int
    in_use: int
    idle: int
    """Open and not in use; others are opened when needed."""
    wait_limit_seconds: float
    statement_limit_seconds: float | None
    """None: statements take as long as they take."""
    taken: int
    """Times somebody got a connection since the start."""
    waited_seconds: float
    """For all of these together, opening connections included."""
    longest_wait_seconds: float
    exhausted: int
    """Times nobody gave one back in time."""


class PoolObserver(Protocol):
    """Where figures go."""

    def pool_waited(self, pool: str, seconds: float) -> None: ...

    def pool_exhausted(self, pool: str) -> None: ...


@dataclass(eq=False, slots=True)
class Pool:
    """An engine, and figures about waiting for it."""

    name: str
    engine: AsyncEngine
    size: int
    wait_seconds: float
    statement_seconds: float | None = None
    observer: PoolObserver | None = None
    _autocommit: AsyncEngine = field(init=False)
    """The same connections, for statements that stand alone."""
    _taken: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)
    _longest: float = field(default=0.0, init=False)
    _exhausted: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def begin(self, stack: AsyncExitStack, *, autocommit: bool = False) -> AsyncConnection:
        """Open a transaction that ends with the stack; with `autocommit` none is begun."""
        engine = self._autocommit if autocommit else self.engine
        try:
            return await stack.enter_async_context(engine.begin())
        except PoolTimeoutError:
            self._exhausted += 1
            if self.observer is not None:
                self.observer.pool_exhausted(self.name)
            raise

    def waited(self, seconds: float) -> None:
        """Note how long somebody waited for what they then got."""
        self._taken += 1
        self._waited += seconds
        self._longest = max(self._longest, seconds)
        if self.observer is not None:
            self.observer.pool_waited(self.name, seconds)

    def state(self) -> PoolState:
        """Return the figures of this moment."""
        pool = self.engine.pool
        queue = pool if isinstance(pool, QueuePool) else None
        return PoolState(
            name=self.name,
            size=self.size,
            in_use=0 if queue is None else queue.checkedout(),
            idle=0 if queue is None else queue.checkedin(),
            wait_limit_seconds=self.wait_seconds,
            statement_limit_seconds=self.statement_seconds,
            taken=self._taken,
            waited_seconds=round(self._waited, 3),
            longest_wait_seconds=round(self._longest, 3),
            exhausted=self._exhausted,
        )


def postgres_pool(
    name: str,
    url: str,
    size: int,
    wait_seconds: float,
    statement_seconds: float,
    *,
    waits_for_disk: bool = True,
) -> Pool:
    """Describe a pool; nothing is opened yet."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_use_lifo=True,  # who was here last has every statement prepared
        hide_parameters=True,
        connect_args={
            "timeout": POSTGRES_CONNECT_SECONDS,
            "command_timeout": statement_seconds + 1,
            "server_settings": {
                "application_name": "regulars",
                "synchronous_commit": "on" if waits_for_disk else "off",
                "timezone": "UTC",
                "statement_timeout": str(int(statement_seconds * 1000)),
            },
        },
    )
    return Pool(name, engine, size, wait_seconds, statement_seconds)


def sqlite_pool(
    name: str,
    url: str,
    size: int,
    wait_seconds: float,
    *,
    begin: str,
    busy_ms: int = 0,
    repeatable: bool = False,
) -> Pool:
    """Describe a pool; `begin` is IMMEDIATE for writers and DEFERRED for readers."""
    engine = create_async_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=wait_seconds, hide_parameters=True
    )
    _prepare_sqlite(engine.sync_engine, busy_ms, begin, repeatable=repeatable)
    return Pool(name, engine, size, wait_seconds)


def sqlite_stepper(url: str, *, repeatable: bool) -> Engine:
    """Describe the one connection for synchronous work in a thread."""
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
