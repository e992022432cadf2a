"""Rows that take long to calculate, kept to fill other databases of the same run with."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from storage.database import Connection, Database

Rows = dict[Table, list[dict[str, Any]]]


async def keep(database: Database, tables: Sequence[Table]) -> Rows:
    """Read these tables, whose order is one in which they can be written."""
    async with database.read() as connection:
        return {
            table: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in tables
        }


async def fill(database: Database, kept: Rows) -> None:
    """Write the rows into tables that are still empty."""
    async with database.transaction() as connection:
        for table, rows in kept.items():
            if not rows:
                continue
            await connection.execute(insert(table), rows)
            if table.autoincrement_column is not None and not database.is_sqlite:
                await _go_on_counting(connection, table, table.autoincrement_column.name)


async def _go_on_counting(connection: Connection, table: Table, column: str) -> None:
    """PostgreSQL's sequences know nothing of ids that are given."""
    last = await connection.scalar(select(func.max(table.c[column])))
    await connection.execute(
        text("SELECT setval(pg_get_serial_sequence(:table, :column)::regclass, :last)"),
        {"table": table.name, "column": column, "last": last},
    )
