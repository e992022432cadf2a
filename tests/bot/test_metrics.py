from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics, build_metrics
from bot.wiring import open_parts
from storage.database import Lane
from tests.wired import settings_of


def series(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    text = generate_latest(metrics.registry).decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_unknown_kinds_and_reasons_share_one_series() -> None:
    metrics = build_metrics()
    for number in range(10_000):
        metrics.event_received(f"kind-{number}")
        metrics.acknowledged(f"kind-{number}", 0.01)
        metrics.socket_reconnected(f"reason-{number}")
    metrics.event_received("reaction_added")
    figures = series(metrics)
    assert figures["regulars_events_received_total", ("other",)] == 10_000
    assert figures["regulars_events_received_total", ("reaction_added",)] == 1
    assert figures["regulars_socket_reconnects_total", ("other",)] == 10_000
    assert len(figures) < 100


def test_job_states_that_emptied_fall_to_zero() -> None:
    metrics = build_metrics()
    metrics.jobs_counted({("create", "ready"): 3, ("sync", "dead"): 1})
    metrics.jobs_counted({("create", "leased"): 1})
    figures = series(metrics)
    assert figures["regulars_jobs", ("create", "ready")] == 0
    assert figures["regulars_jobs", ("create", "leased")] == 1
    assert figures["regulars_jobs", ("sync", "dead")] == 0


def test_calls_waits_sockets_lag_and_pool_are_recorded() -> None:
    metrics = build_metrics()
    metrics.call_observer("gorgias")("ticket.create", "201", 0.2)
    metrics.wait_observer("gorgias")(1.5)
    metrics.sockets_connected(2)
    metrics.loop_lagged(0.002)
    metrics.job_ended("create", "done")
    figures = series(metrics)
    assert figures["regulars_calls_total", ("gorgias", "ticket.create", "201")] == 1
    assert figures["regulars_call_seconds_sum", ("gorgias", "ticket.create")] == 0.2
    assert figures["regulars_budget_wait_seconds_sum", ("gorgias",)] == 1.5
    assert figures["regulars_sockets_connected", ()] == 2
    assert figures["regulars_loop_lag_seconds_count", ()] == 1
    assert figures["regulars_job_attempts_total", ("create", "done")] == 1


def test_each_set_of_instruments_stands_alone() -> None:
    first, second = build_metrics(), build_metrics()
    first.sockets_connected(2)
    assert series(second)["regulars_sockets_connected", ()] == 0


async def test_scrape_shows_pools_their_use_and_their_waits(database_url: str) -> None:
    async with open_parts(settings_of(database_url, "http://slack", "http://gorgias")) as parts:
        async with parts.database.read():
            pass
        async with parts.database.transaction(Lane.INTAKE):
            shown = generate_latest(parts.metrics.registry).decode()
    other = "writer" if parts.database.is_sqlite else "jobs"
    for line in (
        'regulars_database_connections_in_use{pool="intake"} 1.0',
        f'regulars_database_connections_in_use{{pool="{other}"}} 0.0',
        'regulars_database_pool_wait_seconds_count{pool="intake"} 1.0',
        'regulars_database_pool_exhausted_total{pool="intake"} 0.0',
    ):
        assert line in shown
