"""Opening a file somebody exported: what it is, how it is encoded, and whether it can be read.

The whole file is looked at once before anything is parsed or written: its hash, its encoding,
NUL characters and lines that are not lines. Memory stays at one block whatever the size.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast

from services.errors import WrongInputError

BLOCK = 1 << 20
LONGEST_LINE = 8 * BLOCK
MOST_COLUMNS = 2_000

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was looked at and can be read."""

    path: Path
    hash: str
    size: int
    """In bytes, unpacked."""
    encoding: str

    @property
    def encoding_name(self) -> str:
        return _NAMES[self.encoding]


def _open_bytes(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        raise WrongInputError(f"There is no file {path.name}.") from None
    except OSError as error:
        raise WrongInputError(f"{path.name} cannot be read: {error.strerror}.") from None
    if start.startswith(_ZIP):
        raise WrongInputError(
            f"{path.name} is a ZIP or Excel file. Unpack it, or save the sheet as CSV (UTF-8).",
        )
    opener = gzip.open if start.startswith(_GZIP) else open
    return cast("IO[bytes]", opener(path, "rb"))


def look_at(path: Path) -> SourceFile:
    """Raise WrongInputError with one sentence when the file cannot be read as a table."""
    try:
        with _open_bytes(path) as file:
            encoding = _first_guess(file.read(BLOCK))
            file.seek(0)
            try:
                digest, size = _scan(file, encoding, path.name)
            except _NotUtf8Error as error:
                file.seek(0)
                digest, size = _scan_windows(file, path.name, error.line)
                encoding = "cp1252"
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise WrongInputError(f"{path.name} is a damaged gzip file.") from None
    if size == 0:
        raise WrongInputError(f"{path.name} is empty (0 bytes).")
    return SourceFile(path, digest, size, encoding)


def _first_guess(start: bytes) -> str:
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    # UTF-16 without its mark: in Western text every second byte is NUL.
    sample = start[: len(start) & ~1][:4096]
    if len(sample) >= 4:  # noqa: PLR2004 - two characters
        half = len(sample) // 2
        if sample[1::2].count(0) > half * 0.4 and sample[::2].count(0) == 0:
            return "utf-16-le"
        if sample[::2].count(0) > half * 0.4 and sample[1::2].count(0) == 0:
            return "utf-16-be"
    return "utf-8"


class _NotUtf8Error(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _scan(file: IO[bytes], encoding: str, name: str) -> tuple[str, int]:
    """Hash and size of the whole file, every character of which can be decoded."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(encoding)()
    size, lines, unbroken = 0, 1, 0
    while True:
        block = file.read(BLOCK)
        digest.update(block)
        size += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line = lines + block[: error.start].count(b"\n")
            if encoding == "utf-8":
                raise _NotUtf8Error(line) from None
            raise WrongInputError(f"{name}, line {line}: not valid {_NAMES[encoding]}.") from None
        if "\0" in text:
            line = lines + text[: text.index("\0")].count("\n")
            raise WrongInputError(f"{name}, line {line}: contains a NUL character.")
        unbroken = 0 if "\n" in text or "\r" in text else unbroken + len(text)
        if unbroken > LONGEST_LINE:
            raise WrongInputError(f"{name}, line {lines}: longer than {LONGEST_LINE:,} characters.")
        lines += text.count("\n")
        if not block:
            return digest.hexdigest(), size


def _scan_windows(file: IO[bytes], name: str, first_line: int) -> tuple[str, int]:
    """Accept Windows-1252 only when nothing in the file looks like UTF-8 at the same time."""
    digest = hashlib.sha256()
    size, lines = 0, 1
    while block := file.read(BLOCK):
        digest.update(block)
        size += len(block)
        try:
            text = block.decode("cp1252")
        except UnicodeDecodeError as error:
            line = lines + block[: error.start].count(b"\n")
            raise WrongInputError(
                f"{name}, line {line}: neither UTF-8 nor Windows-1252. Save it as UTF-8.",
            ) from None
        if "\0" in text:
            line = lines + text[: text.index("\0")].count("\n")
            raise WrongInputError(f"{name}, line {line}: contains a NUL character.")
        if not block.decode("utf-8", "ignore").isascii():
            raise WrongInputError(
                f"{name}, line {first_line}: UTF-8 and Windows-1252 are mixed. Save it as UTF-8.",
            )
        lines += text.count("\n")
    return digest.hexdigest(), size


@contextmanager
def open_rows(source: SourceFile) -> Generator["Rows"]:
    """Open the table; its header has been read."""
    with (
        _open_bytes(source.path) as raw,
        io.TextIOWrapper(raw, encoding=source.encoding, newline="") as file,
    ):
        yield Rows(source, file)


class Rows:
    """Iterates over a table's rows after its header."""

    def __init__(self, source: SourceFile, file: IO[str]) -> None:
        self._name = source.path.name
        header_line = file.readline(LONGEST_LINE)
        delimiter = max(",;\t", key=header_line.count)
        self._reader = csv.reader(chain((header_line,), file), delimiter=delimiter)
        self.header = [name.strip() for name in self._next_header()]
        if not any(self.header):
            raise WrongInputError(f"{self._name} has no header in its first line.")
        if len(self.header) > MOST_COLUMNS:
            columns = f"{len(self.header):,} columns"
            raise WrongInputError(f"{self._name} has {columns}; at most {MOST_COLUMNS:,} are read.")
        self._check_duplicates()

    @property
    def line(self) -> int:
        """The line of the file at which the current row ends."""
        return self._reader.line_num

    def some(self, count: int) -> Iterator[list[str]]:
        """At most so many rows from here on; csv.Error becomes `unreadable`."""
        return islice(self._reader, count)

    def _next_header(self) -> list[str]:
        try:
            return next(self._reader)
        except StopIteration:
            raise WrongInputError(f"{self._name} has no header in its first line.") from None
        except csv.Error as error:
            raise self.unreadable(error) from None

    def unreadable(self, error: csv.Error) -> WrongInputError:
        reason = str(error)
        if "field limit" in reason:
            reason = f"a cell is longer than {csv.field_size_limit():,} characters"
        return WrongInputError(
            f"{self._name}, line {self.line}: {reason}. Is a quotation mark missing?",
        )

    def _check_duplicates(self) -> None:
        named = [name.casefold() for name in self.header if name]
        doubled = sorted({name for name in self.header if named.count(name.casefold()) > 1})
        if doubled:
            names = ", ".join(f'"{name}"' for name in doubled)
            raise WrongInputError(f"{self._name} has the same column more than once: {names}.")
