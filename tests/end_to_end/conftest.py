"""One emulated Slack and Gorgias a module, one bot a module and database."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.engine import URL

from tests.end_to_end.crowd import workspace_with_a_crowd
from tests.end_to_end.playground import Bot, Playground, environment, free_port
from tests.postgres import execute

MakeDatabase = Callable[[str], str]


@pytest.fixture(scope="session")
def make_database(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MakeDatabase]:
    """Give an empty migrated database of a kind, which nobody else uses."""
    made: list[tuple[URL, str]] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("database") / "regulars.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server: URL = request.getfixturevalue("postgres")
        name = f"regulars_test_{uuid4().hex[:12]}"
        execute(server, f"CREATE DATABASE {name} TEMPLATE {_template(request)}")
        made.append((server, name))
        return server.set(database=name).render_as_string(hide_password=False)

    yield make
    for server, name in made:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _template(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_template"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, make_database: MakeDatabase) -> str:
    """The database of a module's bot."""
    return make_database(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulators(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Playground]:
    """The emulated Slack and Gorgias of a module."""
    folder = tmp_path_factory.mktemp("playground")
    workspace_with_a_crowd(folder)
    playground = await Playground.start(folder)
    yield playground
    await playground.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def playground(emulators: Playground) -> AsyncIterator[Playground]:
    """The same for one test, which uses messages of its own; faults end with the test."""
    yield emulators
    await emulators.calm()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(
    emulators: Playground,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Bot]:
    """The bot of a module and database, running."""
    bot = new_bot(emulators, database_url, tmp_path_factory.mktemp("bot"))
    await bot.start()
    yield bot
    await bot.stop()


def new_bot(playground: Playground, database_url: str, folder: Path, **more: str) -> Bot:
    """Set a bot up without starting it."""
    settings = environment(playground, database_url, folder, free_port(), **more)
    return Bot(settings, folder / "bot.log")
