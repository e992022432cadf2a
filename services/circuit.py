"""A circuit breaker: after failures in a row, ask a struggling service less.

Written by hand in a dozen lines because what we need of it is one number, when to try again,
which the libraries hide behind an exception of their own.
"""

import time
from dataclasses import dataclass

FAILURES_TO_OPEN = 5
PROBE_SECONDS = 5.0


@dataclass(slots=True)
class Circuit:
    """Closed: calls pass. Open: they wait for the probe time, then one call may try."""

    failures: int = 0
    probe_at: float = 0.0

    def wait_seconds(self) -> float:
        """Seconds until a call may pass; 0.0 lets this caller through (as the probe if open)."""
        if self.failures < FAILURES_TO_OPEN:
            return 0.0
        wait = self.probe_at - time.monotonic()
        if wait > 0:
            return wait
        self.probe_at = time.monotonic() + PROBE_SECONDS
        return 0.0

    @property
    def is_open(self) -> bool:
        return self.failures >= FAILURES_TO_OPEN

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.probe_at = time.monotonic() + PROBE_SECONDS
