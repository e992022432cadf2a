"""Array types shared by the models of this package."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SPARSEST_IDS = 8
"""So many times as large as their number ids may be to be looked up instead of sorted."""


def ranked(ids: IntArray) -> tuple[IntArray, IntArray]:
    """Return the distinct ids (none negative) ascending, and the place of each id among them.

    As numpy.unique does, but without sorting where ids are dense, as row ids mostly are.
    """
    largest = int(ids.max(initial=0))
    if largest > SPARSEST_IDS * ids.size:
        distinct, places = np.unique(ids, return_inverse=True)
        return distinct, places.astype(np.int64)
    is_there = np.zeros(largest + 1, dtype=np.bool_)
    is_there[ids] = True
    place = np.cumsum(is_there) - 1
    return np.flatnonzero(is_there).astype(np.int64), place[ids]


def run_starts(values: IntArray) -> BoolArray:
    """Mark the first of each run of equal values."""
    starts = np.ones(values.size, dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=starts[1:])
    return starts


def distinct(values: IntArray) -> IntArray:
    """Return each value once, ascending: numpy.unique hashes, which is slower for millions."""
    ascending = np.sort(values)
    return ascending[run_starts(ascending)]


class Places:
    """Where ids stand in an ascending list of distinct ones; none is negative."""

    def __init__(self, ids: IntArray) -> None:
        self._ids = ids
        self._table: npt.NDArray[np.int32] | None = None
        largest = int(ids.max(initial=0))
        if largest <= SPARSEST_IDS * ids.size:
            self._table = np.full(largest + 2, -1, dtype=np.int32)
            self._table[ids] = np.arange(ids.size, dtype=np.int32)

    def of(self, wanted: IntArray) -> IntArray:
        """Return the place of each; -1: it is not there."""
        if self._table is not None:
            return self._table[np.minimum(wanted, self._table.size - 1)].astype(np.int64)
        place = np.searchsorted(self._ids, wanted)
        is_there = np.append(self._ids, -1)[place] == wanted
        return np.where(is_there, place, -1)
