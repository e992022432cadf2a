import gzip
from pathlib import Path

import pytest

from services.errors import WrongInputError
from services.imports.files import look_at, open_rows


def written(folder: Path, content: bytes) -> Path:
    path = folder / "shop.csv"
    path.write_bytes(content)
    return path


def rows(path: Path) -> list[list[str]]:
    with open_rows(look_at(path)) as table:
        return [table.header, *table.some(1_000)]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_21_encoding_is_detected(tmp_path: Path, encoding: str, name: str) -> None:
    path = written(tmp_path, 'name,note\r\nZoë,"two\r\nlines"\rMax,€ 5\n'.encode(encoding))
    assert look_at(path).encoding_name == name
    assert rows(path) == [["name", "note"], ["Zoë", "two\r\nlines"], ["Max", "€ 5"]]


def test_packed_file_reads_like_the_plain_one(tmp_path: Path) -> None:
    assert rows(written(tmp_path, gzip.compress(b"a,b\n1,2\n"))) == [["a", "b"], ["1", "2"]]


def test_semicolons_and_tabs_separate_too(tmp_path: Path) -> None:
    assert rows(written(tmp_path, b"a;b\n1,5;2\n"))[1] == ["1,5", "2"]
    assert rows(written(tmp_path, b"a\tb\n1\t2\n"))[1] == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty \\(0 bytes\\)"),
        (b"PK\x03\x04rest", "ZIP or Excel"),
        (b"\x1f\x8bnot gzip at all", "damaged gzip"),
        (gzip.compress(b"a,b\n" * 999, mtime=0)[:-20], "damaged gzip"),
        (b"a,b\n1,2\n3,\x004\n", "line 3: contains a NUL"),
        (b"a,b\n1,\x81\n", "line 2: neither UTF-8 nor Windows-1252"),
        ("a,b\nZoë,1\n".encode() + "Zoë,2\n".encode("cp1252"), "line 3: .*mixed"),
        (b"a,A,b\n1,2,3\n", 'more than once: "A", "a"'),
        (b",".join(b"c%d" % number for number in range(100_000)) + b"\n1\n", "100,000 columns"),
        (b"x" * 9_000_000, "longer than 8,388,608"),
        (b"\n1,2\n", "has no header"),
    ],
)
def test_24_unreadable_file_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(WrongInputError, match=sentence) as refused:
        rows(written(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=r"There is no file gone\.csv"):
        look_at(tmp_path / "gone.csv")
