import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from bot.sidecar.health import Health
from bot.sidecar.route import Route
from bot.sidecar.routes import PROCESS_ROUTES
from storage.database import Database
from tests.bot.sidecar.running import Running

WITH_TOKEN = pytest.mark.parametrize(
    "running", [{"metrics_token": SecretStr("metrics-canary")}], indirect=True
)


async def get(running: Running, path: str, **headers: str) -> tuple[int, Any]:
    return await running.ask(path, headers=headers)


async def test_ready_only_with_database_migrations_and_a_socket(running: Running) -> None:
    assert (await get(running, "/health/ready"))[0] == 503
    running.health.migrated = True
    assert (await get(running, "/health/ready"))[0] == 503
    running.health.sockets = 1
    status, checks = await get(running, "/health/ready")
    assert status == 200
    assert checks == {
        "status": "ready",
        "database": "ok",
        "migrations": "current",
        "sockets": 1,
        "draining": False,
        "slack": "ok",
        "gorgias": "ok",
    }


async def test_draining_process_is_not_ready_but_lives(running: Running) -> None:
    running.health.migrated, running.health.sockets = True, 2
    running.health.draining = True
    assert (await get(running, "/health"))[0] == 503
    assert await get(running, "/health/live") == (200, {"status": "live"})


async def test_gorgias_away_is_reported_and_not_fatal(running: Running) -> None:
    running.health.migrated, running.health.sockets = True, 2
    running.health.gorgias = False
    status, checks = await get(running, "/health/ready")
    assert (status, checks["gorgias"]) == (200, "unavailable")


async def test_stuck_loop_is_not_alive(running: Running) -> None:
    running.silent_seconds = 31
    assert await get(running, "/health/live") == (503, {"status": "stuck"})


async def test_database_that_does_not_answer_is_not_ready() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    health = Health(database, needs_sockets=False, silent_seconds=lambda: 0.0, migrated=True)
    is_ready, checks = await health.report()
    await database.close()
    assert (is_ready, checks["database"]) == (False, "unavailable")


async def test_metrics_are_open_on_this_machine_without_a_token(running: Running) -> None:
    status, text = await get(running, "/metrics")
    assert status == 200
    assert "regulars_sockets_connected 0.0" in text


@WITH_TOKEN
@pytest.mark.parametrize(
    "given", ["", "Bearer wrong", "Bearer metrics-canar", "Bearer \udcff\u00e9"]
)
async def test_wrong_token_gets_no_metrics(running: Running, given: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.address[17:]))
    line = f"Authorization: {given}\r\n".encode("utf-8", "surrogateescape")
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + line + b"\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"canary" not in answer


@WITH_TOKEN
async def test_right_token_gets_metrics(running: Running) -> None:
    status, _ = await get(running, "/metrics", Authorization="Bearer metrics-canary")
    assert status == 200


async def test_every_mistake_has_the_one_error_shape(running: Running) -> None:
    status, body = await get(running, "/nowhere")
    assert status == 404
    assert body["error"].keys() == {"code", "message", "reference"}
    async with running.http.post(running.address + "/health") as response:
        assert response.status == 405
        assert (await response.json())["error"]["code"] == "method_not_allowed"


async def test_defect_answers_a_reference_and_no_traceback(running: Running) -> None:
    def fail() -> float:
        raise LookupError("canary")

    running.health.silent_seconds = fail
    status, body = await get(running, "/health/live")
    assert (status, body["error"]["code"]) == (500, "failed")
    assert body["error"]["reference"] == running.last_headers["X-Request-Id"]
    assert "canary" not in str(body)


async def test_every_answer_is_counted_by_route_and_status(running: Running) -> None:
    for path in ("/health/live", "/health/live", "/nowhere", "/else"):
        await get(running, path)
    _, text = await get(running, "/metrics")
    live = 'route="/health/live"'
    assert f'regulars_http_requests_total{{method="GET",{live},status="200"}} 2.0' in text
    assert f"regulars_http_seconds_count{{{live}}} 2.0" in text
    assert f'regulars_http_seconds_bucket{{le="+Inf",{live}}} 2.0' in text
    assert 'regulars_http_requests_total{method="GET",route="unknown",status="404"} 2.0' in text


async def test_what_is_logged_within_a_request_carries_its_id(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> float:
        raise LookupError

    running.health.silent_seconds = fail
    for name in ("first", "second"):
        await get(running, "/health/live", **{"X-Request-Id": f"{name}-canary"})
    logged = [line for line in capsys.readouterr().out.splitlines() if "http.failed" in line]
    assert ["first-canary" in line for line in logged] == [True, False]
    assert ["second-canary" in line for line in logged] == [False, True]


@pytest.mark.parametrize("route", PROCESS_ROUTES, ids=lambda route: route.path)
async def test_every_path_of_the_table_answers(running: Running, route: Route) -> None:
    status, _ = await get(running, route.path)
    assert status in {200, 503}
