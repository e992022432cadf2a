"""Where periodic work got to: a cursor or a time by name."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection
from storage.models import bookmarks

_BY_NAME = select(bookmarks.c.value).where(bookmarks.c.name == bindparam("name"))


async def find(connection: Connection, name: str) -> str | None:
    """Read a bookmark."""
    return (await connection.execute(_BY_NAME, {"name": name})).scalar()


async def keep(connection: Connection, name: str, value: str) -> str:
    """Set a bookmark unless there is one; returns the one that stands."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    told = dialect.insert(bookmarks).values(name=name, value=value)
    await connection.execute(told.on_conflict_do_nothing(index_elements=["name"]))
    return await find(connection, name) or value


async def save(connection: Connection, name: str, value: str) -> None:
    """Move a bookmark."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    told = dialect.insert(bookmarks).values(name=name, value=value)
    await connection.execute(
        told.on_conflict_do_update(index_elements=["name"], set_={"value": told.excluded.value}),
    )
