"""The switches that make both accounts misbehave."""

import random
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Switches:
    """All faults with their defaults, under the names the control API uses."""

    down: bool = False
    rate_limited: bool = False
    wrong_key: bool = False
    slow_ms: int = 0
    error_rate: float = 0.0
    lose_reply_rate: float = 0.0
    """The call is done, and its answer lost."""
    profiles_per_second: int = 5_000
    """How fast imports are worked off."""
    limits_scale: float = 1.0
    """Rate limits are so many times as wide."""


class Faults:
    """The switches in force, and the dice for those that are a matter of chance."""

    def __init__(self) -> None:
        self.switches = Switches()
        self._dice = random.Random(1)  # noqa: S311 - faults, not secrets

    def merge(self, changes: dict[str, Any]) -> None:
        """Change the named switches; raises ValueError for what is none."""
        known = asdict(self.switches)
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no fault named {name}.")
            is_flag = isinstance(known[name], bool)
            if is_flag != isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"The fault {name} cannot be {value!r}.")
        self.switches = Switches(**{**known, **changes})

    def strikes(self, rate: float) -> bool:
        return rate > 0 and self._dice.random() < rate
