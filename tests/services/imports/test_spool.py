"""What is set aside comes back whole, in the order of the file where that can be."""

from collections.abc import Sequence

import pytest

from services.imports import spool as module
from services.imports.spool import Spool


def groups(added: Sequence[tuple[str, tuple[int, ...]]]) -> list[tuple[str, list[tuple[int, ...]]]]:
    with Spool(64 << 20) as spool:
        for key, row in added:
            spool.add(key, row)
        return list(spool.groups())


def test_rows_that_stand_together_come_back_in_the_order_of_the_file() -> None:
    added = [(f"order {number // 3}", (number,)) for number in range(30)]
    found = groups(added)
    assert [key for key, _ in found] == [f"order {number}" for number in range(10)]
    assert found[2][1] == [(6,), (7,), (8,)]


def test_rows_of_one_key_that_stand_apart_come_back_together() -> None:
    added = [(key, (turn,)) for turn in range(3) for key in ("a", "b")] + [("c", (9,))]
    assert dict(groups(added)) == {"a": [(0,), (1,), (2,)], "b": [(0,), (1,), (2,)], "c": [(9,)]}


def test_more_rows_than_are_kept_in_memory_come_back_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_BUFFERED_ROWS", 100)
    neighbours = [(f"n{number // 2}", (number,)) for number in range(1_000)]
    apart = [(f"a{number % 50}", (number,)) for number in range(500)]
    added = [row for pair in zip(apart, neighbours[:500], strict=True) for row in pair]
    added += neighbours[500:]
    found = groups(added)
    assert len(found) == len({key for key, _ in added})
    for key, rows in found:
        assert rows == [row for given, row in added if given == key]


def test_nothing_added_gives_nothing_back() -> None:
    assert groups([]) == []
