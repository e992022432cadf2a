"""Writing what was imported: whole orders in bulk, on both dialects with the same steps.

The caller opens the transaction. Within it nobody else imports (an advisory lock, or SQLite's
one writer), so that looking up, numbering and inserting cannot be interleaved.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, update

from storage import erasures
from storage.bulk import allocate_ids, among, lock_imports, put_rows, rows_among
from storage.customer_writes import PeopleWritten, Person, write_people
from storage.database import Connection, StepConnection
from storage.models import import_runs, order_lines, orders, products

ImportedLine = tuple[str, str, bool, int, int, int]
"""(sku, title, is_fee, quantity, amount in minor units, the same exactly in millionths).

A plain tuple: half a million of them are made in a few seconds.
"""


class ImportedOrder(NamedTuple):
    """An order as one file gives it; columns as in storage.models."""

    identity: str
    number: str | None
    person: Person | None
    placed_at: int
    placed_day: int
    currency: str
    total: int
    refunded: int
    spend: int
    counts: bool
    status: str
    channel: str
    country: str
    digest: bytes
    lines: list[ImportedLine]


_ORDER_COLUMNS = (
    "id",
    "customer_id",
    "import_run_id",
    *(name for name in ImportedOrder._fields if name not in {"person", "lines"}),
)
_LINE_COLUMNS = ("order_id", "line", "product_id", "quantity", "amount")


class OrdersWritten(NamedTuple):
    new: int
    replaced: int
    unchanged: int
    lines: int
    customers_new: int
    customers_changed: int
    products_new: int


_REMEMBERED = 100_000


class OrderWriter:
    """Writes one run's orders; remembers the products and people it has already met."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._products: dict[str, int] = {}
        self._untitled: set[str] = set()
        self._people: dict[Person, int] = {}

    def write(self, connection: StepConnection, batch: Sequence[ImportedOrder]) -> OrdersWritten:
        """Add what is new, replace as a whole what differs, leave alone what is the same."""
        lock_imports(connection)
        batch = _of_erased_as_guests(connection, batch)
        stored = stored_digests(connection, [order.identity for order in batch])
        changed = [order for order in batch if differs(order, stored)]
        people = self._find_people(connection, changed)
        products_new = self._find_products(connection, changed)
        replaced = [stored[order.identity][0] for order in changed if order.identity in stored]
        if replaced:
            _delete_orders(connection, replaced)
        fresh = iter(allocate_ids(connection, orders, len(changed) - len(replaced)))
        ids = [
            stored[order.identity][0] if order.identity in stored else next(fresh)
            for order in changed
        ]
        put_rows(connection, orders, _ORDER_COLUMNS, self._order_rows(changed, ids))
        lines = self._line_rows(changed, ids)
        put_rows(connection, order_lines, _LINE_COLUMNS, lines)
        return OrdersWritten(
            new=len(changed) - len(replaced),
            replaced=len(replaced),
            unchanged=len(batch) - len(changed),
            lines=len(lines),
            customers_new=people.new,
            customers_changed=people.changed,
            products_new=products_new,
        )

    def _order_rows(
        self,
        batch: Sequence[ImportedOrder],
        ids: Sequence[int],
    ) -> list[tuple[Any, ...]]:
        return [
            (
                order_id,
                self._people[order.person] if order.person else None,
                self._run_id,
                *order[:2],
                *order[3:-1],
            )
            for order, order_id in zip(batch, ids, strict=True)
        ]

    def _line_rows(
        self,
        batch: Sequence[ImportedOrder],
        ids: Sequence[int],
    ) -> list[tuple[int, int, int, int, int]]:
        products_by_sku = self._products
        return [
            (order_id, place, products_by_sku[line[0]], line[3], line[4])
            for order, order_id in zip(batch, ids, strict=True)
            for place, line in enumerate(order.lines, 1)
        ]

    def _find_people(
        self,
        connection: StepConnection,
        batch: Sequence[ImportedOrder],
    ) -> PeopleWritten:
        if len(self._people) > _REMEMBERED:
            self._people.clear()
        met = {order.person for order in batch if order.person and order.person not in self._people}
        written = write_people(connection, sorted(met, key=repr), replace=False)
        self._people |= written.ids
        return written

    def _find_products(self, connection: StepConnection, batch: Sequence[ImportedOrder]) -> int:
        """Learn the products' ids; how many were added."""
        if len(self._products) > _REMEMBERED:
            self._products.clear()
            self._untitled.clear()
        named: dict[str, tuple[str, bool]] = {}
        for order in batch:
            for sku, title, is_fee, *_ in order.lines:
                if sku in self._products and not (title and sku in self._untitled):
                    continue
                if title or sku not in named:
                    named[sku] = (title, is_fee)
        if not named:
            return 0
        ids, added = _write_products(connection, named)
        self._products |= ids
        self._untitled |= {sku for sku, (title, _) in named.items() if not title}
        self._untitled -= {sku for sku, (title, _) in named.items() if title}
        return added


