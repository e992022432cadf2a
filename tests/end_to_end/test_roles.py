"""Sockets, workers and HTTP as processes of their own that share PostgreSQL and Redis."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.conftest import MakeDatabase
from tests.end_to_end.playground import (
    BEN,
    OLIVIA,
    Bot,
    Playground,
    environment,
    eventually,
    free_port,
)
from tests.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Processes:
    """Starts processes of one installation."""

    playground: Playground
    database_url: str
    folder: Path
    redis: RedisServer
    started: list[Bot] = field(default_factory=list)

    async def start(self, role: str) -> Bot:
        settings = environment(
            self.playground,
            self.database_url,
            self.folder,
            free_port(),
            REDIS_URL=self.redis.url,
        )
        bot = Bot(settings, self.folder / f"{role}-{len(self.started)}.log", role=role)
        self.started.append(bot)
        await bot.start()
        return bot


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def processes(
    playground: Playground,
    make_database: MakeDatabase,
    redis: RedisServer,
    tmp_path: Path,
) -> AsyncIterator[Processes]:
    processes = Processes(playground, make_database("postgresql"), tmp_path, redis)
    yield processes
    redis.resume()
    for bot in processes.started:
        await bot.stop()


async def health(bot: Bot) -> dict[str, Any]:
    url = f"http://127.0.0.1:{bot.environment['HTTP_PORT']}/health"
    async with httpx.AsyncClient(timeout=5) as http:
        return dict((await http.get(url)).json())


async def test_ticket_passes_from_the_socket_process_to_the_worker(
    processes: Processes, playground: Playground
) -> None:
    socket, worker = await processes.start("socket"), await processes.start("worker")
    ts = await playground.say(BEN, "Roles: my parcel is lost")
    await playground.react(OLIVIA, ts)
    assert (await playground.ticket(ts))["external_id"].endswith(ts)
    assert "job.run" in worker.log()
    assert "job.run" not in socket.log()


async def test_another_worker_takes_over_what_a_killed_one_left(
    processes: Processes, playground: Playground
) -> None:
    await processes.start("socket")
    first = await processes.start("worker")
    await playground.gorgias_faults(slow_ms=1500)
    ts = await playground.say(BEN, "Roles: the worker dies")
    await playground.react(OLIVIA, ts)
    await first.die()
    await playground.gorgias_faults(slow_ms=0)
    unseen = await playground.say(BEN, "Roles: nobody works")
    await playground.react(OLIVIA, unseen)
    await processes.start("worker")
    await playground.ticket(ts)
    await playground.ticket(unseen)


async def test_http_process_is_ready_without_a_socket_and_takes_nothing_in(
    processes: Processes, playground: Playground
) -> None:
    http = await processes.start("http")
    assert (await health(http))["sockets"] == 0
    assert await http.status("/metrics") == 200
    await processes.start("socket")
    ts = await playground.say(BEN, "Roles: nobody works here")
    await playground.react(OLIVIA, ts)

    async def is_stored() -> bool:
        return bool(await http.open_jobs()) and await playground.unacknowledged() == 0

    await eventually(is_stored, what="the job to be stored")
    assert "job.run" not in http.log()


async def test_redis_that_hangs_midway_is_reported_and_changes_no_answer(
    processes: Processes, playground: Playground, redis: RedisServer
) -> None:
    bot = await processes.start("all")
    await eventually(lambda: says(bot, "ok"), what="Redis to be found")
    redis.pause()
    ts = await playground.say(BEN, "Roles: Redis hangs")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await eventually(lambda: says(bot, "unavailable"), what="Redis to be reported")
    assert await bot.is_ready()
    redis.resume()
    await eventually(lambda: says(bot, "ok"), what="Redis to be found again")


async def says(bot: Bot, word: str) -> bool:
    return bool((await health(bot))["redis"] == word)


@pytest.mark.parametrize("role", ["socket", "worker", "http"])
async def test_role_on_sqlite_is_refused_with_one_sentence(
    role: str, playground: Playground, tmp_path: Path
) -> None:
    settings = environment(
        playground, f"sqlite:///{tmp_path / 'regulars.db'}", tmp_path, free_port()
    )
    bot = Bot(settings, tmp_path / "bot.log", role=role)
    await bot.start(ready=False)
    assert bot.process is not None
    assert await bot.process.wait() == 2
    (sentence,) = bot.log().splitlines()
    assert sentence.startswith(f"The role {role} needs a PostgreSQL database")
    assert "DATABASE_URL" in sentence
