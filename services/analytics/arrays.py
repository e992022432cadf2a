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
