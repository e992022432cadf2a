"""Word of stored jobs between processes, through PostgreSQL's LISTEN and NOTIFY.

NOTIFY inside a transaction takes a lock on the whole database at commit, so it is a statement of
its own afterwards, one for all jobs stored meanwhile. A word that is lost costs a worker's next
look at the ledger, no more.
"""

import asyncio
import random
from dataclasses import dataclass

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.jobs import Ledger

log = structlog.get_logger()

CHANNEL = "regulars_jobs"
KEEPALIVE_SECONDS = 15
RECONNECT_SECONDS = 2
CALL_SECONDS = 3

AWAY = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@dataclass(slots=True)
class JobNews:
    """Wakes `ledger` for jobs that other processes stored, and tells them of ours."""

    ledger: Ledger

    async def run(self) -> None:
        """Stay connected for ever, on a connection outside the pools."""
        engine = create_async_engine(
            self.ledger.database.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"timeout": CALL_SECONDS, "command_timeout": CALL_SECONDS},
        )
        while True:
            try:
                async with engine.connect() as connection:
                    raw = await connection.get_raw_connection()
                    await self._exchange(raw.driver_connection)
            except AWAY as error:
                log.warning("job_news.disconnected", error=type(error).__name__)
            await asyncio.sleep(random.uniform(0.1, RECONNECT_SECONDS))  # noqa: S311

    async def _exchange(self, connection: asyncpg.Connection) -> None:
        own_process = connection.get_server_pid()
        stored = self.ledger.stored

        def heard(_connection: object, process: int, _channel: str, _payload: str) -> None:
            if process != own_process:
                self.ledger.wake.set()

        await connection.add_listener(CHANNEL, heard)
        connection.add_termination_listener(lambda _connection: stored.set())
        self.ledger.wake.set()  # for what was stored while nobody listened
        while True:
            try:
                async with asyncio.timeout(KEEPALIVE_SECONDS):
                    await stored.wait()
            except TimeoutError:
                await connection.execute("SELECT 1")  # a cut line is not noticed by listening
                continue
            stored.clear()
            try:
                await connection.execute(f"NOTIFY {CHANNEL}")
            except AWAY:
                stored.set()  # told after the next connect
                raise
