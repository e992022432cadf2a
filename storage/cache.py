"""What was asked lately: remembered in this process and, where there is a Redis, for replicas.

Whatever happens to Redis, an answer is the same and comes at most `PATIENCE_SECONDS` later. Many
who miss the same key at once wait for one load. The caller names the version of the data, so that
an import makes old answers unreachable.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

Value = TypeVar("Value")

Outcome = Literal["memory", "shared", "miss"]

MOST_ENTRIES = 10_000
JITTER = 0.1
"""Up to this share of its life an answer is forgotten early, so that not all go at once."""


@dataclass(frozen=True, slots=True)
class Namespace(Generic[Value]):
    """A kind of answer: its name in keys and metrics, and how long it is believed."""

    name: str
    seconds: float
    shared_as: TypeAdapter[Value] | None = None
    """How replicas read it; None: it stays in this process, as rights and people's names do."""
    most: int = MOST_ENTRIES
    """So many are remembered in this process."""


class SharedStore(Protocol):
    """What replicas share. Neither method raises or takes long; trouble looks like absence."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, seconds: float) -> None: ...


class CacheObserver(Protocol):
    """Where figures go."""

    def cache_asked(self, namespace: str, outcome: Outcome) -> None: ...

    def cache_loaded(self, namespace: str, seconds: float) -> None: ...


class Unobserved:
    """Where nobody looks at figures: on the command line, in tests."""

    def cache_asked(self, namespace: str, outcome: Outcome) -> None: ...

    def cache_loaded(self, namespace: str, seconds: float) -> None: ...


@dataclass(slots=True)
class Cache:
    """Answers from memory, then from `shared`, then by loading."""

    observer: CacheObserver = field(default_factory=Unobserved)
    shared: SharedStore | None = None
    _entries: dict[str, dict[str, tuple[float, Any]]] = field(default_factory=dict)
    """By namespace: the value and the wall clock's time until which it is believed."""
    _loads: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Answers held in memory, outdated ones included."""
        return sum(map(len, self._entries.values()))

    async def get(
        self,
        namespace: Namespace[Value],
        key: str,
        load: Callable[[], Awaitable[Value]],
        *,
        version: str = "",
    ) -> Value:
        """Return the answer to `key`; `load` finds it when nobody remembers.

        What `load` raises reaches everybody who waits and is not remembered. Hold no database
        connection while waiting here: the load needs one, too.
        """
        full_key = f"{namespace.name}|{version}|{key}"
        known = self._entries.get(namespace.name, {}).get(full_key)
        if known is not None and time.time() < known[0]:
            self.observer.cache_asked(namespace.name, "memory")
            value: Value = known[1]
            return value
        loading = self._loads.get(full_key)
        if loading is None:
            loading = asyncio.create_task(
                self._find(namespace, full_key, load), name=f"cache-{namespace.name}"
            )
            self._loads[full_key] = loading
            loading.add_done_callback(lambda task: self._loaded(full_key, task))
        # Whoever gives up waiting does not take the answer away from the others.
        found: Value = await asyncio.shield(loading)
        return found

    async def _find(
        self,
        namespace: Namespace[Value],
        full_key: str,
        load: Callable[[], Awaitable[Value]],
    ) -> Value:
        life = namespace.seconds * random.uniform(1 - JITTER, 1)  # noqa: S311 - not a secret
        shared = await self._read_shared(namespace, full_key)
        if shared is not None:
            until, value = shared
            self.observer.cache_asked(namespace.name, "shared")
            # A replica's clock may be ahead: never longer than our own answer would live.
            self._remember(namespace, full_key, min(until, time.time() + life), value)
            return value
        self.observer.cache_asked(namespace.name, "miss")
        started = time.perf_counter()
        value = await load()
        self.observer.cache_loaded(namespace.name, time.perf_counter() - started)
        until = time.time() + life
        self._remember(namespace, full_key, until, value)
        if self.shared is not None and namespace.shared_as is not None:
            plain = namespace.shared_as.dump_python(value, mode="json")
            text = json.dumps([full_key, until, plain])
            await self.shared.put(full_key, text.encode(), life)
        return value

    async def _read_shared(
        self, namespace: Namespace[Value], full_key: str
    ) -> tuple[float, Value] | None:
        if self.shared is None or namespace.shared_as is None:
            return None
        text = await self.shared.get(full_key)
        if text is None:
            return None
        try:
            stored_key, until, plain = json.loads(text)
            if stored_key != full_key or not time.time() < float(until):
                return None
            return float(until), namespace.shared_as.validate_json(json.dumps(plain))
        except (ValueError, TypeError, ValidationError, RecursionError):
            return None  # written by another release, or not by us

    def _remember(
        self, namespace: Namespace[Any], full_key: str, until: float, value: object
    ) -> None:
        entries = self._entries.setdefault(namespace.name, {})
        entries.pop(full_key, None)
        while len(entries) >= namespace.most:
            del entries[next(iter(entries))]
        entries[full_key] = (until, value)

    def _loaded(self, full_key: str, task: asyncio.Task[Any]) -> None:
        del self._loads[full_key]
        if not task.cancelled():
            task.exception()  # seen, even when everybody stopped waiting
