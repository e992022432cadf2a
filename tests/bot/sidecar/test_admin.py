"""What whoever runs the bot sees and does over HTTP."""

import logging
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.logs import configure_logs
from services.api_keys import Scope
from storage import audit
from storage.cache import Cache, Namespace
from storage.jobs import NewJob
from storage.models import audit_log, jobs, model_runs
from tests.bot.sidecar.running import ADMIN_KEY, Running
from tests.storage.test_scores import NEW, add_run


async def get(running: Running, path: str) -> Any:  # noqa: ANN401 - JSON
    status, answer = await running.ask(f"/admin/{path}", key=ADMIN_KEY)
    assert status == 200, answer
    return answer


async def post(running: Running, path: str) -> tuple[int, Any]:
    return await running.ask(f"/admin/{path}", "POST", key=ADMIN_KEY)


async def acts(running: Running) -> list[tuple[str, str, str]]:
    async with running.parts.database.read() as connection:
        rows = (await connection.execute(select(audit_log).order_by(audit_log.c.id))).all()
    assert await audit.first_broken_row(running.parts.database) is None
    return [(row.actor, row.action, row.subject) for row in rows]


async def bury(running: Running, count: int) -> list[int]:
    """Store dead letters that hold somebody's words."""
    ledger = running.parts.ledger
    async with running.parts.database.transaction() as connection:
        for number in range(count):
            job = NewJob("ticket.create", f"dead:{number}", {"text": "canary@example.com"})
            await ledger.enqueue(connection, job)
        await connection.execute(update(jobs).values(state="dead", error="Gorgias refused it."))
        return list((await connection.execute(select(jobs.c.id).order_by(jobs.c.id))).scalars())


async def test_dead_letter_is_listed_replayed_and_discarded(running_on: Running) -> None:
    first, second, third = await bury(running_on, 3)
    overview = await get(running_on, "jobs")
    assert overview["dead"] == 3
    assert overview["counts"] == [{"kind": "ticket.create", "state": "dead", "count": 3}]
    assert "canary" not in str(overview)
    status, done = await post(running_on, f"jobs/{first}/replay")
    assert (status, done["done"]) == (200, "replayed")
    status, done = await post(running_on, f"jobs/{second}/discard")
    assert (status, done["done"]) == (200, "discarded")
    assert (await post(running_on, f"jobs/{second}/replay"))[0] == 404
    left = await get(running_on, "jobs/dead")
    assert [job["id"] for job in left["jobs"]] == [third]
    assert left["jobs"][0]["reason"] == "Gorgias refused it."
    [replayed] = await running_on.parts.ledger.claim("worker", 5)
    assert replayed.id == first
    assert await acts(running_on) == [
        ("key:ADMIN_KEY", "job.replay", f"job:{first}"),
        ("key:ADMIN_KEY", "job.discard", f"job:{second}"),
    ]


async def test_dead_letters_come_page_by_page(running_on: Running) -> None:
    ids = await bury(running_on, 5)
    seen, path = [], "jobs/dead?limit=2"
    while path:
        page = await get(running_on, path)
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
        path = f"jobs/dead?limit=2&cursor={cursor}" if cursor else ""
    assert seen == ids[::-1]


async def test_sync_is_started_at_once_and_its_state_is_told(running_on: Running) -> None:
    empty = await get(running_on, "sync-status")
    assert (empty["tickets"]["read_until"], empty["jobs"]) == (None, [])
    status, answer = await post(running_on, "sync")
    assert (status, answer) == (202, {"started": ["tickets.poll", "tickets.surveys"]})
    told = await get(running_on, "sync-status")
    waits = {job["kind"]: job["next_try_seconds"] for job in told["jobs"]}
    assert waits["tickets.poll"] == waits["tickets.surveys"] == 0
    assert told["gorgias_answers"] is True
    assert await acts(running_on) == [("key:ADMIN_KEY", "sync.start", "tickets")]


async def test_switching_back_shows_the_earlier_run_and_survives_the_night(
    running_on: Running,
) -> None:
    database = running_on.parts.database
    good = await add_run(database, NEW, "active")
    bad = await add_run(database, NEW, "active")
    listed = await get(running_on, "model-runs")
    assert [(run["id"], run["state"], run["can_be_switched_to"]) for run in listed] == [
        (bad, "active", False),
        (good, "retired", True),
    ]
    status, run = await post(running_on, f"model-runs/{good}/activate")
    assert (status, run["state"], run["brier"]) == (200, "active", 0.1)
    listed = await get(running_on, "model-runs")
    assert [(run["id"], run["state"]) for run in listed] == [(bad, "kept"), (good, "active")]
    assert "ADMIN_KEY" in listed[0]["message"]
    assert (await post(running_on, f"model-runs/{good}/activate"))[0] == 400
    assert (await post(running_on, "model-runs/4711/activate"))[0] == 404
    assert await acts(running_on) == [("key:ADMIN_KEY", "model.switch", f"model_run:{good}")]


