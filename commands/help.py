"""What can be asked for, in the asker's words."""

from dataclasses import dataclass
from typing import Any

EMPTY = frozenset({"", "help", "?", "--help", "-h"})
"""What somebody types who wants to know what to type."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to type, and what it does."""

    example: str
    does: str


@dataclass(frozen=True, slots=True)
class Help:
    """An introduction and what there is to type."""

    introduction: str
    topics: tuple[Topic, ...]

    def to_text(self) -> str:
        """List the examples under each other, what they do beside them."""
        width = max((len(topic.example) for topic in self.topics), default=0)
        lines = [f"  {topic.example:<{width}}  {topic.does}" for topic in self.topics]
        return "\n".join([self.introduction, *lines])

    def to_json(self) -> dict[str, Any]:
        return {
            "help": self.introduction,
            "commands": [{"example": topic.example, "does": topic.does} for topic in self.topics],
        }
