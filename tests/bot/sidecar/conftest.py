import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.sidecar.running import Running, run_sidecar


@pytest.fixture
async def running(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> AsyncIterator[Running]:
    """A sidecar with the options of the test's indirect parameter, on SQLite."""
    path = tmp_path / "regulars.db"
    shutil.copyfile(sqlite_template, path)
    async with run_sidecar(f"sqlite:///{path}", **getattr(request, "param", {})) as running:
        yield running


@pytest.fixture
async def running_on(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Running]:
    """The same on SQLite and on PostgreSQL."""
    async with run_sidecar(database_url, **getattr(request, "param", {})) as running:
        yield running
