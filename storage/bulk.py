"""Many rows at once: COPY on PostgreSQL, executemany on SQLite, behind the same verbs.

What imports do in one step is synchronous, for `Database.at_once` and `AsyncConnection.run_sync`.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Column, String, Table, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import BigInteger, TypeEngine

from storage.database import Connection, StepConnection

_IMPORT_LOCK = 0x5265_6775  # "Regu"; any number nobody else uses
_SQLITE_CACHE_KIB = 64 << 10
_HAS_LARGE_CACHE = "has_large_cache"


def lock_imports(connection: StepConnection) -> None:
    """Keep other imports out until the transaction ends; on SQLite it already does."""
    if connection.dialect.name == "sqlite" and not connection.info.get(_HAS_LARGE_CACHE):
        # Orders come in no order of their indexes: with the usual 2 MB, pages are read again and
        # dirty ones written early, while nobody else may write.
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}")
        connection.info[_HAS_LARGE_CACHE] = True
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))


def changes_of_others(connection: StepConnection) -> int:
    """Read a number that changes whenever another connection has written; SQLite only, else 0."""
    if connection.dialect.name != "sqlite":
        return 0
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def among(
    connection: Connection | StepConnection,
    column: ColumnElement[Any],
    values: Sequence[str] | Sequence[int],
) -> ColumnElement[bool]:
    """`column IN values` with one parameter, however many values there are."""
    if connection.dialect.name == "postgresql":
        kind: TypeEngine[Any] = String() if isinstance(column.type, String) else BigInteger()
        return column == any_(literal(list(values), ARRAY(kind)))
    return column.in_(select(func.json_each(json_text(values)).table_valued("value").c.value))


def rows_among(
    connection: StepConnection,
    columns: Sequence[Column[Any]],
    key: Column[Any],
    values: Sequence[str],
) -> Sequence[Sequence[Any]]:
    """`columns` of the rows whose `key` is among `values`, oldest row first."""
    if connection.dialect.name == "postgresql":
        statement = select(*columns).where(among(connection, key, values))
        return connection.execute(statement.order_by(key.table.c.id)).all()
    names = ", ".join(column.name for column in columns)
    rows = connection.exec_driver_sql(
        f"SELECT {names} FROM {key.table.description} "  # noqa: S608 - our own names
        f"WHERE {key.name} IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json_text(values),),
    ).all()
    packed = [isinstance(column.type, JSON) for column in columns]
    if not any(packed):
        return rows
    return [
        [json.loads(cell) if is_json else cell for cell, is_json in zip(row, packed, strict=True)]
        for row in rows
    ]


def json_text(values: Sequence[Any]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def allocate_ids(connection: StepConnection, table: Table, count: int) -> Sequence[int]:
    """Row ids nobody else will use."""
    if not count:
        return []
    if connection.dialect.name == "postgresql":
        found = connection.execute(
            text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)"),
            {"name": table.name, "n": count},
        )
        return found.scalars().all()
    highest = f"SELECT coalesce(max(id), 0) FROM {table.name}"  # noqa: S608 - our own name
    first = int(connection.exec_driver_sql(highest).scalar_one()) + 1
    return range(first, first + count)


def put_rows(
    connection: StepConnection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows of plain values, in the order of `columns`, as the driver stores them."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        adapted = connection.connection.dbapi_connection
        if not isinstance(adapted, AdaptedConnection):
            raise RuntimeError("the connection to PostgreSQL is closed")
        adapted.run_async(
            lambda driver: driver.copy_records_to_table(table.name, records=rows, columns=columns)
        )
        return
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
        list(rows),
    )


async def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Do what `put_rows` does, from a coroutine."""
    await connection.run_sync(put_rows, table, columns, rows)
