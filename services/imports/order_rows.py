"""Rows of an orders table -> orders: validated one by one, then put together by number."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from services.imports.cells import CellReader
from services.imports.layouts import ORDER_TARGETS, Layout, places
from services.imports.report import ImportReport, Rejection, RowError
from services.imports.spool import Row
from storage.customer_writes import Person
from storage.imports import ImportedLine, ImportedOrder

HEAD_TARGETS = ORDER_TARGETS[1 : ORDER_TARGETS.index("sku")]
LONGEST_CODE = 128
"""Of an order number or a customer id: the width of their columns."""
UNPAID = frozenset(("pending", "authorized", "expired", "unpaid"))
CANCELLED = frozenset(("voided", "cancelled", "canceled"))

Head = tuple[Any, ...]
"""What a row says about its order: (placed_ms, placed_day, person, total, paid, refunded,
status, cancelled, channel, country), where total is None when the lines give it."""
_NOTHING_SAID = dict.fromkeys(HEAD_TARGETS, "")
_NO_LINE_TARGETS = frozenset(("sku", "title", "quantity", "unit_price", "line_total"))


class OrderRows:
    """Reads rows of one file. Cells come stripped of spaces and of Excel's apostrophe."""

    def __init__(self, layout: Layout, header: Sequence[str], cells: CellReader) -> None:
        self._layout = layout
        self._cells = cells
        self._width = len(header)
        where = dict(zip(ORDER_TARGETS, places(layout, header, ORDER_TARGETS), strict=True))
        self._has_number = bool(where["number"])
        self._has_lines = any(where[target] for target in _NO_LINE_TARGETS)
        self._has_total = bool(where["total"])
        # One empty cell is added to each row; what a file does not have is read from there.
        blank = self._width
        self._head_places = {target: where[target] or [blank] for target in HEAD_TARGETS}
        everywhere = sorted({place for found in self._head_places.values() for place in found})
        self._filled = [(target, where[target]) for target in HEAD_TARGETS if where[target]]
        self._head_cells: Callable[[list[str]], Any] = itemgetter(*everywhere)
        self._line_cells: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            *((where[target] or [blank])[0] for target in ("number", *ORDER_TARGETS[-5:])),
        )
        marker = layout.first_row_target
        self._marker = self._head_places[marker][0] if marker else None
        self._last_cells: Any = None
        self._last_head: Head | None = None
        self.phones_unreadable = 0

    def read(self, cells: list[str], line: int) -> tuple[str, Row]:
        """Give the order's key and what the row says; raises RowError when it is unusable."""
        if len(cells) != self._width:
            raise RowError("", f"has {len(cells)} cells instead of {self._width}", "")
        cells.append("")
        said = self._line_cells(cells)
        if self._marker is not None and not cells[self._marker].strip():
            head = None
        elif self._head_cells(cells) == self._last_cells:
            head = self._last_head
        else:
            head = self._head(cells)
        item = self._line(said) if self._has_lines else None
        if not self._has_number:
            return self._key_without_number(head, item), (line, None, head, item)
        number = said[0].strip(" #")
        if not number:
            raise RowError("number", "is empty", "")
        if len(number) > LONGEST_CODE:
            raise RowError("number", "is longer than 128 characters", number)
        return number, (line, number, head, item)

    def _key_without_number(self, head: Head | None, item: ImportedLine | None) -> str:
        if head is None:
            raise RowError("placed_at", "is empty", "")
        source_id, email, phone = head[2][:3]
        total = head[3] if head[3] is not None else self._cells.minor(item[5] if item else 0)
        return f"{source_id or email or phone or ''}|{head[0]}|{total}"

    def _head(self, cells: list[str]) -> Head:
        said = _NOTHING_SAID.copy()
        for target, found in self._filled:
            for place in found:
                # Excel's apostrophe keeps a number a text
                if text := cells[place].strip().removeprefix("'"):
                    said[target] = text
                    break
        self._last_head = self._read_head(said)
        self._last_cells = self._head_cells(cells)
        return self._last_head

    def _read_head(self, said: dict[str, str]) -> Head:
        reader = self._cells
        placed_ms, placed_day = reader.time("placed_at", said["placed_at"])
        currency = said["currency"].upper()
        if currency and currency != reader.currency:
            raise RowError("currency", f"is not the shop's {reader.currency}", said["currency"])
        total = None
        if self._has_total:
            if not said["total"]:
                raise RowError("total", "is empty", "")
            total = reader.money("total", said["total"])
        refunded = reader.money("refunded", said["refunded"])
        outstanding = reader.money("outstanding", said["outstanding"])
        status = said["status"].casefold()
        paid = total
        if total is not None:
            paid = 0 if status in UNPAID else total
            if status == "partially_paid":
                paid = total - outstanding
        return (
            placed_ms,
            placed_day,
            self._person(said),
            total,
            paid,
            refunded,
            status[:32],
            bool(said["cancelled_at"]) or status in CANCELLED,
            said["channel"][:64],
            said["country"][:64],
        )

    def _person(self, said: dict[str, str]) -> tuple[Any, ...]:
        if len(said["customer_id"]) > LONGEST_CODE:
            raise RowError("customer_id", "is longer than 128 characters", said["customer_id"])
        phone = self._cells.phone(said["phone"]) if said["phone"] else None
        self.phones_unreadable += bool(said["phone"]) and phone is None
        return (
            said["customer_id"] or None,
            self._cells.email("email", said["email"]),
            phone,
            " ".join(said["name"].split())[:255],
            said["country"][:64] or None,
        )

    def _line(self, said: tuple[str, ...]) -> ImportedLine:
        _number, sku, title, quantity_text, price_text, total_text = said
        reader, fees = self._cells, self._layout.fees
        sku, title = sku.strip(), title.strip()
        quantity = reader.line_quantity(quantity_text) if quantity_text else 1
        if quantity < 0 and not self._layout.negative_quantities:
            raise RowError("quantity", "must not be negative", quantity_text)
        if price_text:
            exact, amount = reader.times(quantity, price_text)
        else:
            exact, amount = reader.line_total(total_text) if total_text else (0, 0)
        return (
            sku[:255] or title[:255],
            # What a stock taker notes on a line of no value is not the product's name.
            title[:500] if exact > 0 or not self._layout.has_prices else "",
            bool(fees) and sku.upper() in fees,
            quantity,
            amount,
            exact,
        )


