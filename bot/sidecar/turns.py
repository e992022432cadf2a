"""Callers take turns, so that a crowd of them cannot make Slack wait.

All of the bot shares one event loop. Two hundred calls begun at once would each come round with
every step of an acknowledgement; a few at a time are answered sooner than all together, and none
waits in vain for a database connection.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from bot.precedence import Precedence
from services.errors import UnavailableError

AT_ONCE = 6
TURN_SECONDS = 0.2
WAIT_SECONDS = 5.0


class BusyError(UnavailableError):
    """So many callers ask that this one did not get a turn in time."""

    code: ClassVar[str] = "busy"
    retry_after: ClassVar[float] = 1.0


@dataclass(slots=True)
class Turns:
    """`AT_ONCE` turns, first come first served."""

    precedence: Precedence
    wait_seconds: float = WAIT_SECONDS
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn; raises BusyError.

        Who takes longer than a turn waits for something other than this process, such as a
        calculation or Gorgias, and leaves the turn to the next.
        """
        try:
            async with asyncio.timeout(self.wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise BusyError("Too many calls at once. Try again in a moment.") from error
        await self.precedence.give_way()
        turn = _Turn(self._free)
        ending = asyncio.get_running_loop().call_later(TURN_SECONDS, turn.end)
        try:
            yield
        finally:
            ending.cancel()
            turn.end()


@dataclass(slots=True)
class _Turn:
    free: asyncio.Semaphore
    is_over: bool = False

    def end(self) -> None:
        if not self.is_over:
            self.is_over = True
            self.free.release()
