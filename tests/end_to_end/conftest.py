"""One emulated Slack and Gorgias a module, one bot a module and database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import MakeDatabase
from tests.end_to_end.crowd import workspace_with_a_crowd
from tests.end_to_end.playground import Bot, Playground, environment, free_port


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
