"""What the two accounts hold: lists, profiles, imports, and customers with their tags."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass
class Accounts:
    """Everything worth keeping, as JSON-ready data."""

    lists: dict[str, Record] = field(default_factory=dict)
    """By id: name, created, and `members`: how often each e-mail address was put there."""
    profiles: dict[str, Record] = field(default_factory=dict)
    """By e-mail address."""
    imports: dict[str, Record] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    """By Shopify customer id, in the order in which they came."""
    customers: set[str] | None = None
    """Shopify's customer ids; None: every number is one."""
    revision: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self) -> None:
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_change(self, seen: int) -> int:
        """Wait until there is more than what was `seen`."""
        while self.revision == seen:
            await self._changed.wait()
        return self.revision

    def dump(self) -> Record:
        return {name: getattr(self, name) for name in ("lists", "profiles", "imports", "tags")}

    def load(self, saved: Record) -> None:
        for name in ("lists", "profiles", "imports", "tags"):
            setattr(self, name, saved[name])
        self.changed()
