"""Rows of Shopify's customers export -> people."""

from collections.abc import Sequence
from typing import Any

from services.imports.cells import CellReader
from services.imports.layouts import CUSTOMER_TARGETS, Layout, places
from services.imports.order_rows import LONGEST_CODE
from services.imports.report import RowError
from services.imports.spool import Row
from storage.customer_writes import Person

_CONSENT = {
    "yes": "subscribed",
    "true": "subscribed",
    "no": "unsubscribed",
    "false": "unsubscribed",
}


class CustomerRows:
    def __init__(self, layout: Layout, header: Sequence[str], cells: CellReader) -> None:
        self._cells = cells
        self._width = len(header)
        self._places = dict(
            zip(CUSTOMER_TARGETS, places(layout, header, CUSTOMER_TARGETS), strict=True),
        )
        self.phones_unreadable = 0

    def read(self, cells: list[str], line: int) -> tuple[str, Row]:
        """Give the customer's key and what the row says; raises RowError when it is unusable."""
        if len(cells) != self._width:
            raise RowError("", f"has {len(cells)} cells instead of {self._width}", "")
        said = {
            target: next(
                (text for at in found if (text := cells[at].strip().removeprefix("'"))), ""
            )
            for target, found in self._places.items()
        }
        source_id = said["customer_id"] or None
        if source_id and len(source_id) > LONGEST_CODE:
            raise RowError("customer_id", "is longer than 128 characters", source_id)
        email = self._cells.email("email", said["email"])
        phone = self._cells.phone(said["phone"]) if said["phone"] else None
        self.phones_unreadable += bool(said["phone"]) and phone is None
        key = source_id or email or phone
        if key is None:
            raise RowError("email", "nothing tells who this is: no id, e-mail or phone", "")
        person: tuple[Any, ...] = (
            source_id,
            email,
            phone,
            " ".join(f"{said['first_name']} {said['last_name']}".split())[:255],
            said["country"][:64] or None,
            _CONSENT.get(said["consent"].casefold()),
            tuple(tag for part in said["tags"].split(",") if (tag := part.strip())),
        )
        return key, (line, person)


def last_said(rows: list[Row]) -> Person:
    """Who stands in a file twice is as the last row says."""
    return Person(*rows[-1][1])
