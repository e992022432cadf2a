"""Tables brought up to date by a command; a database that lets nobody in is told in a sentence."""

from sqlalchemy.exc import DBAPIError

from storage import migrate
from storage.database import is_unavailable

NOT_LET_IN = ("28", "3D")
"""Classes of SQLSTATE: a user or password that is refused, a database that does not exist."""


class DatabaseAwayError(Exception):
    """The message says what the database or the system says, and which variable to look at."""


async def upgrade(database_url: str) -> None:
    """Apply what is missing, before anything else asks the database something."""
    try:
        await migrate.upgrade(database_url)
    except Exception as error:
        if not (is_unavailable(error) or _is_refused(error)):
            raise
        why = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseAwayError(
            f"The database cannot be used: {_first_line(why)}. Check DATABASE_URL."
        ) from error


def _is_refused(error: Exception) -> bool:
    original = error.orig if isinstance(error, DBAPIError) else None
    return str(getattr(original, "sqlstate", None) or "").startswith(NOT_LET_IN)


def _first_line(error: BaseException | None) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
