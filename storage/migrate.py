"""Brings a database to the newest tables, once, however many replicas start together.

Everything happens in one transaction under a lock: an advisory lock on PostgreSQL, a lock file
beside the database on SQLite. A database that is newer than this code is left as it is, because
migrations only add until the version before has gone (`docs/operations.md`).
"""

import asyncio
import fcntl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from storage.database import Database, normalise_url

log = structlog.get_logger()

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x7265_6775_6C61_7273  # "regulars"
SQLITE_WAIT_MS = 60_000


async def upgrade(database_url: str) -> None:
    """Apply what is missing; a second caller waits for the first and then finds nothing to do."""
    async with _locked(normalise_url(database_url)) as connection:
        await connection.run_sync(_upgrade)


async def is_current(database: Database) -> bool:
    """Tell whether the tables are as this code, or a newer one, wants them."""
    async with database.read() as connection:
        revision = await connection.run_sync(_revision)
    return revision == _newest() or _is_newer(revision)


def alembic_config(connection: SyncConnection) -> Config:
    """Return what Alembic's commands need; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: SyncConnection) -> None:
    before = _revision(connection)
    if before == _newest():
        return
    if _is_newer(before):
        log.warning("database.newer_than_code", revision=before)
        return
    command.upgrade(alembic_config(connection), "head")
    log.info("database.migrated", before=before, after=_newest())


def _revision(connection: SyncConnection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _revisions() -> tuple[str, ...]:
    """Every revision this code knows, newest first."""
    return tuple(script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions())


def _newest() -> str:
    return _revisions()[0]


def _is_newer(revision: str | None) -> bool:
    return revision is not None and revision not in _revisions()


@asynccontextmanager
async def _locked(url: str) -> AsyncGenerator[AsyncConnection]:
    if url.startswith("sqlite"):
        async with _file_lock(Path(make_url(url).database or "")), _begin(_sqlite_engine(url)) as c:
            yield c
        return
    async with _begin(_postgres_engine(url)) as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        yield connection


@asynccontextmanager
async def _begin(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def _file_lock(database: Path) -> AsyncGenerator[None]:
    """Take turns with other processes; SQLite's own lock does not cover the switch to WAL."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.migrating").open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


def _postgres_engine(url: str) -> AsyncEngine:
    # No statement timeout: rewriting a large table takes as long as it takes.
    return create_async_engine(url, poolclass=NullPool, connect_args={"timeout": 3})


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, poolclass=NullPool)

    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {SQLITE_WAIT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # Copying a table drops the old one, which must not cascade into others.
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    event.listen(engine.sync_engine, "connect", configure)
    event.listen(
        engine.sync_engine,
        "begin",
        lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"),
    )
    return engine
