"""Databases for tests: every test that asks for one runs on SQLite and on PostgreSQL."""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from sqlalchemy.engine import URL

import bot  # noqa: F401 - before numpy: it then has one thread a process, as in the product
from services.pool import ProcessPool
from storage.database import Database
from storage.migrate import upgrade
from tests.postgres import Scratch, execute, in_thread, postgres_server

MakeDatabase = Callable[[str], str]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"database_url", "postgres"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if item.get_closest_marker("browser"):
            # in the report, for .ci/skipped_browser_tests.py
            item.user_properties.append(("browser", "yes"))
    # Long files first: one that begins last would keep a single process busy at the end.
    items.sort(key=lambda item: "end_to_end" not in item.path.parts)


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """Give the next test logging as it was, after a command that set it up for its process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    if structlog.is_configured():
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    in_thread(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres(testrun_uid: str) -> Iterator[URL]:
    """A server on which databases can be created."""
    with postgres_server(testrun_uid) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres: URL) -> Iterator[str]:
    """The name of an empty migrated database to copy."""
    name = f"regulars_template_{os.getpid()}_{uuid4().hex[:8]}"
    execute(postgres, f"CREATE DATABASE {name}")
    in_thread(upgrade(_text(postgres.set(database=name))))
    yield name
    execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def scratch(postgres: URL, postgres_template: str) -> Iterator[Scratch]:
    """The PostgreSQL database of all tests that ask for no other."""
    scratch = Scratch(postgres, postgres_template)
    yield scratch
    scratch.drop()


@pytest.fixture(scope="session")
def make_postgres(postgres: URL, postgres_template: str) -> Iterator[Callable[[], str]]:
    """Give an empty migrated PostgreSQL database, which lasts until the end of the run."""
    made: list[str] = []

    def make() -> str:
        made.append(f"regulars_test_{uuid4().hex[:12]}")
        execute(postgres, f"CREATE DATABASE {made[-1]} TEMPLATE {postgres_template}")
        return _text(postgres.set(database=made[-1]))

    yield make
    execute(postgres, *(f"DROP DATABASE {name} WITH (FORCE)" for name in made))


@pytest.fixture(scope="session")
def make_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> MakeDatabase:
    """Give an empty migrated database of a kind, which nobody else uses."""

    def make(kind: str) -> str:
        if kind == "postgresql":
            return str(request.getfixturevalue("make_postgres")())
        path = tmp_path_factory.mktemp("database") / "regulars.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty migrated database that nobody else uses."""
    if request.param == "sqlite":
        path = tmp_path / "regulars.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    scratch: Scratch = request.getfixturevalue("scratch")
    yield _text(scratch.address)
    scratch.clear()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def pool() -> Iterator[ProcessPool]:
    """A process for calculations that all tests share: to start it takes longer than most."""
    pool = ProcessPool(1, idle_seconds=3600)
    yield pool
    pool.close()


def _text(address: URL) -> str:
    return address.render_as_string(hide_password=False)
