"""Tables brought up to date by a command; a database that lets nobody in is told in a sentence."""

from sqlalchemy.exc import DBAPIError

from storage import migrate
from storage.database import is_not_let_in, is_unavailable


class DatabaseAwayError(Exception):
    """The message says what the database or the system says, and which variable to look at."""

    def __init__(self, error: Exception) -> None:
        why = error.orig if isinstance(error, DBAPIError) else error
        super().__init__(f"The database cannot be used: {_first_line(why)}. Check DATABASE_URL.")


async def upgrade(database_url: str) -> None:
    """Apply what is missing, before anything else asks the database something."""
    try:
        await migrate.upgrade(database_url)
    except Exception as error:
        if is_unavailable(error) or is_not_let_in(error):
            raise DatabaseAwayError(error) from error
        raise


def _first_line(error: BaseException | None) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
