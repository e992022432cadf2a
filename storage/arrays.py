"""Whole columns at once: results of queries as arrays, arrays as rows of a table.

A Python object for each of twelve million rows costs more than all else together. So the database
itself strings the values of many rows together, and numpy takes the string apart: decimal numbers
on SQLite, bytes on PostgreSQL. Written is PostgreSQL's binary COPY format, laid out by numpy;
SQLite's driver knows only tuples, which live no longer than a batch.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    REAL,
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import Column as TableColumn
from sqlalchemy.types import UserDefinedType

from storage.database import Connection

IntColumns = npt.NDArray[np.int64]
Column = npt.NDArray[Any]
"""One value a row; a masked array where the table may hold NULL."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NO_TIMEOUT = 86_400
_BLOCK_ROWS = 50_000
_FIRST_WIDTH = 4_096
_FIRST_PAGES = 64
_PACKED_ROWS = 2_000
_SQLITE_STATEMENT_ROWS = 50
_HAND_OVER_SECONDS = 0.001
"""Until a driver has told the database what to read, which takes several turns of the loop."""


class _Page(UserDefinedType[int]):
    """Where PostgreSQL keeps a row: the page of its table, counted from 0."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "TID"

    def bind_processor(self, _dialect: Dialect) -> Callable[[int | None], tuple[int | None, int]]:
        return lambda page: (page, 0)


@dataclass(frozen=True, slots=True)
class _Path:
    """The way through a table: from `start` to `last` in steps of about `width`, to begin with."""

    along: ColumnElement[int]
    start: int
    last: int
    width: int


async def read_columns(
    connection: Connection, query: Select[*tuple[Any, ...]], along: TableColumn[int]
) -> IntColumns:
    """Read a result into an array of shape (columns, rows), rows in any order.

    See `read_blocks`.
    """
    blocks = [block async for block in read_blocks(connection, query, along)]
    return _joined(blocks, len(query.selected_columns))


async def read_named(
    connection: Connection, query: Select[*tuple[Any, ...]], along: TableColumn[int]
) -> tuple[IntColumns, list[str]]:
    """Read a result of which the last column is text: its places in the list of all texts."""
    places: dict[str, int] = {}
    blocks = []
    async with aclosing(_rows(connection, query, along)) as rows:
        async for *figures, texts in rows:
            named = [places.setdefault(text, len(places)) for text in json.loads(texts or "[]")]
            columns = [_taken_apart(values) for values in figures]
            blocks.append(np.stack([*columns, np.array(named, dtype=np.int64)]))
    return _joined(blocks, len(query.selected_columns)), list(places)


async def read_blocks(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    along: TableColumn[int],
    *,
    whole_groups: bool = False,
) -> AsyncGenerator[IntColumns]:
    """Read a result in arrays of shape (columns, rows), tens of thousands of rows each.

    SQLite finds a block by a range of `along`, an indexed column of whole numbers; PostgreSQL by
    where the rows lie, which is faster, unless a block is to hold all rows with the same value of
    `along`. Neither that nor what is selected, whole numbers, may be NULL. Rows come in any order.
    On PostgreSQL this wants a transaction of one snapshot: a row that changes meanwhile moves.
    Until the last block the connection is busy with the next.
    """
    async with aclosing(_rows(connection, query, along, whole_groups=whole_groups)) as rows:
        async for row in rows:
            yield np.stack([_taken_apart(values) for values in row])


async def _rows(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    along: TableColumn[int],
    *,
    whole_groups: bool = False,
) -> AsyncGenerator[Sequence[Any]]:
    """Yield one row a range: the values of each column, strung together; None: there are none."""
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        # One plan for all ranges would not know how narrow they are; compiling takes longer.
        await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        await connection.exec_driver_sql("SET LOCAL jit = off")
    by_page = is_postgres and not whole_groups
    path = await (_pages(connection, along.table.name) if by_page else _ids(connection, along))
    if path is None:
        return
    found = query.where(path.along >= bindparam("start"), path.along < bindparam("stop")).subquery()
    strung = select(func.count(), *(_strung(connection, column) for column in found.c))

    async def read(start: int, width: int) -> Sequence[Any]:
        return (await connection.execute(strung, {"start": start, "stop": start + width})).one()

    start, width = path.start, path.width
    reading = asyncio.create_task(read(start, width))
    try:
        while True:
            count, *row = await reading
            start += width
            # Ids have gaps, and the orders of some shops hundreds of lines.
            if count < _BLOCK_ROWS:
                width *= 2
            elif count > 4 * _BLOCK_ROWS:
                width = max(width // 2, 1)
            is_last = start > path.last
            if not is_last:  # the database strings the next block while this one is taken apart
                reading = asyncio.create_task(read(start, width))
                await asyncio.sleep(_HAND_OVER_SECONDS)
            yield row
            if is_last:
                return
    finally:
        await asyncio.wait([reading])  # cutting it off would break the connection


async def _ids(connection: Connection, along: TableColumn[int]) -> _Path | None:
    ends = select(*(select(end(along)).scalar_subquery() for end in (func.min, func.max)))
    start, last = (await connection.execute(ends)).one()
    return None if start is None else _Path(along, start, last, _FIRST_WIDTH)


async def _pages(connection: Connection, table: str) -> _Path | None:
    page_size = cast(func.current_setting("block_size"), Integer)
    size = select(func.pg_relation_size(table) / page_size)
    pages = int((await connection.execute(size)).scalar_one())
    where = literal_column(f"{table}.ctid", _Page())
    return _Path(where, 0, pages - 1, _FIRST_PAGES) if pages else None


def _strung(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    is_postgres = connection.dialect.name == "postgresql"
    if isinstance(column.type, String):
        listed = func.json_agg if is_postgres else func.json_group_array
        return cast(listed(column), Text)
    if is_postgres:
        sent = func.int8send(cast(column, BigInteger), type_=LargeBinary)
        return func.string_agg(sent, literal(b"", LargeBinary), type_=LargeBinary)
    return func.group_concat(column)


def _taken_apart(values: str | bytes | None) -> IntColumns:
    if isinstance(values, bytes):
        return np.frombuffer(values, dtype=">i8").astype(np.int64)
    return np.fromstring(values or "", dtype=np.int64, sep=",")


def _joined(blocks: list[IntColumns], width: int) -> IntColumns:
    return np.concatenate([np.zeros((width, 0), dtype=np.int64), *blocks], axis=1)


async def insert_columns(
    connection: Connection, table: Table, columns: Mapping[str, Column]
) -> None:
    """Insert rows given as columns of equal length."""
    driver = await _driver(connection)
    if connection.dialect.name == "postgresql":
        await driver.copy_to_table(
            table.name,
            source=_copied(table, columns),
            columns=list(columns),
            format="binary",
            timeout=_NO_TIMEOUT,
        )
        return
    values = list(zip(*(column.tolist() for column in columns.values()), strict=True))
    whole = len(values) - len(values) % _SQLITE_STATEMENT_ROWS
    for rows, each in ((values[:whole], _SQLITE_STATEMENT_ROWS), (values[whole:], 1)):
        await driver.executemany(_insertion(table, list(columns), each), _in_batches(rows, each))


def _insertion(table: Table, names: Sequence[str], rows: int) -> str:
    """Write several rows a statement: that takes a third less than a statement for each."""
    row = f"({', '.join('?' * len(names))})"
    listed, marks = ", ".join(names), ", ".join([row] * rows)
    return f"INSERT INTO {table.name} ({listed}) VALUES {marks}"  # noqa: S608 - our own names


def _in_batches(rows: Sequence[tuple[Any, ...]], each: int) -> Iterator[list[Any]]:
    for start in range(0, len(rows), each):
        yield list(chain.from_iterable(rows[start : start + each]))


async def _copied(table: Table, columns: Mapping[str, Column]) -> AsyncGenerator[bytes]:
    yield _HEADER
    for rows, absent in _by_nulls(columns):
        for start in range(0, rows.size, _PACKED_ROWS):
            part = rows[start : start + _PACKED_ROWS]
            yield _packed(table, {name: column[part] for name, column in columns.items()}, absent)
            await asyncio.sleep(0)  # envelopes go in between
    yield _TRAILER


def _by_nulls(columns: Mapping[str, Column]) -> Iterator[tuple[npt.NDArray[np.intp], set[str]]]:
    """Group rows by which columns are NULL, because a NULL makes a binary row shorter."""
    masked = {n: np.ma.getmaskarray(c) for n, c in columns.items() if np.ma.isMaskedArray(c)}
    size = len(next(iter(columns.values())))
    code = sum((mask.astype(np.int64) << i for i, mask in enumerate(masked.values())), np.zeros(1))
    code = np.broadcast_to(code, size)
    for value in np.unique(code):
        absent = {name for i, name in enumerate(masked) if int(value) >> i & 1}
        yield np.flatnonzero(code == value), absent


def _packed(table: Table, columns: Mapping[str, Column], absent: set[str]) -> bytes:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name in columns:
        layout.append((f"{name} length", ">i4"))
        if name not in absent:
            layout.append((name, _binary_type(table, name)))
    rows = np.zeros(len(next(iter(columns.values()))), dtype=layout)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name} length"] = -1 if name in absent else rows.dtype[name].itemsize
        if name not in absent:
            rows[name] = np.ma.getdata(column)
    return rows.tobytes()


def _binary_type(table: Table, name: str) -> str:
    match table.c[name].type:
        case SmallInteger():
            return ">i2"
        case BigInteger():
            return ">i8"
        case Integer():
            return ">i4"
        case REAL():
            return ">f4"
        case other:
            raise TypeError(f"{table.name}.{name} is {other}, not a number of fixed size.")


async def _driver(connection: Connection) -> Any:  # noqa: ANN401 - the driver has no common type
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection to the database is closed")
    return driver
