"""Envelopes first: who can wait a moment does, while Slack waits for an acknowledgement."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

LONGEST_SECONDS = 0.05
"""Who gives way that long goes on: envelopes may follow each other without a gap."""


@dataclass(slots=True)
class Precedence:
    """Of those inside `go_first` over those that `give_way`."""

    _first: int = 0
    _is_free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._is_free.set()

    @contextmanager
    def go_first(self) -> Generator[None]:
        """Let nobody begin meanwhile who gives way."""
        self._first += 1
        self._is_free.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._is_free.set()

    async def give_way(self) -> None:
        """Wait until nobody goes first, but not for long."""
        if self._is_free.is_set():
            return
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._is_free.wait()
        except TimeoutError:
            return
