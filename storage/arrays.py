"""Whole columns at once: results of queries as arrays, arrays as rows of a table.

PostgreSQL's binary COPY format is laid out by numpy itself, so that a million rows pass without
a Python object each; SQLite's driver knows only tuples, which live no longer than a batch.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import REAL, BigInteger, Integer, Select, SmallInteger, Table

from storage.database import Connection

IntColumns = npt.NDArray[np.int64]
Column = npt.NDArray[Any]
"""One value a row; a masked array where the table may hold NULL."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_FETCHED_ROWS = 10_000
_CONVERTED_BYTES = 4_000_000
_NO_TIMEOUT = 86_400
_VALUE_BYTES = 8


async def read_columns(connection: Connection, query: Select[*tuple[Any, ...]]) -> IntColumns:
    """Read a result into an array of shape (columns, rows).

    Every column must be a 64-bit whole number (cast to BigInteger) and never NULL. Parameters are
    written into the statement, so they must be numbers of ours.
    """
    sql = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    width = len(query.selected_columns)
    driver = await _driver(connection)
    if connection.dialect.name == "postgresql":
        rows = _BinaryRows(width)
        await driver.execute("SET LOCAL jit = off")  # compiling takes longer than the query
        await driver.copy_from_query(sql, output=rows.take, format="binary", timeout=_NO_TIMEOUT)
        return rows.columns()
    blocks = []
    async with driver.execute(sql) as cursor:
        while batch := await cursor.fetchmany(_FETCHED_ROWS):
            figures = chain.from_iterable(batch)
            block = np.fromiter(figures, dtype=np.int64, count=width * len(batch))
            blocks.append(block.reshape(-1, width).T)
    return _joined(blocks, width)


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
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    await driver.executemany(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
        zip(*(column.tolist() for column in columns.values()), strict=True),
    )


class _BinaryRows:
    """Collects binary COPY output: per row a count of fields, then length and value of each."""

    def __init__(self, columns: int) -> None:
        cell = np.dtype([("length", ">i4"), ("value", ">i8")])
        self._row = np.dtype([("fields", ">i2"), ("cells", cell, (columns,))])
        self._waiting = bytearray()
        self._blocks: list[IntColumns] = []
        self._has_begun = False

    async def take(self, data: bytes) -> None:
        self._waiting += data
        if not self._has_begun and len(self._waiting) >= len(_HEADER):
            del self._waiting[: len(_HEADER)]
            self._has_begun = True
        if len(self._waiting) >= _CONVERTED_BYTES:
            self._convert()

    def columns(self) -> IntColumns:
        self._convert()
        if self._waiting != _TRAILER:
            raise ValueError("PostgreSQL's answer ended inside a row.")
        return _joined(self._blocks, self._row["cells"].shape[0])

    def _convert(self) -> None:
        count = len(self._waiting) // self._row.itemsize
        whole = count * self._row.itemsize
        rows = np.frombuffer(bytes(self._waiting[:whole]), dtype=self._row)
        del self._waiting[:whole]
        if (rows["cells"]["length"] != _VALUE_BYTES).any():
            raise ValueError("A column is NULL, or no 64-bit whole number.")
        self._blocks.append(rows["cells"]["value"].T.astype(np.int64))


def _joined(blocks: list[IntColumns], width: int) -> IntColumns:
    return np.concatenate([np.zeros((width, 0), dtype=np.int64), *blocks], axis=1)


async def _copied(table: Table, columns: Mapping[str, Column]) -> AsyncGenerator[bytes]:
    yield _HEADER
    for which, absent in _by_nulls(columns):
        yield _packed(table, {name: column[which] for name, column in columns.items()}, absent)
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
