"""Slack's rate limits: calls a minute for each method, messages a second for each channel.

Slack publishes tiers as "at least"; here they are exact, so that an app which lives within them
here has room to spare there.
"""

import math
from dataclasses import dataclass, field

from bot.playground.slack.errors import RateLimited
from bot.playground.slack.faults import Faults
from bot.playground.slack.ids import Clock

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass
class RateLimits:
    """Token buckets by name."""

    faults: Faults
    clock: Clock
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def call(self, method: str, tier: int | None) -> None:
        """Count a call of `method`; special methods without a tier have no limit of this kind."""
        if tier is not None:
            a_minute = TIERS[tier] * self.faults.tier_scale
            self._take(method, a_minute / 60, a_minute)

    def post(self, channel: str) -> None:
        """Count a message to `channel`."""
        self._take(f"post:{channel}", self.faults.posts_per_second, self.faults.posts_burst)

    def _take(self, name: str, per_second: float, burst: float) -> None:
        now = self.clock()
        bucket = self._buckets.setdefault(name, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.tokens < 1:
            raise RateLimited(max(1, math.ceil((1 - bucket.tokens) / per_second)))
        bucket.tokens -= 1
