"""Which products a customer is likely to want next, learnt from all orders.

Learning is done in a process of its own and kept in a table, so that a card needs one query.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from services import days
from services.partners import work
from services.pool import ProcessPool
from services.scoring.folder import load_columns
from storage import partners, purchases
from storage.database import Database, Lane
from storage.partners import List
from storage.scores import batch_rows

__all__ = ["Partners"]

log = structlog.get_logger()

# Acknowledgements of Slack envelopes go in between.
_SQLITE_PAUSE_SECONDS = 0.003


@dataclass(frozen=True, slots=True)
class Partners:
    """Learns anew whenever the orders have changed."""

    database: Database
    pool: ProcessPool
    zone: ZoneInfo

    async def refresh(self) -> bool:
        """Bring the list up to date; False when it was. Interrupted, the complete one stays."""
        today = days.to_day(days.today(self.zone))
        async with self.database.read(Lane.JOBS) as connection:
            version = await purchases.data_version(connection)
            span = await purchases.span(connection, today)
            known = await partners.complete(connection)
        if span is None or (known and known.data_version == version):
            return False
        new = List(known.version + 1 if known else 1, version)
        await self._clear(known.version if known else 0)
        with tempfile.TemporaryDirectory(prefix="regulars-") as folder:
            found = await self.pool.run(
                work.learn, self.database.url, (span.first_day, span.last_day), Path(folder)
            )
            await self._write(new, Path(folder))
        await self._clear(new.version)
        log.info("partners.learnt", version=new.version, pairs=found)
        return True

    async def _write(self, new: List, folder: Path) -> None:
        columns = load_columns(folder)
        size, start = len(columns["product_id"]), 0
        while start < size:
            async with self.database.transaction(Lane.JOBS) as connection:
                part = slice(start, start + batch_rows(connection))
                rows = {name: column[part] for name, column in columns.items()}
                await partners.insert(connection, new.version, rows)
            start = part.stop
            await self._pause()
        async with self.database.transaction(Lane.JOBS) as connection:
            await partners.switch(connection, new)

    async def _clear(self, version: int) -> None:
        """Delete every other list."""
        while await self._delete(version):
            await self._pause()

    async def _delete(self, version: int) -> int:
        async with self.database.transaction(Lane.JOBS) as connection:
            return await partners.delete_others(connection, version, batch_rows(connection))

    async def _pause(self) -> None:
        if self.database.is_sqlite:
            await asyncio.sleep(_SQLITE_PAUSE_SECONDS)
