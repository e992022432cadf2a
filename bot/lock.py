"""One process a SQLite file: a second bot on the same file would run the same jobs."""

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url


class DatabaseInUseError(Exception):
    """Another process runs on this file; the message says what to do."""


def lock_sqlite(url: str) -> IO[bytes]:
    """Hold the lock for as long as the returned file stays open."""
    file = Path(make_url(url).database or "regulars.db")
    lock = file.with_name(file.name + ".lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise DatabaseInUseError(
            "Another Regulars is already running on this SQLite file. Stop it first, or set "
            "DATABASE_URL to a PostgreSQL database to run several.",
        ) from error
    return lock
