"""The switches that make the helpdesk misbehave, and what befalls one call."""

import random
from dataclasses import asdict, dataclass, fields
from enum import Enum
from typing import Any


class Fate(Enum):
    """What chance does to a call that reached the API."""

    ANSWERED = "answered"
    ERROR = "error"
    LOST_REPLY = "lost_reply"
    LATE_COMMIT = "late_commit"


@dataclass
class Switches:
    """All faults with their defaults, under the names the control API uses."""

    down: bool = False
    refuse: bool = False
    slow_ms: int = 0
    rate_limited: bool = False
    error_rate: float = 0.0
    lose_reply_rate: float = 0.0
    late_commit_rate: float = 0.0
    late_commit_seconds: float = 1.0
    list_lag_seconds: float = 0.0
    writes_only: bool = True
    wrong_key: bool = False
    read_only: bool = False
    customer_required: bool = False
    seed: int | None = None
    limit: int = 40
    window: float = 20.0


class Faults:
    """The switches in force and the dice for those that are a matter of chance."""

    def __init__(self) -> None:
        self.switches = Switches()
        self._dice = random.Random()  # noqa: S311 - faults, not secrets

    def merge(self, changes: dict[str, Any]) -> None:
        """Change the named switches; a seed starts the sequence of chances anew."""
        wanted = {**asdict(self.switches), **changes}
        for field in fields(Switches):
            _check(field.name, wanted.pop(field.name))
        if wanted:
            raise ValueError(f"There is no fault named {', '.join(sorted(wanted))}.")
        self.switches = Switches(**{**asdict(self.switches), **changes})
        if "seed" in changes:
            self._dice = random.Random(self.switches.seed)  # noqa: S311 - faults, not secrets

    def as_json(self) -> dict[str, Any]:
        return asdict(self.switches)

    def fate(self, method: str) -> Fate:
        """Roll once for each call, so that a seed gives the same fates in the same order."""
        reading = method in {"GET", "HEAD"}
        if reading and self.switches.writes_only:
            return Fate.ANSWERED
        roll = self._dice.random()
        chances = [
            (Fate.ERROR, self.switches.error_rate),
            (Fate.LOST_REPLY, self.switches.lose_reply_rate),
            (Fate.LATE_COMMIT, self.switches.late_commit_rate),
        ]
        for fate, rate in chances:
            if roll < rate:
                return fate
            roll -= rate
        return Fate.ANSWERED


def _check(name: str, value: object) -> None:
    default = getattr(Switches(), name)
    if name == "seed":
        fits = value is None or (isinstance(value, int) and not isinstance(value, bool))
    elif isinstance(default, bool):
        fits = isinstance(value, bool)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if name in {"limit", "window"}:
            fits = fits and bool(value)
    if not fits:
        raise ValueError(f"The fault {name} cannot be {value!r}.")
