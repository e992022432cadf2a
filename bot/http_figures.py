"""Answers of the sidecar, counted in plain numbers.

Only the event loop counts here. The instruments of prometheus_client take a lock for each number,
for threads that we do not have, and that is a large part of the cost of a small answer.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER_METHOD = "other"
BOUNDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 10)
_NAMES = (*map(str, map(float, BOUNDS)), "+Inf")


@dataclass(slots=True)
class _Times:
    """How long the answers of one route took."""

    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * len(_NAMES))
    """By bound, each without those before it."""

    def cumulative(self) -> list[tuple[str, float]]:
        total, buckets = 0, []
        for name, count in zip(_NAMES, self.counts, strict=True):
            total += count
            buckets.append((name, float(total)))
        return buckets


class HttpFigures(Collector):
    """`regulars_http_requests_total` and `regulars_http_seconds`."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, _Times] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Record an answer; `route` is a path of the route table, not what was asked for."""
        known = (route, method if method in METHODS else OTHER_METHOD, status)
        self._answers[known] = self._answers.get(known, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Times()
        times.seconds += seconds
        times.counts[bisect_left(BOUNDS, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        """Tell Prometheus; called at every scrape."""
        labels = ("route", "method", "status")
        answers = CounterMetricFamily(
            "regulars_http_requests", "Answers of the sidecar.", labels=labels
        )
        for (route, method, status), count in self._answers.items():
            answers.add_metric((route, method, str(status)), count)
        yield answers
        times = HistogramMetricFamily(
            "regulars_http_seconds", "Time to an answer.", labels=("route",)
        )
        for route, taken in self._times.items():
            times.add_metric((route,), taken.cumulative(), taken.seconds)
        yield times
