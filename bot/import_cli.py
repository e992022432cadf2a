"""`regulars import FILE`: progress on stderr, the report on stdout."""

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.logs import configure_logs
from bot.settings import load_settings
from bot.tables import upgrade
from services.errors import WrongInputError
from services.imports import Importer, ImportOptions, ImportReport
from services.imports.layouts import PRESETS, parse_mapping
from storage.database import Database

_REJECTIONS_SHOWN = 20
_SECONDS_BETWEEN_LINES = 1.0


def add_import_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns the exit code."""
    command = subparsers.add_parser(
        "import",
        help="import customers and orders from a CSV file",
        description="Import customers and orders. Shopify's exports are recognised by their "
        "columns. The same file twice changes nothing.",
    )
    command.add_argument("file", type=Path, help="CSV file, also packed with gzip")
    command.add_argument("--preset", choices=sorted(PRESETS), help="what kind of file it is")
    command.add_argument(
        "--map",
        metavar="NAME=COLUMN,…",
        help="for any other file, for example customer_id=cust,placed_at=date,total=amount",
    )
    command.add_argument("--date-format", help='how dates are written, for example "%%d/%%m/%%Y"')
    command.add_argument("--strict", action="store_true", help="refuse a file with any bad row")
    command.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(act=_act)


def _act(parsed: argparse.Namespace) -> int:
    settings = load_settings(require_slack=False)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())
    options = ImportOptions(
        preset=parsed.preset,
        mapping=parse_mapping(parsed.map) if parsed.map else None,
        date_format=parsed.date_format,
        strict=parsed.strict,
        dry_run=parsed.dry_run,
    )
    # Millions of small tuples and hardly a cycle: looking for garbage costs a fifth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    report = asyncio.run(
        run_import(
            parsed.file,
            options,
            database_url=settings.database_url,
            currency=settings.shop_currency,
            zone=ZoneInfo(settings.shop_time_zone),
            country=settings.shop_country,
        ),
    )
    text = json.dumps(report.to_json(), ensure_ascii=False) if parsed.json else report_text(report)
    print(text)  # noqa: T201 - the result
    return 0


async def run_import(
    path: Path,
    options: ImportOptions,
    *,
    database_url: str,
    currency: str,
    zone: ZoneInfo,
    country: str,
) -> ImportReport:
    """Bring the database up to date and import into it; raises WrongInputError."""
    if not await asyncio.to_thread(path.exists):
        raise WrongInputError(f"There is no file {path}.")
    await upgrade(database_url)
    database = Database(database_url, repeatable=True)
    try:
        importer = Importer(database, currency=currency, zone=zone, country=country)
        return await importer.run(path, options, _progress())
    finally:
        await database.close()


def _progress() -> Callable[[str, int], None]:
    """Say on stderr how far it is: one line on a terminal, now and then in a log."""
    is_terminal = sys.stderr.isatty()
    last = 0.0

    def say(what: str, count: int) -> None:
        nonlocal last
        if time.monotonic() - last < (0.1 if is_terminal else _SECONDS_BETWEEN_LINES):
            return
        last = time.monotonic()
        line = f"\r{count:,} {what}\033[K" if is_terminal else f"{count:,} {what}\n"
        sys.stderr.write(line)
        sys.stderr.flush()

    return say


def report_text(report: ImportReport) -> str:
    """Tell what was done, what not, and why."""
    verb = "would be " if report.dry_run else ""
    orders = (
        f"{report.orders_new:,} new, {report.orders_replaced:,} replaced, "
        f"{report.orders_unchanged:,} unchanged"
    )
    source = f"{report.file_name} ({report.kind}, {report.encoding})"
    lines = [
        f"{source}: {report.rows:,} rows in {report.seconds:.1f} s",
        f"orders     {verb}{orders}",
        f"lines      {verb}{report.lines:,} written",
    ]
    if not report.dry_run:
        lines.append(
            f"customers  {report.customers_new:,} new, {report.customers_changed:,} changed",
        )
        lines.append(f"products   {report.products_new:,} new")
    lines.append(
        f"of these   {report.guests:,} guest orders, {report.refunds:,} with refunds, "
        f"{report.cancelled:,} cancelled",
    )
    if report.phones_unreadable:
        lines.append(f"phones     {report.phones_unreadable:,} unreadable, left out")
    lines.append(f"rejected   {report.rejected:,} rows")
    lines += [f"  {rejection}" for rejection in report.rejections[:_REJECTIONS_SHOWN]]
    if report.rejected > _REJECTIONS_SHOWN:
        lines.append(f"  … and {report.rejected - _REJECTIONS_SHOWN:,} more")
    return "\n".join(lines)
