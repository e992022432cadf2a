"""The UCI Online Retail table as it lies in this folder.

The file is the plain table with two savings: the cells of an invoice stand on its first row
only, and a description stands only where it differs from the last one of the same stock code.
An empty description is written as "-", which no product is called.
"""

import csv
import gzip
import io
import lzma
import sys
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

PACKED = resources.files(__package__) / "online_retail.csv.xz"
HEADER = (
    "invoice",
    "invoice_date",
    "customer_id",
    "country",
    "stock_code",
    "description",
    "quantity",
    "unit_price",
)
NO_DESCRIPTION = "-"


class Row(NamedTuple):
    """One line of an invoice, with all cells as the table has them."""

    invoice: str
    invoice_date: str
    customer_id: str
    country: str
    stock_code: str
    description: str
    quantity: str
    unit_price: str


def read_table(packed: Traversable = PACKED) -> Iterator[Row]:
    """Give the rows in the order of the table: 541,909 of them in the file of this folder."""
    with packed.open("rb") as file, lzma.open(file) as plain:
        cells = csv.reader(io.TextIOWrapper(plain, encoding="utf-8", newline=""))
        next(cells)
        yield from _unpacked(cells)


def _unpacked(cells: Iterable[list[str]]) -> Iterator[Row]:
    head: list[str] = []
    descriptions: dict[str, str] = {}
    for invoice, date, customer, country, code, description, quantity, price in cells:
        if invoice:
            head = [invoice, date, customer, country]
        if description:
            descriptions[code] = "" if description == NO_DESCRIPTION else description
        yield Row(head[0], head[1], head[2], head[3], code, descriptions[code], quantity, price)


def pack(source: Path, target: Path) -> None:
    """Make the file of this folder from the table as CRAN's `onlineretail` gives it (CSV)."""
    head: tuple[str, ...] = ()
    descriptions: dict[str, str] = {}
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as file,
        lzma.open(
            target, "wt", encoding="utf-8", newline="", preset=9 | lzma.PRESET_EXTREME
        ) as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        for given in csv.DictReader(file):
            row = Row(*(given[name] for name in HEADER))
            shown: tuple[str, ...] = row[:4] if row[:4] != head else ("",) * 4
            known = descriptions.get(row.stock_code) == row.description
            description = "" if known else row.description or NO_DESCRIPTION
            writer.writerow((*shown, row.stock_code, description, row.quantity, row.unit_price))
            head = row[:4]
            descriptions[row.stock_code] = row.description


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
