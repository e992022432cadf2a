"""Redis as what replicas share: quick or absent, never wrong.

A connection on which a command was cancelled or timed out is closed, so that its late answer
reaches nobody. After three failures in a row commands are skipped until a probe finds Redis quick
again. Connections are opened by the probe's patience, not by a caller's.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import structlog
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from sqlalchemy.engine import make_url

log = structlog.get_logger()

PATIENCE_SECONDS = 0.05
"""A command takes at most this, its wait for a connection included."""
PROBE_SECONDS = 1.0
FAILURES_TO_OPEN = 3
MOST_CONNECTIONS = 16

AWAY = (RedisError, OSError, TimeoutError)


@dataclass(slots=True)
class RedisStore:
    """Values under `prefix`. Run `watch` beside it: until its first probe, Redis is absent."""

    pool: ConnectionPool
    prefix: str
    changed: Callable[[bool], None]
    """Told when Redis comes and goes."""
    is_up: bool = False
    _failures: int = 0
    _idle: list[AbstractConnection] = field(default_factory=list)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_CONNECTIONS))

    @classmethod
    def open(cls, url: str, database_url: str, changed: Callable[[bool], None]) -> Self:
        """Describe the connections; none is opened yet. One Redis may serve many databases."""
        database = make_url(database_url).set(username=None, password=None)
        name = hashlib.sha256(str(database).encode()).hexdigest()[:12]
        pool = ConnectionPool.from_url(url, protocol=2, retry=Retry(NoBackoff(), 0))
        return cls(pool, f"regulars:{name}:", changed)

    async def get(self, key: str) -> bytes | None:
        """Return the value; None when there is none, or Redis is away or slow."""
        answer = await self._ask("GET", self.prefix + key)
        return answer if isinstance(answer, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value for so long, if Redis can."""
        await self._ask("SET", self.prefix + key, value, "PX", max(1, int(seconds * 1000)))

    async def watch(self) -> None:
        """Probe for ever."""
        while True:
            await self.probe()
            await asyncio.sleep(PROBE_SECONDS)

    async def probe(self) -> None:
        """Ask whether Redis answers, and as quickly as a caller is willing to wait."""
        try:
            await self._command(PROBE_SECONDS, "PING")  # may have to connect first
            await self._command(PATIENCE_SECONDS, "PING")
        except AWAY as error:
            await self._failed(error, FAILURES_TO_OPEN)
        else:
            self._failures = 0
            if not self.is_up:
                self.is_up = True
                log.info("redis.available")
                self.changed(True)

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await _drop(connection)

    async def _ask(self, *words: str | bytes | int) -> object:
        """Run one command; None when Redis is away or refuses it."""
        if not self.is_up:
            return None
        try:
            answer = await self._command(PATIENCE_SECONDS, *words)
        except ResponseError as error:
            # It answered: out of memory, read-only, another type under this key.
            log.debug("redis.refused", error=type(error).__name__)
            answer = None
        except AWAY as error:
            await self._failed(error, 1)
            return None
        self._failures = 0
        return answer

    async def _command(self, seconds: float, *words: str | bytes | int) -> object:
        async with asyncio.timeout(seconds), self._room:
            connection = self._idle.pop() if self._idle else self._new_connection()
            is_sent = False
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command(*words)
                is_sent = True
                answer: object = await connection.read_response()
            except BaseException as error:
                if is_sent and isinstance(error, ResponseError):
                    self._idle.append(connection)  # an answer, and nothing left to read
                else:
                    await _drop(connection)
                raise
            self._idle.append(connection)
            return answer

    def _new_connection(self) -> AbstractConnection:
        connection: AbstractConnection = self.pool.make_connection()  # type: ignore[no-untyped-call]
        return connection

    async def _failed(self, error: BaseException, weight: int) -> None:
        self._failures += weight
        if self._failures < FAILURES_TO_OPEN:
            return
        await self.close()
        if self.is_up:
            self.is_up = False
            log.warning("redis.unavailable", error=type(error).__name__)
            self.changed(False)


async def _drop(connection: AbstractConnection) -> None:
    with suppress(*AWAY):
        await connection.disconnect(nowait=True)
