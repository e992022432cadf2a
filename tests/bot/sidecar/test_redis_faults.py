"""Whatever happens to Redis, callers get the same answers: a real one is stopped, hung, filled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.pool import ProcessPool
from tests.bot.sidecar.running import ADMIN_KEY, Running, run_sidecar
from tests.redis_server import RedisServer, redis_server
from tests.services.insights.baskets_shop import open_shop

PATHS = (
    "/api/v1/customers/a",
    "/api/v1/customers/a/orders",
    "/api/v1/customers/search?q=a@example.com",
    "/api/v1/insights/cohorts",
    "/api/v1/segments",
)


async def answers(running: Running) -> list[Any]:
    """Ask twice: the second time from memory, where there is one."""
    found = [
        await running.ask(path, key=ADMIN_KEY, headers={"X-Request-Id": "same"})
        for path in PATHS * 2
    ]
    assert found[: len(PATHS)] == found[len(PATHS) :]
    return found


@contextmanager
def working(server: RedisServer) -> Iterator[None]:
    assert server.client.ping()
    yield


@contextmanager
def hung(server: RedisServer) -> Iterator[None]:
    server.pause()
    yield
    server.resume()


@contextmanager
def full(server: RedisServer) -> Iterator[None]:
    server.client.flushall()
    server.client.config_set("maxmemory", "1")
    yield
    server.client.config_set("maxmemory", "0")


@contextmanager
def slow(server: RedisServer) -> Iterator[None]:
    server.client.client_pause(60_000)  # longer than the test, which ends the server
    yield


@contextmanager
def of_wrong_types(server: RedisServer) -> Iterator[None]:
    for key in server.client.keys("*"):
        server.client.delete(key)
        server.client.lpush(key, "x")
    yield


@contextmanager
def stopped(server: RedisServer) -> Iterator[None]:
    server.die()
    yield


@contextmanager
def restarted(server: RedisServer) -> Iterator[None]:
    """Another one, empty, on the same port; the bot still holds connections to the first."""
    server.die()
    with redis_server(Path("/tmp"), server.port):  # noqa: S108 - it saves nothing
        yield


@pytest.mark.parametrize(
    "fault",
    [working, hung, full, slow, of_wrong_types, stopped, restarted],
    ids=lambda f: f.__name__,
)
async def test_answers_are_the_same(
    database_url: str,
    tmp_path: Path,
    pool: ProcessPool,
    fault: Callable[[RedisServer], Any],
) -> None:
    async with run_sidecar(database_url) as without:
        await open_shop(without.parts.database, pool)
        expected = await answers(without)
        assert [status for status, _ in expected[:4]] == [200] * 4
    with redis_server(tmp_path) as server:
        async with run_sidecar(database_url, redis_url=server.url) as first:
            assert first.parts.redis is not None
            await first.parts.redis.probe()
            assert await answers(first) == expected
        async with run_sidecar(database_url, redis_url=server.url) as replica:
            assert replica.parts.redis is not None
            await replica.parts.redis.probe()
            assert replica.parts.redis.is_up
            with fault(server):
                assert await answers(replica) == expected
