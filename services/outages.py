"""Telling trouble with the database from a defect of ours."""

from storage.database import is_exhausted, is_unavailable

EXHAUSTED = "All connections to the database are in use"
AWAY = "The database does not answer"


def database_trouble(error: BaseException) -> str | None:
    """Begin the sentence about a database that is away or too busy; None: it is something else."""
    if is_exhausted(error):
        return EXHAUSTED
    return AWAY if is_unavailable(error) else None