class OrderBuilder:
    """Puts the rows of one order together; what cannot be an order goes into the report."""

    def __init__(self, layout: Layout, cells: CellReader, report: ImportReport) -> None:
        self._layout = layout
        self._cells = cells
        self._report = report

    def build(self, key: str, rows: list[Row]) -> Iterator[ImportedOrder]:
        first_line, number, head, item = rows[0]
        if number is None:
            for repetition, (_, _, head, item) in enumerate(rows):
                lines = [item] if item else []
                yield self._order(f"m:{key}|{repetition}", None, head, lines)
            return
        if len(rows) == 1 and head is not None:
            yield self._order(f"n:{number}", number, head, [item] if item else [])
            return
        rows = self._last_copy(rows)
        heads = {row[2] for row in rows} - {None}
        if not heads:
            self._reject(first_line, "number", "no row says when it was placed", number)
            return
        if len({head[3] for head in heads}) > 1:
            self._reject(first_line, "total", self._layout.different_totals, number)
            return
        # A few invoices of the real table carry two times a minute apart: the first counts.
        head = min(heads, key=repr) if len(heads) > 1 else heads.pop()
        yield self._order(f"n:{number}", number, head, [row[3] for row in rows if row[3]])

    def _last_copy(self, rows: list[Row]) -> list[Row]:
        """Of a file that holds an order twice, keep what stands from its last first row on."""
        if self._layout.first_row_target is None:
            return rows
        starts = [place for place, row in enumerate(rows) if row[2] is not None]
        return rows[starts[-1] :] if len(starts) > 1 else rows

    def _reject(self, line: int, column: str, rule: str, number: str) -> None:
        name = self._layout.columns.get(column, (column,))[0]
        self._report.reject(Rejection(line, name, rule, f"order {number}"[:60]))

    def _order(
        self,
        identity: str,
        number: str | None,
        head: Head,
        items: list[ImportedLine],
    ) -> ImportedOrder:
        (
            placed_ms,
            placed_day,
            person,
            total,
            paid,
            refunded,
            status,
            cancelled,
            channel,
            country,
        ) = head
        if len(items) > 1:
            items.sort()
        amounts = [item[5] for item in items]
        given_back = total is not None and total < 0
        if total is None:
            paid = total = self._cells.minor(sum(amount for amount in amounts if amount > 0))
            refunded -= self._cells.minor(sum(amount for amount in amounts if amount < 0))
        elif given_back:  # a payment listed among the orders
            paid, total, refunded = 0, 0, refunded - total
        # Without lines, or prices of lines, there is nothing to tell a free order from: it counts.
        positive = any(amount > 0 for amount in amounts)
        if not (items and self._layout.has_prices):
            positive = not given_back
            items = [self._worth(items[0], total)] if len(items) == 1 else items
        prefix = self._layout.cancellation_prefix
        if prefix and number and number.startswith(prefix):
            status, positive = "cancellation", False
        content = (identity, head, items)
        return ImportedOrder(
            identity=identity,
            number=number,
            person=Person(*person) if person[0] or person[1] or person[2] else None,
            placed_at=placed_ms,
            placed_day=placed_day,
            currency=self._cells.currency,
            total=total,
            refunded=refunded,
            spend=0 if cancelled else paid - refunded,
            counts=positive and not cancelled,
            status="cancelled" if cancelled else status,
            channel=channel,
            country=country,
            digest=hashlib.blake2b(repr(content).encode(), digest_size=16).digest(),
            lines=items,
        )

    def _worth(self, item: ImportedLine, total: int) -> ImportedLine:
        """Give an order's only line what the order cost: the file tells no price."""
        sku, title, is_fee, quantity, amount, exact = item
        if not self._layout.has_prices and quantity > 0 and total > 0:
            amount, exact = total, self._cells.exact(total)
        return sku, title, is_fee, quantity, amount, exact
