"""The second pass: complete orders or customers, written in transactions that stay short."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from services.imports.report import ImportReport
from storage import imports
from storage.bulk import changes_of_others
from storage.customer_writes import Person
from storage.database import Database, Lane, StepConnection
from storage.imports import ImportedOrder

# Beside an import Slack still wants its acknowledgements: on SQLite, which has one writer, a
# transaction is short and leaves a gap, a wider one while somebody else is writing: a bot that
# takes in 30 events a second needs most of the disk's commits. PostgreSQL does not mind.
_SQLITE_BATCH_ROWS = 1_000
_SQLITE_BATCH_BOUNDS = (100, 2_000)
_SQLITE_BATCH_SECONDS = 0.015
_SQLITE_PAUSE_SECONDS = 0.003
_SQLITE_BUSY_PAUSE_SECONDS = 0.025
_POSTGRES_BATCH_ROWS = 20_000
_PEOPLE_REMEMBERED = 100_000

Item = TypeVar("Item")
Written = TypeVar("Written")


class _OrderRows:
    """Counts how many rows of ours an order fills; a customer it brings, and their name, count."""

    def __init__(self) -> None:
        self._met: set[Person] = set()

    def __call__(self, order: ImportedOrder) -> int:
        rows = 1 + len(order.lines)
        if order.person and order.person not in self._met:
            if len(self._met) >= _PEOPLE_REMEMBERED:
                self._met.clear()
            self._met.add(order.person)
            rows += 3
        return rows


def _person_rows(_person: Person) -> int:
    return 3


class _Pace:
    """How many rows the next transaction writes, by how long the last ones took."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite
        self.rows = _SQLITE_BATCH_ROWS if is_sqlite else _POSTGRES_BATCH_ROWS

    def took(self, seconds: float) -> None:
        if self._is_sqlite:
            fewest, most = _SQLITE_BATCH_BOUNDS
            # One slow or quick transaction says little: at most half as many, or a quarter more.
            factor = min(1.25, max(0.5, _SQLITE_BATCH_SECONDS / seconds))
            self.rows = min(most, max(fewest, int(self.rows * factor)))


def _batches(
    items: Iterable[Item],
    rows: Callable[[Item], int],
    pace: _Pace,
) -> Iterator[list[Item]]:
    """As many items at a time as the pace allows rows; one that has more goes alone."""
    batch: list[Item] = []
    filled = 0
    for item in items:
        more = rows(item)
        if batch and filled + more > pace.rows:
            yield batch
            batch, filled = [], 0
        batch.append(item)
        filled += more
    if batch:
        yield batch


class Writing:
    """Writes for one run and counts into its report. Without a run nothing is written."""

    def __init__(self, database: Database, report: ImportReport, run_id: int | None) -> None:
        self._database = database
        self._report = report
        self._is_dry = run_id is None
        self._writer = imports.OrderWriter(run_id or 0)
        self._pace = _Pace(is_sqlite=database.is_sqlite)
        self._seen = 0

    async def orders(self, orders: Iterable[ImportedOrder], done: Callable[[int], None]) -> None:
        await self._each(orders, _OrderRows(), self._write_orders, done)

    async def customers(self, people: Iterable[Person], done: Callable[[int], None]) -> None:
        await self._each(people, _person_rows, self._write_customers, done)

    async def _each(
        self,
        items: Iterable[Item],
        rows: Callable[[Item], int],
        write: Callable[[Sequence[Item]], Awaitable[float]],
        done: Callable[[int], None],
    ) -> None:
        """Write batch by batch; the next one is put together in a thread during the pause.

        `write` tells how long a pause its batch leaves to others. Nothing is put together while
        SQLite writes: every row of it would wait for the interpreter lock.
        """
        batches = _batches(items, rows, self._pace)
        written = 0
        batch = await asyncio.to_thread(next, batches, None)
        while batch:
            pause = await write(batch)
            written += len(batch)
            done(written)
            batch, _ = await asyncio.gather(
                asyncio.to_thread(next, batches, None), asyncio.sleep(pause)
            )

    async def _write_orders(self, batch: Sequence[ImportedOrder]) -> float:
        report = self._report
        for order in batch:
            report.guests += order.counts and order.person is None
            report.refunds += order.refunded > 0
            report.cancelled += order.status in {"cancelled", "cancellation"}
        if self._is_dry:
            await self._compare(batch)
            return 0.0
        written, pause = await self._transaction(self._writer.write, batch)
        report.orders_new += written.new
        report.orders_replaced += written.replaced
        report.orders_unchanged += written.unchanged
        report.lines += written.lines
        report.customers_new += written.customers_new
        report.customers_changed += written.customers_changed
        report.products_new += written.products_new
        return pause

    async def _compare(self, batch: Sequence[ImportedOrder]) -> None:
        """Count what a real run would write."""
        async with self._database.read(Lane.JOBS) as connection:
            stored = await connection.run_sync(
                imports.stored_digests, [order.identity for order in batch]
            )
        counts = Counter(_change(order, stored) for order in batch)
        self._report.orders_new += counts["new"]
        self._report.orders_replaced += counts["replaced"]
        self._report.orders_unchanged += counts["unchanged"]
        self._report.lines += sum(
            len(order.lines) for order in batch if _change(order, stored) != "unchanged"
        )

    async def _write_customers(self, batch: Sequence[Person]) -> float:
        if self._is_dry:
            return 0.0
        written, pause = await self._transaction(imports.write_customers, batch)
        self._report.customers_new += written.new
        self._report.customers_changed += written.changed
        return pause

    async def _transaction(
        self, write: Callable[[StepConnection, Sequence[Item]], Written], batch: Sequence[Item]
    ) -> tuple[Written, float]:
        """Write, and see by how long that took how long a pause it needs."""

        def act(connection: StepConnection) -> tuple[Written, float, int]:
            started = time.monotonic()
            written = write(connection, batch)
            return written, time.monotonic() - started, changes_of_others(connection)

        written, seconds, seen = await self._database.at_once(act)
        self._pace.took(seconds)
        return written, self._pause(seen)

    def _pause(self, seen: int) -> float:
        """How long others may write, in seconds, when others have written as often as `seen`."""
        if not self._database.is_sqlite:
            return 0.0
        is_busy, self._seen = seen != self._seen, seen
        return _SQLITE_BUSY_PAUSE_SECONDS if is_busy else _SQLITE_PAUSE_SECONDS


def _change(order: ImportedOrder, stored: dict[str, tuple[int, bytes]]) -> str:
    if order.identity not in stored:
        return "new"
    return "replaced" if imports.differs(order, stored) else "unchanged"
