"""Notices a blocked event loop: measures its lag, and dumps the culprit's stack after a second."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

BEAT_SECONDS = 0.1
BLOCKED_SECONDS = 1.0


@dataclass(slots=True)
class Watchdog:
    """`observe_lag` is told how late the loop was, in seconds."""

    observe_lag: Callable[[float], None]
    lag: float = 0.0
    """How late the loop lately was, in seconds."""
    beat_at: float = field(default_factory=time.monotonic)
    _stopped: threading.Event = field(default_factory=threading.Event)

    async def run(self) -> None:
        """Beat in the loop; watch from a thread of its own."""
        loop_thread = threading.get_ident()
        watcher = threading.Thread(target=self._watch, args=(loop_thread,), daemon=True)
        watcher.start()
        try:
            while True:
                due = time.monotonic() + BEAT_SECONDS
                await asyncio.sleep(BEAT_SECONDS)
                self.beat_at = time.monotonic()
                self.lag = max(0.0, self.beat_at - due)
                self.observe_lag(self.lag)
        finally:
            self._stopped.set()

    def silent_seconds(self) -> float:
        """Seconds since the loop last turned."""
        return time.monotonic() - self.beat_at

    def _watch(self, loop_thread: int) -> None:
        reported = 0.0
        while not self._stopped.wait(BLOCKED_SECONDS / 2):
            silent = self.silent_seconds()
            if silent > BEAT_SECONDS + BLOCKED_SECONDS and self.beat_at != reported:
                reported = self.beat_at
                frame = sys._current_frames().get(loop_thread)  # noqa: SLF001 - the only way
                stack = "".join(traceback.format_stack(frame, limit=12)) if frame else ""
                log.warning("loop.blocked", seconds=round(silent, 2), stack=stack)
