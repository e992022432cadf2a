"""How many times the usual; nothing heavy is imported here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lift:
    """`ratio` 1.4 is 40 % more than usual; `low` and `high` are its 95 % interval."""

    ratio: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves no room for “as usual”."""
        return self.low > 1 or self.high < 1
