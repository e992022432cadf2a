"""The instruments. Labels come from fixed sets, so that no customer or channel becomes a series.

Services know nothing of Prometheus: they are given the recording methods below as callables.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.samples import Sample

from bot.http_figures import HttpFigures
from storage.pools import Pool

OTHER = "other"
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "block_actions",
        "block_suggestion",
        "events_api",
        "interactive",
        "member_joined_channel",
        "message",
        "message_action",
        "reaction_added",
        "reaction_removed",
        "shortcut",
        "slash_command",
        "slash_commands",
        "view_closed",
        "view_submission",
    },
)
KEY_STATES = ("active", "expired", "revoked")
RECONNECT_REASONS = frozenset(
    {
        "closed",
        "link_disabled",
        "refresh_requested",
        "refused",
        "silent",
        "too_many_websockets",
        "unreachable",
        "warning",
    },
)

ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LOAD_BUCKETS = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
POOL_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2)
WAIT_BUCKETS = (0.0, 0.1, 0.5, 1, 2, 5, 10, 30, 60)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)


@dataclass(frozen=True, slots=True)
class NamespaceFigures:
    """How often one kind of answer was known already, and what it cost when it was not."""

    name: str
    from_memory: int
    from_redis: int
    misses: int
    hit_rate: float
    load_seconds: float
    """For all misses together."""
    mean_load_seconds: float | None

    @classmethod
    def of(cls, name: str, outcomes: Mapping[str, int], load_seconds: float) -> Self:
        """Add up the outcomes of one namespace."""
        misses = outcomes.get("miss", 0)
        asked = sum(outcomes.values())
        return cls(
            name=name,
            from_memory=outcomes.get("memory", 0),
            from_redis=outcomes.get("shared", 0),
            misses=misses,
            hit_rate=round(1 - misses / asked, 4) if asked else 0.0,
            load_seconds=round(load_seconds, 4),
            mean_load_seconds=round(load_seconds / misses, 6) if misses else None,
        )


@dataclass(frozen=True, slots=True)
class Metrics:
    """One set of instruments on a registry of its own, so that tests do not share figures."""

    registry: CollectorRegistry
    events: Counter
    acks: Histogram
    jobs: Gauge
    job_outcomes: Counter
    calls: Counter
    call_seconds: Histogram
    budget_waits: Histogram
    sockets: Gauge
    reconnects: Counter
    loop_lag: Histogram
    pool_size: Gauge
    pool_in_use: Gauge
    pool_waits: Histogram
    pools_exhausted: Counter
    cache_requests: Counter
    cache_loads: Histogram
    cache_entries: Gauge
    redis: Gauge
    http: HttpFigures
    key_checks: Counter
    limited: Counter
    keys: Gauge
    connections: Gauge
    connections_closed: Counter
    _job_labels: set[tuple[str, str]] = field(default_factory=set)

    def event_received(self, kind: str) -> None:
        """Count what Slack sent, by the type Slack gives it."""
        self.events.labels(_one_of(kind, EVENTS)).inc()

    def acknowledged(self, kind: str, seconds: float) -> None:
        """Record the time from an envelope's arrival to its acknowledgement."""
        self.acks.labels(_one_of(kind, EVENTS)).observe(seconds)

    def job_ended(self, kind: str, outcome: str) -> None:
        """Count how an attempt at a job ended; both words are ours."""
        self.job_outcomes.labels(kind, outcome).inc()

    def jobs_counted(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how many jobs there are by (kind, state); what is not named is none."""
        for labels in self._job_labels - counts.keys():
            self.jobs.labels(*labels).set(0)
        for labels, count in counts.items():
            self.jobs.labels(*labels).set(count)
        self._job_labels.update(counts)

    def call_observer(self, api: str) -> Callable[[str, str, float], None]:
        """Return what an API client reports each call to: operation, outcome, seconds."""

        def observe(operation: str, outcome: str, seconds: float) -> None:
            self.calls.labels(api, operation, outcome).inc()
            self.call_seconds.labels(api, operation).observe(seconds)

        return observe

    def wait_observer(self, api: str) -> Callable[[float], None]:
        """Return what an API client reports its waits for the rate budget to."""
        return self.budget_waits.labels(api).observe

    def sockets_connected(self, count: int) -> None:
        self.sockets.set(count)

    def socket_reconnected(self, reason: str) -> None:
        self.reconnects.labels(_one_of(reason, RECONNECT_REASONS)).inc()

    def loop_lagged(self, seconds: float) -> None:
        """Record how late the event loop woke a sleeper."""
        self.loop_lag.observe(seconds)

    def watch_pool(self, pool: Pool) -> None:
        """Ask the pool at every scrape, and be told of every wait for it."""
        self.pool_size.labels(pool.name).set(pool.size)
        self.pool_in_use.labels(pool.name).set_function(lambda: pool.state().in_use)
        self.pools_exhausted.labels(pool.name)
        pool.observer = self

    def pool_waited(self, pool: str, seconds: float) -> None:
        """Record how long somebody waited for a connection."""
        self.pool_waits.labels(pool).observe(seconds)

    def pool_exhausted(self, pool: str) -> None:
        """Count somebody who waited in vain."""
        self.pools_exhausted.labels(pool).inc()

    def cache_asked(self, namespace: str, outcome: str) -> None:
        """Count where an answer came from: memory, shared (Redis) or a miss."""
        self.cache_requests.labels(namespace, outcome).inc()

    def cache_loaded(self, namespace: str, seconds: float) -> None:
        """Record what a miss cost."""
        self.cache_loads.labels(namespace).observe(seconds)

    def key_checked(self, outcome: str) -> None:
        """Count a caller by `accepted`, `anonymous`, or the code of the refusal."""
        self.key_checks.labels(outcome).inc()

    def call_limited(self, limit: str) -> None:
        """Count a refusal by the limit that was reached: key, address or failures."""
        self.limited.labels(limit).inc()

    def keys_counted(self, counts: Mapping[str, int]) -> None:
        """Show how many API keys there are in each state."""
        for state in KEY_STATES:
            self.keys.labels(state).set(counts.get(state, 0))

    def watch_connections(self, count: Callable[[], int]) -> None:
        """Ask `count` at every scrape for the open HTTP connections."""
        self.connections.set_function(count)

    def connection_closed(self, reason: str) -> None:
        """Count a connection that we ended, or did not take."""
        self.connections_closed.labels(reason).inc()

    def watch_cache(self, size: Callable[[], int]) -> None:
        """Ask `size` at every scrape for the answers held in memory."""
        self.cache_entries.set_function(size)

    def cache_size(self) -> int:
        """Return the answers held in memory."""
        return int(next(iter(self.cache_entries.collect())).samples[0].value)

    def cache_figures(self) -> list[NamespaceFigures]:
        """Add up what was counted for each namespace since the start."""
        asked: dict[str, dict[str, int]] = {}
        for sample in _samples(self.cache_requests, "_total"):
            outcomes = asked.setdefault(sample.labels["namespace"], {})
            outcomes[sample.labels["outcome"]] = int(sample.value)
        seconds = {
            sample.labels["namespace"]: sample.value
            for sample in _samples(self.cache_loads, "_sum")
        }
        return [
            NamespaceFigures.of(name, outcomes, seconds.get(name, 0.0))
            for name, outcomes in sorted(asked.items())
        ]

    def redis_answers(self, answers: bool) -> None:  # noqa: FBT001 - a signal has one value
        self.redis.set(answers)

    def redis_unused(self) -> None:
        """Show no figure where no Redis is meant to answer: an alert would wake somebody."""
        self.redis.set(math.nan)


def build_metrics() -> Metrics:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    http = HttpFigures()
    registry.register(http)

    def counter(name: str, text: str, *labels: str) -> Counter:
        return Counter(f"regulars_{name}", text, labels, registry=registry)

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"regulars_{name}", text, labels, registry=registry)

    def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"regulars_{name}", text, labels, buckets=buckets, registry=registry)

    return Metrics(
        registry=registry,
        events=counter("events_received", "What Slack sent, redeliveries too.", "kind"),
        acks=histogram("ack_seconds", "Envelope to acknowledgement.", ACK_BUCKETS, "kind"),
        jobs=gauge("jobs", "Stored jobs that are not done.", "kind", "state"),
        job_outcomes=counter("job_attempts", "Attempts at jobs.", "kind", "outcome"),
        calls=counter("calls", "Outgoing API calls.", "api", "operation", "outcome"),
        call_seconds=histogram(
            "call_seconds", "Outgoing API calls.", CALL_BUCKETS, "api", "operation"
        ),
        budget_waits=histogram("budget_wait_seconds", "Waits for a turn.", WAIT_BUCKETS, "api"),
        sockets=gauge("sockets_connected", "Open Socket Mode connections."),
        reconnects=counter("socket_reconnects", "Connections replaced.", "reason"),
        loop_lag=histogram("loop_lag_seconds", "How late the loop wakes a sleeper.", LAG_BUCKETS),
        pool_size=gauge("database_pool_size", "Connections there may be.", "pool"),
        pool_in_use=gauge("database_connections_in_use", "Connections checked out.", "pool"),
        pool_waits=histogram(
            "database_pool_wait_seconds", "Waits for a connection.", POOL_BUCKETS, "pool"
        ),
        pools_exhausted=counter(
            "database_pool_exhausted", "Waits that ended without a connection.", "pool"
        ),
        cache_requests=counter(
            "cache_requests", "Answers wanted, by where they came from.", "namespace", "outcome"
        ),
        cache_loads=histogram("cache_load_seconds", "What a miss cost.", LOAD_BUCKETS, "namespace"),
        cache_entries=gauge("cache_entries", "Answers held in memory."),
        redis=gauge("redis_up", "Whether the Redis of REDIS_URL answers in time."),
        http=http,
        limited=counter("api_limited", "Calls refused because of a limit.", "limit"),
        keys=gauge("api_keys", "API keys.", "state"),
        connections=gauge("http_connections", "Open HTTP connections."),
        connections_closed=counter(
            "http_connections_closed", "HTTP connections that we ended.", "reason"
        ),
        key_checks=counter(
            "api_key_checks", "Callers, by how the check of their key ended.", "outcome"
        ),
    )


def _samples(instrument: Counter | Histogram, ending: str) -> list[Sample]:
    return [
        sample
        for family in instrument.collect()
        for sample in family.samples
        if sample.name.endswith(ending)
    ]


def _one_of(value: str, known: frozenset[str]) -> str:
    return value if value in known else OTHER
