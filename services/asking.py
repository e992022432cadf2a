"""Asking the database in a process of the pool, which has no event loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.database import Database
from storage.pools import PoolSizes

Result = TypeVar("Result")

STATEMENT_SECONDS = 1800


def ask(database_url: str, question: Callable[[Database], Awaitable[Result]]) -> Result:
    """Open the database for one question."""

    async def answer() -> Result:
        database = Database(
            database_url, pools=PoolSizes(work=1, statement_seconds=STATEMENT_SECONDS)
        )
        try:
            return await question(database)
        finally:
            await database.close()

    return asyncio.run(answer())
