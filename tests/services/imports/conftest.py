"""An importer for a London shop, and files written for one test."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.imports import Importer
from storage.database import Database

WriteFile = Callable[..., Path]

BY_TOTAL = {
    "order_number": "basket",
    "customer_id": "who",
    "placed_at": "day",
    "sku": "item",
    "quantity": "n",
    "line_total": "value",
}
"""A file of lines whose heading is basket,who,day,item,n,value."""


@pytest.fixture
def importer(database: Database) -> Importer:
    return Importer(database, currency="GBP", zone=ZoneInfo("Europe/London"), country="GB")


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Write lines (or bytes) to a file and give its path."""

    def write_file(content: str | bytes, name: str = "orders.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file
