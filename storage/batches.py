"""What many ask at the same moment, asked of the database once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 100


@dataclass(slots=True)
class Batches(Generic[Item, Answer]):
    """Asks for one batch at a time; who comes meanwhile is in the next.

    So an answer is never older than its question, and a crowd takes few statements.
    """

    ask: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]
    """Answers in the order of the items; what it raises reaches everybody in the batch."""
    patience_seconds: float
    _waiting: list[tuple[Item, asyncio.Future[Answer]]] = field(default_factory=list, init=False)
    _asking: asyncio.Task[None] | None = field(default=None, init=False)

    async def get(self, item: Item) -> Answer:
        """Return the answer to one item; raises TimeoutError when patience ends."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all(), name="batches")
        async with asyncio.timeout(self.patience_seconds):
            return await answer

    async def _ask_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await self.ask([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - whoever asked knows what to do about it
                for _, waiting in batch:
                    if not waiting.done():
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
