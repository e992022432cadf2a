"""Columns as files: one process writes them, another maps them, and no pipe has to carry them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from storage.arrays import Column

_MASK = ".mask"


def save_columns(folder: Path, columns: Mapping[str, Column]) -> None:
    """Add columns to a folder; a masked array is two files."""
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", np.ma.getdata(column))
        if np.ma.isMaskedArray(column):
            np.save(folder / f"{name}{_MASK}.npy", np.ma.getmaskarray(column))


def load_columns(folder: Path) -> dict[str, Column]:
    """Map all columns of a folder; what is not looked at is not read."""
    files = {path.name.removesuffix(".npy"): path for path in folder.glob("*.npy")}
    arrays = {name: np.load(path, mmap_mode="r") for name, path in sorted(files.items())}
    return {
        name: np.ma.masked_array(array, arrays[f"{name}{_MASK}"])
        if f"{name}{_MASK}" in arrays
        else array
        for name, array in arrays.items()
        if not name.endswith(_MASK)
    }
