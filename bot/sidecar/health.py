"""Whether the process lives, and whether it should be sent work."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from storage.database import Database, is_unavailable

DEAD_AFTER_SECONDS = 30.0


@dataclass(slots=True)
class Health:
    """What the parts report; `report` asks the database anew each time.

    Gorgias and, where one is used, Redis may be away: that is said, but does not make the process
    unready, because work for them is stored.
    """

    database: Database
    needs_sockets: bool
    silent_seconds: Callable[[], float]
    """Seconds since the event loop last turned."""
    refused_token: Callable[[], str | None] = lambda: None
    """Slack's code while it refuses our bot token: work waits, but is still taken in."""
    redis: Callable[[], bool] | None = None
    """Whether Redis answers; None where none is used."""
    sockets: int = 0
    gorgias: bool = True
    draining: bool = False
    migrated: bool = False
    started: float = field(default_factory=time.monotonic, init=False)

    def is_live(self) -> bool:
        """Whether the event loop turns."""
        return self.silent_seconds() < DEAD_AFTER_SECONDS

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Return readiness and every check by name."""
        database = await self._database_answers()
        sockets = self.sockets > 0 or not self.needs_sockets
        ready = database and self.migrated and sockets and not self.draining
        checks = {
            "status": "ready" if ready else "not ready",
            "database": _word(answers=database),
            "migrations": "current" if self.migrated else "pending",
            "sockets": self.sockets,
            "slack": self.refused_token() or "ok",
            "draining": self.draining,
            "gorgias": _word(answers=self.gorgias),
        }
        if self.redis is not None:
            checks["redis"] = _word(answers=self.redis())
        return ready, checks

    def details(self) -> dict[str, Any]:
        """Tell an operator what runs here, and for how long."""
        return {
            "version": version("regulars"),
            "uptime_seconds": round(time.monotonic() - self.started),
            "loop_silent_seconds": round(self.silent_seconds(), 3),
            "database_kind": "sqlite" if self.database.is_sqlite else "postgresql",
        }

    async def _database_answers(self) -> bool:
        try:
            await self.database.check()
        except Exception as error:
            if not is_unavailable(error):
                raise
            return False
        return True


def _word(*, answers: bool) -> str:
    return "ok" if answers else "unavailable"
