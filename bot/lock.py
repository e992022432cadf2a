"""One process a SQLite file, one demo a folder: a second would do the same work."""

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url


class InUseError(Exception):
    """Another process holds it; the message says what to do."""


def lock_sqlite(url: str) -> IO[bytes]:
    """Hold a database for as long as the returned file stays open."""
    file = Path(make_url(url).database or "regulars.db")
    return hold(
        file.with_name(file.name + ".lock"),
        "Another Regulars is already running on this SQLite file. Stop it first, or set "
        "DATABASE_URL to a PostgreSQL database to run several.",
    )


def hold(path: Path, sentence: str) -> IO[bytes]:
    """Hold a lock for as long as the returned file stays open; else raise with `sentence`."""
    lock = path.open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise InUseError(sentence) from error
    return lock
