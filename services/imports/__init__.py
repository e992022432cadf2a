"""Importing customers and orders from a file: look at it, read and check it all, then write.

Nothing is written before the whole file has been read, so what cannot be read, or is refused
under `strict`, leaves the shop as it was.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from services.errors import WrongInputError
from services.imports.cells import CellReader
from services.imports.customer_rows import last_said
from services.imports.files import look_at, open_rows
from services.imports.layouts import PRESETS, Layout, detect, mapped_layout
from services.imports.order_rows import OrderBuilder
from services.imports.reading import Reading
from services.imports.report import ImportReport
from services.imports.spool import Spool
from services.imports.writing import Writing
from services.partners.jobs import learn_job
from services.scoring.jobs import import_job
from storage import imports
from storage.database import Database, Lane
from storage.jobs import Ledger
from storage.purchases import data_version

__all__ = ["ImportOptions", "ImportReport", "Importer", "Progress"]

Progress = Callable[[str, int], None]
"""Called with ("rows read", so many) and ("orders written" or "customers written", so many)."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    preset: str | None = None
    mapping: Mapping[str, str] | None = None
    date_format: str | None = None
    strict: bool = False
    dry_run: bool = False


def _silent(_what: str, _count: int) -> None:
    """Nobody watches."""


class Importer:
    """Imports for one shop: its currency, time zone and (for phone numbers) country."""

    def __init__(self, database: Database, *, currency: str, zone: ZoneInfo, country: str) -> None:
        self._database = database
        self._currency = currency
        self._zone = zone
        self._country = country

    async def run(
        self,
        path: Path,
        options: ImportOptions | None = None,
        progress: Progress = _silent,
    ) -> ImportReport:
        """Raise WrongInputError, with nothing written, when the file as a whole is refused."""
        options = options or ImportOptions()
        started = time.monotonic()
        source = await asyncio.to_thread(look_at, path)
        with open_rows(source) as rows, Spool(source.size) as spool:
            layout = _layout(options, rows.header)
            report = ImportReport(
                kind=layout.kind,
                file_name=path.name,
                file_hash=source.hash,
                encoding=source.encoding_name,
                dry_run=options.dry_run,
            )
            cells = self._cells(options)
            reading = Reading(layout, rows, cells, report)
            while await asyncio.to_thread(reading.step, spool):
                progress("rows read", report.rows)
            progress("rows read", report.rows)
            if not report.rows:
                raise WrongInputError(f"{path.name} has a header and no rows.")
            builder = None if reading.is_customers else OrderBuilder(layout, cells, report)
            if options.strict:
                await asyncio.to_thread(_refuse_any_rejection, spool, builder, report)
            await self._write(spool, builder, report, progress)
        report.seconds = round(time.monotonic() - started, 2)
        return report

    def _cells(self, options: ImportOptions) -> CellReader:
        return CellReader(
            currency=self._currency,
            zone=self._zone,
            country=self._country,
            date_format=options.date_format,
            now=datetime.now(UTC),
        )

    async def _write(
        self,
        spool: Spool,
        builder: OrderBuilder | None,
        report: ImportReport,
        progress: Progress,
    ) -> None:
        run_id = None if report.dry_run else await self._start(report)
        writing = Writing(self._database, report, run_id)
        state = "failed"
        try:
            if builder:
                orders = (order for group in spool.groups() for order in builder.build(*group))
                await writing.orders(orders, lambda count: progress("orders written", count))
            else:
                people = (last_said(rows) for _, rows in spool.groups())
                await writing.customers(people, lambda count: progress("customers written", count))
            state = "done"
        finally:
            if run_id is not None:
                await self._finish(run_id, state, report)

    async def _start(self, report: ImportReport) -> int:
        async with self._database.transaction(Lane.JOBS) as connection:
            return await imports.start_run(
                connection,
                kind=report.kind,
                file_name=report.file_name,
                file_hash=report.file_hash,
                now=datetime.now(UTC),
            )

    async def _finish(self, run_id: int, state: str, report: ImportReport) -> None:
        async with self._database.transaction(Lane.JOBS) as connection:
            await imports.finish_run(
                connection,
                run_id,
                state=state,
                report=report.to_json(),
                now=datetime.now(UTC),
            )
            if report.orders_new or report.orders_replaced:
                version, ledger = await data_version(connection), Ledger(self._database)
                await ledger.enqueue(connection, import_job(version))
                await ledger.enqueue(connection, learn_job(version))


def _layout(options: ImportOptions, header: Sequence[str]) -> Layout:
    if options.preset and options.mapping:
        raise WrongInputError("Give either --preset or --map, not both.")
    if options.mapping:
        return mapped_layout(options.mapping)
    if options.preset is None:
        return detect(header)
    if options.preset not in PRESETS:
        raise WrongInputError(f"There is no preset {options.preset}. Known: {_PRESET_NAMES}.")
    return PRESETS[options.preset]


_PRESET_NAMES = ", ".join(PRESETS)


def _refuse_any_rejection(spool: Spool, builder: OrderBuilder | None, report: ImportReport) -> None:
    if builder:
        for group in spool.groups():
            for _order in builder.build(*group):
                pass
    if report.rejected:
        raise StrictImportError(report)


class StrictImportError(WrongInputError):
    """`strict` was asked for and not every row can be used; `report` has them all."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(
            f"{report.rejected:,} of {report.rows:,} rows cannot be used and --strict refuses "
            f"the file; the first: {report.rejections[0]}. Nothing was imported.",
        )
        self.report = report
