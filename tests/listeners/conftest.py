"""The bot's own parts, and a Slack that notes what it is given."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.container import Services
from tests.listeners.slack_side import Slack, open_slack
from tests.services.shop import open_shop
from tests.wired import Wired, open_wired


@pytest.fixture
async def wired(database_url: str) -> AsyncIterator[Wired]:
    async with open_wired(database_url) as wired:
        yield wired


@pytest.fixture
async def services(wired: Wired) -> Services:
    """All services, with a few customers."""
    return replace(wired.parts.services, customers=await open_shop(wired.parts.database))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with open_slack() as slack:
        yield slack
