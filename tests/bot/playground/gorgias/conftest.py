"""A served helpdesk and a caller with its key."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.playground.gorgias import GorgiasEmulator
from tests.bot.playground.gorgias.caller import Caller


@pytest.fixture
def emulator() -> GorgiasEmulator:
    return GorgiasEmulator()


@pytest.fixture
async def gorgias(emulator: GorgiasEmulator) -> AsyncIterator[Caller]:
    async with (
        TestServer(emulator.make_app()) as server,
        aiohttp.ClientSession(server.make_url("/")) as session,
    ):
        yield Caller(session)