async def test_run_whose_scores_are_gone_is_not_switched_to(running_on: Running) -> None:
    database = running_on.parts.database
    failed = await add_run(database, NEW, "failed", size=0)
    await add_run(database, NEW, "active")
    status, answer = await post(running_on, f"model-runs/{failed}/activate")
    assert status == 400
    assert "not kept" in answer["error"]["message"]
    async with database.read() as connection:
        states = select(model_runs.c.state).order_by(model_runs.c.id)
        assert list((await connection.execute(states)).scalars()) == ["failed", "active"]


async def test_log_level_is_changed_while_running_and_libraries_keep_their_floor(
    running: Running,
) -> None:
    configure_logs("INFO", "json")
    assert await get(running, "log-level") == {"level": "INFO"}
    status, answer = await running.ask(
        "/admin/log-level", "PUT", key=ADMIN_KEY, json={"level": "DEBUG"}
    )
    assert (status, answer) == (200, {"level": "DEBUG"})
    assert logging.getLogger().level == logging.DEBUG
    assert logging.getLogger("slack_sdk").level == logging.INFO
    [(actor, action, subject)] = await acts(running)
    assert (actor, action) == ("key:ADMIN_KEY", "log.level")
    assert subject.startswith("process:")
    status, answer = await running.ask(
        "/admin/log-level", "PUT", key=ADMIN_KEY, json={"level": "LOUD"}
    )
    assert status == 400
    configure_logs("INFO")


async def test_cache_stats_tell_hits_misses_and_load_times(running: Running) -> None:
    cache = Cache(running.parts.metrics)
    running.parts.metrics.watch_cache(lambda: cache.size)

    async def load() -> str:
        return "answer"

    for key in ("a", "a", "a", "b"):
        await cache.get(Namespace("answers", 60), key, load)
    stats = await get(running, "cache/stats")
    assert (stats["entries"], stats["redis"]) == (2, "unused")
    [figures] = stats["namespaces"]
    assert (figures["name"], figures["from_memory"], figures["misses"]) == ("answers", 2, 2)
    assert figures["hit_rate"] == 0.5
    assert figures["mean_load_seconds"] >= 0


async def test_pools_are_shown(running_on: Running) -> None:
    pools = {pool["name"]: pool for pool in await get(running_on, "db/pool")}
    names = {"intake", "writer", "reader"}
    if not running_on.parts.database.is_sqlite:
        names = {"intake", "interactive", "jobs", "counters"}
        assert pools["interactive"]["statement_limit_seconds"] == 2
        assert pools["jobs"]["statement_limit_seconds"] == 30
    assert set(pools) == names
    assert all(pool["size"] >= pool["in_use"] for pool in pools.values())


SMALL = {"database_pool_size": 2, "database_pool_wait_seconds": 0.3}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("running_on", [SMALL], indirect=True)
async def test_exhausted_pool_is_a_clear_error_soon_and_can_still_be_looked_at(
    running_on: Running,
) -> None:
    key = await running_on.key(Scope.ADMIN)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(running_on.parts.database.read())
        started = time.monotonic()
        status, answer = await running_on.ask("/admin/jobs", key=key.secret)
        assert time.monotonic() - started < 2
        assert (status, answer["error"]["code"]) == (503, "database_busy")
        assert running_on.last_headers["Retry-After"] == "1"
        pools = {pool["name"]: pool for pool in await get(running_on, "db/pool")}
    assert pools["interactive"]["in_use"] == 2
    assert pools["interactive"]["exhausted"] >= 1
    assert (await running_on.ask("/admin/jobs", key=key.secret))[0] == 200


async def test_attempt_without_the_scope_is_in_the_audit_log_once_a_minute(
    running_on: Running,
) -> None:
    key = await running_on.key(Scope.TICKETS)
    for _ in range(3):
        assert (await running_on.ask("/admin/sync", "POST", key=key.secret))[0] == 403
    assert (await acts(running_on))[1:] == [
        (f"key:{key.key.prefix}", "admin.refused", "/admin/sync")
    ]


async def test_health_tells_an_admin_more(running: Running) -> None:
    _, everybody = await running.ask("/health")
    assert "version" not in everybody
    _, admin = await running.ask("/health", key=ADMIN_KEY)
    assert admin["version"]
    assert admin["uptime_seconds"] >= 0
    narrow = await running.key(Scope.TICKETS)
    assert (await running.ask("/health", key=narrow.secret))[1] == everybody
    assert (await running.ask("/health", key="wrong"))[0] == 401
