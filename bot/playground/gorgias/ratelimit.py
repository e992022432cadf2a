"""The leaky bucket in front of the API."""

import math
import time
from collections.abc import Callable


class LeakyBucket:
    """At most `limit` calls at once; the bucket empties evenly over `window` seconds."""

    def __init__(
        self,
        limit: int,
        window: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.window = window
        self._clock = clock
        self._level = 0.0
        self._seen = clock()

    def resize(self, limit: int, window: float) -> None:
        self._leak()
        self.limit = limit
        self.window = window

    def take(self) -> int:
        """Count one call and give 0, or refuse it and give the seconds to wait."""
        self._leak()
        excess = self._level + 1 - self.limit
        if excess > 0:
            return max(1, math.ceil(excess * self.window / self.limit))
        self._level += 1
        return 0

    @property
    def usage(self) -> str:
        """`used/limit`, as the account header gives it."""
        return f"{min(math.ceil(self._level), self.limit)}/{self.limit}"

    def _leak(self) -> None:
        at = self._clock()
        leaked = (at - self._seen) * self.limit / self.window
        self._level = max(0.0, self._level - leaked)
        self._seen = at
