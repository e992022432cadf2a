"""Rows set aside on disk, those with one key together, so that memory stays bounded.

An order's rows may stand anywhere in a file. Every row goes to one of a few partitions by its
key; each partition is then small enough to be grouped in memory.
"""

import marshal
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

PARTITION_BYTES = 4 << 20
MOST_PARTITIONS = 256
_BUFFERED_ROWS = 20_000

Row = tuple[Any, ...]
"""Only what marshal writes: tuples of numbers, texts and None."""


class Spool:
    """A directory only this user may read, gone when the block ends."""

    def __init__(self, size: int) -> None:
        self._count = max(1, min(MOST_PARTITIONS, size // PARTITION_BYTES))
        self._buffers: list[list[tuple[str, list[Row]]]] = [[] for _ in range(self._count)]
        self._buffered = 0
        self._files: list[IO[bytes]] = []
        self._stack = ExitStack()
        self._key = ""
        self._run: list[Row] = []

    def __enter__(self) -> Self:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="regulars-")))
        self._files = [
            self._stack.enter_context((folder / str(number)).open("w+b"))
            for number in range(self._count)
        ]
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

    def _end_run(self) -> None:
        """Rows of one key mostly follow each other: they travel together."""
        if not self._run:
            return
        # Python's own hash differs from run to run; this order of work does not.
        partition = zlib.crc32(self._key.encode()) % self._count
        self._buffers[partition].append((self._key, self._run))
        self._buffered += len(self._run)
        self._run = []
        if self._buffered >= _BUFFERED_ROWS:
            self._flush()

    def _flush(self) -> None:
        for buffer, file in zip(self._buffers, self._files, strict=True):
            if buffer:
                packed = marshal.dumps(buffer)
                file.write(len(packed).to_bytes(8, "big"))
                file.write(packed)
                buffer.clear()
        self._buffered = 0

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """All rows of one key at a time, in the order in which they were added."""
        self._end_run()
        self._flush()
        for file in self._files:
            file.seek(0)
            grouped: dict[str, list[Row]] = {}
            while length := file.read(8):
                # Loading from bytes is ten times as fast as from the file itself.
                packed = file.read(int.from_bytes(length, "big"))
                runs: list[tuple[str, list[Row]]] = marshal.loads(packed)  # noqa: S302 - our own
                for key, run in runs:
                    if key in grouped:
                        grouped[key] += run
                    else:
                        grouped[key] = run
            yield from grouped.items()
