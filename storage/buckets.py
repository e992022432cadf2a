"""Buckets of calls, and what is left of them."""

from dataclasses import dataclass

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """`per_minute` calls at once, and as many again each minute."""

    name: str
    per_minute: int

    @property
    def interval_us(self) -> int:
        """Microseconds in which one call comes back."""
        return MINUTE_US // self.per_minute


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a bucket after a call was taken, or refused."""

    bucket: Bucket
    is_taken: bool
    ahead_us: int
    """Microseconds until the bucket is full again."""

    @property
    def remaining(self) -> int:
        """Calls that may be made at once."""
        return max(0, (MINUTE_US - self.ahead_us) // self.bucket.interval_us)

    @property
    def reset_seconds(self) -> float:
        """Time until the bucket is full again."""
        return max(0.0, self.ahead_us / 1e6)

    @property
    def retry_after(self) -> float:
        """Seconds until the next call would be taken."""
        return max(0.0, (self.ahead_us + self.bucket.interval_us - MINUTE_US) / 1e6)
