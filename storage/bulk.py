"""Many rows at once: COPY on PostgreSQL, executemany on SQLite, behind the same three verbs."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, Table, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import BigInteger, TypeEngine

from storage.database import Connection

_IMPORT_LOCK = 0x5265_6775  # "Regu"; any number nobody else uses


async def lock_imports(connection: Connection) -> None:
    """Keep other imports out until the transaction ends; on SQLite it already does."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))


def among(
    connection: Connection,
    column: ColumnElement[Any],
    values: Sequence[str] | Sequence[int],
) -> ColumnElement[bool]:
    """`column IN values` with one parameter, however many values there are."""
    if connection.dialect.name == "postgresql":
        kind: TypeEngine[Any] = String() if values and isinstance(values[0], str) else BigInteger()
        return column == any_(literal(list(values), ARRAY(kind)))
    return column.in_(select(func.json_each(json_text(values)).table_valued("value").c.value))


def json_text(values: Sequence[Any]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


async def allocate_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Row ids nobody else will use."""
    if not count:
        return []
    if connection.dialect.name == "postgresql":
        found = await connection.execute(
            text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)"),
            {"name": table.name, "n": count},
        )
        return found.scalars().all()
    highest = await connection.scalar(select(func.coalesce(func.max(table.c.id), 0)))
    first = int(highest or 0) + 1
    return range(first, first + count)


async def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows of plain values, in the order of `columns`, as the driver stores them."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            raise RuntimeError("the connection to PostgreSQL is closed")
        await driver.copy_records_to_table(
            table.name,
            records=rows,
            columns=columns,
        )
        return
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    await connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
        rows,
    )
