"""The first pass: every row of the file checked and set aside by its key."""

import csv
from typing import Protocol

from services.errors import WrongInputError
from services.imports.cells import AmbiguousDateError, CellReader
from services.imports.customer_rows import CustomerRows
from services.imports.files import Rows
from services.imports.layouts import SHOPIFY_CUSTOMERS, Layout
from services.imports.order_rows import OrderRows
from services.imports.report import ImportReport, Rejection, RowError, masked
from services.imports.spool import Row, Spool

_ROWS_A_STEP = 5_000


class RowReader(Protocol):
    phones_unreadable: int

    def read(self, cells: list[str], line: int) -> tuple[str, Row]: ...


class Reading:
    """Reads step by step, so that whoever calls can do something else in between."""

    def __init__(
        self,
        layout: Layout,
        rows: Rows,
        cells: CellReader,
        report: ImportReport,
    ) -> None:
        self._layout = layout
        self._rows = rows
        self._report = report
        self.is_customers = layout.kind == SHOPIFY_CUSTOMERS.kind
        reader = CustomerRows if self.is_customers else OrderRows
        self._reader: RowReader = reader(layout, rows.header, cells)

    def step(self, spool: Spool) -> bool:
        """Read some thousand rows; False when the file has ended."""
        try:
            count = self._read_some(spool)
        except csv.Error as error:
            raise self._rows.unreadable(error) from None
        self._report.phones_unreadable = self._reader.phones_unreadable
        return count == _ROWS_A_STEP

    def _read_some(self, spool: Spool) -> int:
        read, add, rows = self._reader.read, spool.add, self._rows
        count = 0
        line = rows.line + 1
        for cells in rows.some(_ROWS_A_STEP):
            count += 1
            try:
                add(*read(cells, line))
            except RowError as error:
                # A blank line is a row without cells, and nobody's mistake.
                if any(cells):
                    self._reject(error, line)
                else:
                    self._report.rows -= 1
            except AmbiguousDateError as error:
                raise self._ambiguous(str(error), line) from None
            line = rows.line + 1
        self._report.rows += count
        return count

    def _column(self, target: str) -> str:
        """Name the header a target was read from, as it is spelt in this file."""
        names = [name.casefold() for name in self._layout.columns.get(target, ())]
        found = [name for name in self._rows.header if name.casefold() in names]
        return found[0] if found else target

    def _reject(self, error: RowError, line: int) -> None:
        value = masked(error.target, error.value)
        self._report.reject(Rejection(line, self._column(error.target), error.rule, value))

    def _ambiguous(self, text: str, line: int) -> WrongInputError:
        return WrongInputError(
            f'Line {line}, column "{self._column("placed_at")}": "{text[:40]}" can be read with '
            "the day or the month first. Say which with --date-format, for example "
            '--date-format "%d/%m/%Y" or --date-format "%m/%d/%Y %H:%M".',
        )
