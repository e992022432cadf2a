"""An estimate and how sure it is; nothing heavy is imported here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated less held out, with its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def is_detectable(self) -> bool:
        """Whether the interval leaves no room for “no effect”."""
        return self.low > 0 or self.high < 0
