"""One contract for a cache in memory and one that shares through a real Redis."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from storage.cache import Cache, Namespace
from storage.redis_store import FAILURES_TO_OPEN, RedisStore
from tests.redis_server import RedisServer, redis_server

CANCELLATIONS = 10_000
KEYS = 50


@dataclass(frozen=True)
class Answer:
    key: str
    at: datetime


ANSWERS = Namespace("answers", seconds=60, shared_as=TypeAdapter(Answer))
PRIVATE: Namespace[str] = Namespace("private", seconds=60)
BRIEF = Namespace("brief", seconds=0.5, shared_as=TypeAdapter(Answer))
AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


@dataclass
class Figures:
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=Counter)

    def cache_asked(self, namespace: str, outcome: str) -> None:
        self.asked[namespace, outcome] += 1

    def cache_loaded(self, namespace: str, seconds: float) -> None:
        assert seconds >= 0
        self.loads[namespace] += 1


@dataclass
class Source:
    """Where answers come from when nobody remembers."""

    calls: int = 0
    hold: asyncio.Event | None = None
    trouble: Exception | None = None

    def of(self, key: str) -> Callable[[], Awaitable[Answer]]:
        async def load() -> Answer:
            self.calls += 1
            if self.hold is not None:
                await self.hold.wait()
            if self.trouble is not None:
                raise self.trouble
            return Answer(key, AT)

        return load


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[RedisStore]:
    server.client.flushall()
    store = store_at(server)
    await store.probe()
    assert store.is_up
    yield store
    await store.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One that a test may break."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return Cache(Figures())
    return Cache(Figures(), request.getfixturevalue("store"))


def store_at(server: RedisServer) -> RedisStore:
    return RedisStore.open(server.url, "sqlite:///regulars.db", lambda _is_up: None)


@asynccontextmanager
async def delayed(server: RedisServer) -> AsyncIterator[str]:
    """Give an address at which the same Redis answers some milliseconds late."""

    async def pass_on(
        source: asyncio.StreamReader, target: asyncio.StreamWriter, most_seconds: float
    ) -> None:
        try:
            while data := await source.read(65_536):
                await asyncio.sleep(random.uniform(0, most_seconds))
                target.write(data)
        except OSError:
            pass  # the other side is gone
        finally:
            target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(pass_on(reader, forth, 0), pass_on(back, writer, 0.004))

    relay = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{relay.sockets[0].getsockname()[1]}/0"
    relay.close()


# --- the contract ------------------------------------------------------------------------------


async def test_second_question_is_answered_without_loading(cache: Cache) -> None:
    source = Source()
    first = await cache.get(ANSWERS, "a", source.of("a"))
    assert await cache.get(ANSWERS, "a", source.of("a")) == first == Answer("a", AT)
    assert source.calls == 1


async def test_keys_versions_and_namespaces_are_kept_apart(cache: Cache) -> None:
    source = Source()
    await cache.get(ANSWERS, "a", source.of("a"), version="import 1")
    other_key = await cache.get(ANSWERS, "b", source.of("b"), version="import 1")
    await cache.get(ANSWERS, "a", source.of("a"), version="import 2")
    await cache.get(BRIEF, "a", source.of("a"), version="import 1")
    assert other_key.key == "b"
    assert source.calls == 4


async def test_two_hundred_who_miss_at_once_wait_for_one_load(cache: Cache) -> None:
    source = Source(hold=asyncio.Event())
    waiting = [asyncio.create_task(cache.get(ANSWERS, "a", source.of("a"))) for _ in range(200)]
    await asyncio.sleep(0.01)
    assert source.hold is not None
    source.hold.set()
    assert set(await asyncio.gather(*waiting)) == {Answer("a", AT)}
    assert source.calls == 1


async def test_who_gives_up_waiting_does_not_take_the_answer_from_others(cache: Cache) -> None:
    source = Source(hold=asyncio.Event())
    impatient = asyncio.create_task(cache.get(ANSWERS, "a", source.of("a")))
    patient = asyncio.create_task(cache.get(ANSWERS, "a", source.of("a")))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert source.hold is not None
    source.hold.set()
    assert await patient == Answer("a", AT)
    assert impatient.cancelled()


async def test_failure_reaches_everybody_who_waits_and_is_not_remembered(cache: Cache) -> None:
    source = Source(trouble=LookupError("away"))
    results = await asyncio.gather(
        *(cache.get(ANSWERS, "a", source.of("a")) for _ in range(5)), return_exceptions=True
    )
    assert [type(result) for result in results] == [LookupError] * 5
    source.trouble = None
    assert await cache.get(ANSWERS, "a", source.of("a")) == Answer("a", AT)
    assert source.calls == 2


async def test_answer_is_forgotten_when_its_life_ends(cache: Cache) -> None:
    source = Source()
    await cache.get(BRIEF, "a", source.of("a"))
    await asyncio.sleep(BRIEF.seconds)
    await cache.get(BRIEF, "a", source.of("a"))
    assert source.calls == 2


async def test_figures_tell_hits_misses_and_loads_by_namespace(cache: Cache) -> None:
    source = Source()
    for _ in range(3):
        await cache.get(ANSWERS, "a", source.of("a"))
    figures = cache.observer
    assert isinstance(figures, Figures)
    assert figures.asked == {("answers", "miss"): 1, ("answers", "memory"): 2}
    assert figures.loads == {"answers": 1}


async def test_memory_is_bounded_for_each_namespace() -> None:
    cache, source = Cache(), Source()
    few: Namespace[Answer] = Namespace("few", 60, most=10)
    more: Namespace[Answer] = Namespace("more", 60, most=20)
    for number in range(25):
        await cache.get(few, str(number), source.of(str(number)))
        await cache.get(more, str(number), source.of(str(number)))
    assert cache.size == 30


# --- sharing -----------------------------------------------------------------------------------


async def test_replica_reads_what_another_loaded(store: RedisStore) -> None:
    source = Source()
    await Cache(shared=store).get(ANSWERS, "a", source.of("a"))
    assert await Cache(shared=store).get(ANSWERS, "a", source.of("a")) == Answer("a", AT)
    assert source.calls == 1


async def test_shared_answer_does_not_live_longer_for_being_passed_on(store: RedisStore) -> None:
    source = Source()
    await Cache(shared=store).get(BRIEF, "a", source.of("a"))
    replica = Cache(shared=store)
    await replica.get(BRIEF, "a", source.of("a"))
    await asyncio.sleep(BRIEF.seconds)
    await replica.get(BRIEF, "a", source.of("a"))
    assert source.calls == 2


async def test_what_is_private_never_reaches_redis(store: RedisStore, server: RedisServer) -> None:
    async def load() -> str:
        return "olivia@example.com"

    await Cache(shared=store).get(PRIVATE, "U1", load)
    assert server.client.dbsize() == 0


async def test_databases_that_share_a_redis_do_not_share_answers(
    store: RedisStore, server: RedisServer
) -> None:
    other = RedisStore.open(server.url, "sqlite:///staging.db", lambda _is_up: None)
    await other.probe()
    source = Source()
    await Cache(shared=store).get(ANSWERS, "a", source.of("a"))
    await Cache(shared=other).get(ANSWERS, "a", source.of("a"))
    await other.close()
    assert source.calls == 2


@pytest.mark.parametrize(
    "stored",
    [
        b"no JSON",
        b"[1]",
        b"null",
        b"\xff",
        json.dumps(["answers||b", 9e12, {"key": "b", "at": "2026-11-22T12:30:00Z"}]).encode(),
        json.dumps(["answers||a", 0, {"key": "a", "at": "2026-11-22T12:30:00Z"}]).encode(),
        json.dumps(["answers||a", 9e12, {"key": "a"}]).encode(),
    ],
    ids=["text", "short", "null", "bytes", "of another key", "too old", "of another release"],
)
async def test_value_that_is_not_this_answer_is_loaded_anew(
    store: RedisStore, stored: bytes
) -> None:
    await store.put("answers||a", stored, 60)
    source = Source()
    assert await Cache(shared=store).get(ANSWERS, "a", source.of("a")) == Answer("a", AT)
    assert source.calls == 1


async def test_wrong_type_in_a_key_is_loaded_anew(store: RedisStore, server: RedisServer) -> None:
    server.client.lpush(f"{store.prefix}answers||a", "x")
    assert await Cache(shared=store).get(ANSWERS, "a", Source().of("a")) == Answer("a", AT)
    assert store.is_up


# --- Redis in trouble --------------------------------------------------------------------------


async def test_ten_thousand_cancellations_cross_no_value(server: RedisServer) -> None:
    async with delayed(server) as url:
        store = RedisStore.open(url, "sqlite:///regulars.db", lambda _is_up: None)
        await store.probe()
        for number in range(KEYS):
            await store.put(str(number), f"value {number}".encode(), 600)
        cancelled, answered, crossed = 0, 0, 0
        while cancelled < CANCELLATIONS:
            keys = [str(random.randrange(KEYS)) for _ in range(40)]
            asked = [asyncio.create_task(store.get(key)) for key in keys]
            for victim in random.sample(asked, 36):
                asyncio.get_running_loop().call_later(random.uniform(0, 0.006), victim.cancel)
            await asyncio.wait(asked)
            for key, task in zip(keys, asked, strict=True):
                if task.cancelled():
                    cancelled += 1
                elif (value := task.result()) is not None:
                    answered += 1
                    crossed += value != f"value {key}".encode()
            if not store.is_up:
                await store.probe()
        await store.close()
    assert answered > CANCELLATIONS / 100
    assert crossed == 0


async def test_redis_that_hangs_is_left_alone_and_found_again(own_server: RedisServer) -> None:
    store, source = store_at(own_server), Source()
    await store.probe()
    own_server.pause()
    for number in range(FAILURES_TO_OPEN + 1):
        key = str(number)
        assert await Cache(shared=store).get(ANSWERS, key, source.of(key)) == Answer(key, AT)
    assert not store.is_up
    own_server.resume()
    await store.probe()
    assert store.is_up
    assert await Cache(shared=store).get(ANSWERS, "0", source.of("0")) == Answer("0", AT)
    await store.close()


async def test_redis_that_dies_is_noticed_by_the_probe(own_server: RedisServer) -> None:
    told: list[bool] = []
    store = RedisStore.open(own_server.url, "sqlite:///regulars.db", told.append)
    await store.probe()
    own_server.die()
    await store.probe()
    assert told == [True, False]
    assert await Cache(shared=store).get(ANSWERS, "a", Source().of("a")) == Answer("a", AT)


async def test_flushed_redis_costs_a_load(store: RedisStore, server: RedisServer) -> None:
    source = Source()
    await Cache(shared=store).get(ANSWERS, "a", source.of("a"))
    server.client.flushall()
    assert await Cache(shared=store).get(ANSWERS, "a", source.of("a")) == Answer("a", AT)
    assert source.calls == 2


async def test_full_redis_still_answers_what_it_holds(own_server: RedisServer) -> None:
    store, source = store_at(own_server), Source()
    await store.probe()
    await Cache(shared=store).get(ANSWERS, "held", source.of("held"))
    own_server.client.config_set("maxmemory", "1")
    for _ in range(FAILURES_TO_OPEN + 1):
        assert await Cache(shared=store).get(ANSWERS, "new", source.of("new")) == Answer("new", AT)
    assert store.is_up
    await Cache(shared=store).get(ANSWERS, "held", source.of("held"))
    assert source.calls == 1 + FAILURES_TO_OPEN + 1
    await store.close()


async def test_slow_redis_is_not_taken_for_a_good_one(own_server: RedisServer) -> None:
    store = store_at(own_server)
    await store.probe()
    own_server.client.client_pause(60_000)
    await store.probe()
    assert not store.is_up
    await store.close()
