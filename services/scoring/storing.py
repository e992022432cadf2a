"""Keeping a run: written beside the active one in small transactions, then switched to in one."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.scoring.folder import load_columns
from storage import scores
from storage.database import Database, Lane
from storage.scores import ModelRun, NewRun, RunResult

KIND = "customers"
LONGEST_RUN = timedelta(hours=2)
# Acknowledgements of Slack envelopes go in between.
_SQLITE_PAUSE_SECONDS = 0.003


class Storing:
    """Writes runs and their scores."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, run: NewRun) -> int:
        async with self._database.transaction(Lane.JOBS) as connection:
            return await scores.start_run(connection, run)

    async def write(self, run_id: int, folder: Path, done: Callable[[int], None]) -> None:
        """Write all scores left in a folder; readers do not see them yet."""
        columns = load_columns(folder)
        size, start = len(columns["customer_id"]), 0
        while start < size:
            async with self._database.transaction(Lane.JOBS) as connection:
                part = slice(start, start + scores.batch_rows(connection))
                rows = {name: column[part] for name, column in columns.items()}
                await scores.insert_scores(connection, run_id, rows)
            start = part.stop
            done(min(start, size))
            await self._pause()

    async def activate(self, run_id: int, result: RunResult) -> ModelRun:
        """Show this run's scores from now on."""
        async with self._database.transaction(Lane.JOBS) as connection:
            await scores.save_result(connection, run_id, result)
            await scores.activate(connection, KIND, run_id)
            return await scores.get_run(connection, run_id)

    async def keep(self, run_id: int, result: RunResult, why: str) -> ModelRun:
        """Keep the run for comparison; the active one stays."""
        async with self._database.transaction(Lane.JOBS) as connection:
            await scores.save_result(connection, run_id, result)
            await scores.end_run(connection, run_id, "kept", why)
            return await scores.get_run(connection, run_id)

    async def fail(self, run_id: int, why: str) -> None:
        async with self._database.transaction(Lane.JOBS) as connection:
            await scores.end_run(connection, run_id, "failed", why)

    async def clear(self) -> None:
        """Drop scores that nobody needs any more."""
        since = datetime.now(UTC) - LONGEST_RUN
        async with self._database.read(Lane.JOBS) as connection:
            outdated = await scores.droppable_runs(connection, KIND, since)
        for run_id in outdated:
            while await self._delete(run_id):
                await self._pause()

    async def _delete(self, run_id: int) -> int:
        async with self._database.transaction(Lane.JOBS) as connection:
            return await scores.delete_scores(connection, run_id)

    async def _pause(self) -> None:
        if self._database.is_sqlite:
            await asyncio.sleep(_SQLITE_PAUSE_SECONDS)
