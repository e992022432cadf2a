"""Rows set aside on disk, then given back order by order in bounded memory.

An order's rows mostly follow each other, and files mostly stand in the order of time or number.
Such rows are given back as they stood: writing neighbours together touches few pages of an index.
Keys that turn up in several places are divided by key into partitions, each small enough to be
grouped in memory.
"""

import marshal
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

PARTITION_BYTES = 4 << 20
MOST_PARTITIONS = 256
_BUFFERED_ROWS = 20_000

Row = tuple[Any, ...]
"""Only what marshal writes: tuples of numbers, texts and None."""

Run = tuple[str, list[Row]]
"""Rows of one key that follow each other."""


class Spool:
    """A directory only this user may read, gone when the block ends."""

    def __init__(self, size: int) -> None:
        self._partitions = max(1, min(MOST_PARTITIONS, size // PARTITION_BYTES))
        self._stack = ExitStack()
        self._buffer: list[Run] = []
        self._buffered = 0
        self._hashes = array("I")
        """Of each run's key. Different keys with one hash are merely grouped the slower way."""
        self._key = ""
        self._run: list[Row] = []

    def __enter__(self) -> Self:
        name = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-"))
        self._folder = Path(name)
        self._file = self._open("rows")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, key: str, row: Row) -> None:
        if key == self._key:
            self._run.append(row)
            return
        self._end_run()
        self._key = key
        self._run = [row]

    def groups(self) -> Iterator[Run]:
        """All rows of one key at a time, in the order in which they were added.

        Keys whose rows stand together come first, in the order of the file.
        """
        self._end_run()
        self._flush()
        is_scattered = _repeated(self._hashes)
        files = [self._open(str(number)) for number in range(self._partitions)]
        place = 0
        for runs in _chunks(self._file):
            flags = is_scattered[place : place + len(runs)].tolist()
            place += len(runs)
            if not any(flags):
                yield from runs
                continue
            yield from (run for run, flag in zip(runs, flags, strict=True) if not flag)
            self._divide((run for run, flag in zip(runs, flags, strict=True) if flag), files)
        for file in files:
            yield from _grouped(file)

    def _open(self, name: str) -> IO[bytes]:
        return self._stack.enter_context((self._folder / name).open("w+b"))

    def _end_run(self) -> None:
        if not self._run:
            return
        # Python's own hash differs from run to run; this order of work does not.
        self._hashes.append(zlib.crc32(self._key.encode()))
        self._buffer.append((self._key, self._run))
        self._buffered += len(self._run)
        self._run = []
        if self._buffered >= _BUFFERED_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._buffer:
            _write(self._file, self._buffer)
            self._buffer.clear()
        self._buffered = 0

    def _divide(self, runs: Iterable[Run], files: list[IO[bytes]]) -> None:
        divided: list[list[Run]] = [[] for _ in files]
        for run in runs:
            divided[zlib.crc32(run[0].encode()) % len(files)].append(run)
        for part, file in zip(divided, files, strict=True):
            if part:
                _write(file, part)


def _repeated(hashes: "array[int]") -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """For each hash, whether it stands there more than once."""
    found = np.frombuffer(hashes, dtype=np.uint32) if hashes else np.empty(0, np.uint32)
    _, where, counts = np.unique(found, return_inverse=True, return_counts=True)
    return counts[where] > 1


def _write(file: IO[bytes], runs: list[Run]) -> None:
    packed = marshal.dumps(runs)
    file.write(len(packed).to_bytes(8, "big"))
    file.write(packed)


def _chunks(file: IO[bytes]) -> Iterator[list[Run]]:
    file.seek(0)
    while length := file.read(8):
        # Loading from bytes is ten times as fast as from the file itself.
        packed = file.read(int.from_bytes(length, "big"))
        runs: list[Run] = marshal.loads(packed)  # noqa: S302 - our own
        yield runs


def _grouped(file: IO[bytes]) -> Iterator[Run]:
    grouped: dict[str, list[Row]] = {}
    for runs in _chunks(file):
        for key, rows in runs:
            if key in grouped:
                grouped[key] += rows
            else:
                grouped[key] = rows
    yield from grouped.items()
