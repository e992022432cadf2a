"""Answers that take a look at all orders, kept while the orders stay the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Remembered(Generic[Key, Answer]):
    """The newest few answers, each as of a state of the data."""

    most: int
    answers: dict[tuple[str, Key], Answer] = field(default_factory=dict)

    async def of(self, version: str, key: Key, look_up: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give the answer of before, or look it up."""
        if (version, key) in self.answers:
            return self.answers[version, key]
        found = await look_up()
        self.answers[version, key] = found
        while len(self.answers) > self.most:
            del self.answers[next(iter(self.answers))]
        return found
