"""Telling trouble with the database from a defect of ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from services.errors import NotStoredError
from storage.database import is_exhausted, is_unavailable

EXHAUSTED = "All connections to the database are in use"
AWAY = "The database does not answer"


def database_trouble(error: BaseException) -> str | None:
    """Begin the sentence about a database that is away or too busy; None: it is something else."""
    if is_exhausted(error):
        return EXHAUSTED
    return AWAY if is_unavailable(error) else None


@asynccontextmanager
async def stored_or_told() -> AsyncGenerator[None]:
    """Say in a word of ours, NotStoredError, that the database was not there for this."""
    try:
        yield
    except Exception as error:
        if not is_unavailable(error):
            raise
        raise NotStoredError(type(error).__name__) from error
