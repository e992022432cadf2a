"""A bot without its sockets, in front of both emulators."""

from collections.abc import AsyncIterator

import pytest

from tests.wired import Wired, open_wired


@pytest.fixture
async def wired(database_url: str) -> AsyncIterator[Wired]:
    async with open_wired(database_url) as wired:
        yield wired
