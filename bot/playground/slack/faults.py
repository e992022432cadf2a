"""The switches that make the emulated Slack misbehave in the ways the real one does."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

_POSITIVE = {"posts_per_second", "posts_burst", "tier_scale", "deliver_times"}


@dataclass
class Faults:
    """All switches with Slack's normal behaviour as default.

    The per-method switches map a method name to `{"times": n, …}` and count down. `revoked` is
    about the bot token only: the app-level token still opens sockets. `tier_scale` multiplies
    the per-minute allowance of all methods but chat.postMessage.
    """

    deliver_times: int = 1
    new_event_id_on_duplicate: bool = True
    redeliver_after: list[float] = field(default_factory=lambda: [0.5, 60.0, 300.0])
    ack_deadline: float = 3.0
    drop_delivery: float = 0.0
    socket_silent: bool = False
    refuse_sockets: int = 0
    spent_tickets: int = 0
    fail: dict[str, dict[str, Any]] = field(default_factory=dict)
    http_status: dict[str, dict[str, Any]] = field(default_factory=dict)
    ratelimit: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_reply: dict[str, dict[str, Any]] = field(default_factory=dict)
    latency_ms: int = 0
    revoked: bool = False
    posts_per_second: float = 1.0
    posts_burst: int = 5
    tier_scale: float = 1.0

    def merge(self, changes: dict[str, Any]) -> None:
        """Apply `changes`; an unknown switch or a value of the wrong kind changes nothing."""
        known = {each.name for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no fault switch called {name!r}.")
            if not _same_kind(getattr(self, name), value):
                raise ValueError(f"The fault switch {name} cannot be {value!r}.")
            if name in _POSITIVE and value <= 0:
                raise ValueError(f"The fault switch {name} must be more than nothing.")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def take(self, switch: dict[str, dict[str, Any]], method: str) -> dict[str, Any] | None:
        """Use up one of the `times` of a per-method switch, if any is left."""
        entry = switch.get(method)
        if entry is None or entry.get("times", 1) <= 0:
            return None
        entry["times"] = entry.get("times", 1) - 1
        return entry

    def take_refused_socket(self) -> bool:
        refused = self.refuse_sockets > 0
        self.refuse_sockets -= refused
        return refused

    def take_spent_ticket(self) -> bool:
        spent = self.spent_tickets > 0
        self.spent_tickets -= spent
        return spent


def _same_kind(current: object, value: object) -> bool:
    if isinstance(current, bool) or isinstance(value, bool):
        return isinstance(current, bool) and isinstance(value, bool)
    if isinstance(current, float):
        return isinstance(value, int | float)
    if isinstance(current, dict):
        return isinstance(value, dict) and all(isinstance(each, dict) for each in value.values())
    return isinstance(value, type(current))
