"""Slack's identifiers and its two clocks: message timestamps and the time of day."""

import secrets
import time
from collections.abc import Callable

Clock = Callable[[], float]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def new_id(prefix: str) -> str:
    """Make an id such as `Ev08MFMKH6U1`, unique for all practical purposes."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


class Timestamps:
    """Hands out message timestamps: strings, unique in the workspace and always growing."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        now = int(self._clock() * 1_000_000)
        self._last = max(now, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def never_before(self, ts: str) -> None:
        """Continue after `ts`, which a loaded workspace already uses."""
        seconds, _, micros = ts.partition(".")
        self._last = max(self._last, int(seconds) * 1_000_000 + int(micros))