def _of_erased_as_guests(
    connection: StepConnection, batch: Sequence[ImportedOrder]
) -> Sequence[ImportedOrder]:
    """Leave out who was erased; an identity that would name them is the one it has since."""
    people = list({order.person: None for order in batch if order.person})
    gone = erasures.erased_among(connection, people)
    if not gone:
        return batch
    hide = erasures.hider(connection)
    return [
        order._replace(person=None, identity=hide(order.identity))
        if order.person in gone
        else order
        for order in batch
    ]


def _delete_orders(connection: StepConnection, order_ids: Sequence[int]) -> None:
    for column in (order_lines.c.order_id, orders.c.id):
        connection.execute(delete(column.table).where(among(connection, column, order_ids)))


def differs(order: ImportedOrder, stored: dict[str, tuple[int, bytes]]) -> bool:
    return order.identity not in stored or stored[order.identity][1] != order.digest


def stored_digests(
    connection: StepConnection,
    identities: Sequence[str],
) -> dict[str, tuple[int, bytes]]:
    """Identity -> (order id, digest) of those that are stored already."""
    columns = (orders.c.identity, orders.c.id, orders.c.digest)
    found = rows_among(connection, columns, orders.c.identity, identities)
    return {identity: (order_id, digest) for identity, order_id, digest in found}


def write_customers(connection: StepConnection, people: Sequence[Person]) -> PeopleWritten:
    """Write the shop's own list: what it says replaces what we knew."""
    lock_imports(connection)
    return write_people(connection, people, replace=True)


def _write_products(
    connection: StepConnection,
    named: dict[str, tuple[str, bool]],
) -> tuple[dict[str, int], int]:
    """Ids by stock code, and how many are new; a missing title is filled."""
    columns = (products.c.sku, products.c.id, products.c.title)
    found = rows_among(connection, columns, products.c.sku, list(named))
    ids: dict[str, int] = {}
    untitled: list[dict[str, Any]] = []
    for sku, product_id, title in found:
        ids[sku] = product_id
        if not title and named[sku][0]:
            untitled.append({"row_id": product_id, "title": named[sku][0]})
    if untitled:
        connection.execute(
            update(products).where(products.c.id == bindparam("row_id")),
            untitled,
        )
    missing = [sku for sku in named if sku not in ids]
    ids |= zip(missing, allocate_ids(connection, products, len(missing)), strict=True)
    rows = [(ids[sku], sku, *named[sku]) for sku in missing]
    put_rows(connection, products, ["id", "sku", "title", "is_fee"], rows)
    return ids, len(missing)


async def start_run(
    connection: Connection,
    *,
    kind: str,
    file_name: str,
    file_hash: str,
    now: datetime,
) -> int:
    result = await connection.execute(
        insert(import_runs)
        .values(
            kind=kind,
            file_name=file_name[:255],
            file_hash=file_hash,
            started_at=now,
            state="running",
        )
        .returning(import_runs.c.id),
    )
    return int(result.scalar_one())


async def finish_run(
    connection: Connection,
    run_id: int,
    *,
    state: str,
    report: dict[str, Any],
    now: datetime,
) -> None:
    await connection.execute(
        update(import_runs)
        .where(import_runs.c.id == run_id)
        .values(state=state, report=report, finished_at=now),
    )
