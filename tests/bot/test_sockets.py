"""Sockets under supervision, over real WebSockets to the emulated Slack."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import sockets as module
from bot.playground.slack import SlackEmulator
from bot.precedence import Precedence
from bot.sockets import SocketObservers, Sockets, SocketsRefusedError
from tests.bot.playground.slack_world import World, manifest, open_world, until

Answer = Callable[[dict[str, Any]], Awaitable[int | None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in production."""
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(module, "LONGEST_BACKOFF_SECONDS", 0.2)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world(SlackEmulator(manifest())) as world:
        yield world


@dataclass
class Seen:
    """What the observers were told, and the events that arrived."""

    connected: list[int] = field(default_factory=lambda: [0])
    reconnected: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


async def always(_event: dict[str, Any]) -> int | None:
    return 200


def build(world: World, count: int, seen: Seen, answer: Answer) -> Sockets:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-playground")

    async def receive(body: dict[str, Any]) -> BoltResponse:
        seen.events.append(body["event"])
        status = await answer(body["event"])
        if status is None:
            raise ConnectionError("The database is away.")
        return BoltResponse(status=status)

    async def gap(seconds: float) -> None:
        seen.gaps.append(seconds)

    client = AsyncWebClient("xoxb-playground", base_url=f"{world.url}/api/", retry_handlers=[])
    app = AsyncApp(
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
    )
    app.use(receive)
    return Sockets(
        app=app,
        client=client,
        app_token="xapp-playground",
        session=world.http,
        count=count,
        observers=SocketObservers(
            connected=seen.connected.append,
            reconnected=seen.reconnected.append,
            acknowledged=lambda kind, _seconds: seen.acknowledged.append(kind),
        ),
        on_gap=gap,
        precedence=Precedence(),
    )


@asynccontextmanager
async def open_sockets(
    world: World, seen: Seen, *, count: int = 1, answer: Answer = always
) -> AsyncIterator[Sockets]:
    sockets = build(world, count, seen, answer)
    task = asyncio.create_task(sockets.run())
    try:
        await wait(lambda: sockets.connected == count)
        yield sockets
    finally:
        sockets.stop()
        async with asyncio.timeout(20):
            await task


async def wait(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        await until(condition)


async def deliveries(world: World) -> list[dict[str, Any]]:
    log = await world.see("log")
    return [each for each in log["deliveries"] if each["type"] == "events_api"]


# --- ordinary life -----------------------------------------------------------------------------


async def test_events_arrive_and_are_acknowledged(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen, count=2):
        await world.write("Mug broken")
        await wait(lambda: seen.acknowledged == ["events_api"])
    assert [event["text"] for event in seen.events] == ["Mug broken"]
    assert [each["outcome"] for each in await deliveries(world)] == ["acked"]


async def test_acknowledgement_leaves_on_the_socket_that_brought_the_envelope(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: set[tuple[int, object]] = set()
    original_handle = module.Connection._handle
    original_send = module.Connection.send_socket_mode_response

    async def handle(self: module.Connection, message: dict[str, Any]) -> None:
        carried.add((id(self), message["envelope_id"]))
        await original_handle(self, message)

    async def send(self: module.Connection, response: Any) -> None:  # noqa: ANN401 - the SDK's
        assert (id(self), response.envelope_id) in carried
        await original_send(self, response)

    monkeypatch.setattr(module.Connection, "_handle", handle)
    monkeypatch.setattr(module.Connection, "send_socket_mode_response", send)
    seen = Seen()
    async with open_sockets(world, seen, count=3):
        for number in range(12):
            await world.write(f"Message {number}")
        await wait(lambda: len(seen.acknowledged) == 12)
    assert len({connection for connection, _ in carried}) > 1
    assert {each["outcome"] for each in await deliveries(world)} == {"acked"}


@pytest.mark.parametrize("status", [None, 500, 404])
async def test_event_that_was_not_stored_is_not_acknowledged_and_comes_again(
    world: World, status: int | None
) -> None:
    world.emulator.slack.faults.merge({"ack_deadline": 0.3, "redeliver_after": [0.1, 0.5]})
    seen = Seen()

    async def answer(_event: dict[str, Any]) -> int | None:
        return status if len(seen.events) == 1 else 200

    async with open_sockets(world, seen, answer=answer):
        await world.write("Mug broken")
        await wait(lambda: len(seen.acknowledged) == 1)
    assert [each["outcome"] for each in await deliveries(world)] == ["unacked", "acked"]


async def test_burst_is_handled_a_few_at_a_time_and_all_of_it(world: World) -> None:
    seen, running, most = Seen(), 0, 0

    async def slowly(_event: dict[str, Any]) -> int | None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return 200

    async with open_sockets(world, seen, count=2, answer=slowly):
        await asyncio.gather(*(world.write(f"Message {number}") for number in range(100)))
        await wait(lambda: len(seen.acknowledged) >= 100)
    assert most == module.HANDLED_AT_ONCE
    assert {each["outcome"] for each in await deliveries(world)} == {"acked"}


async def test_stopping_lets_what_is_in_hand_be_acknowledged(world: World) -> None:
    seen = Seen()
    arrived = asyncio.Event()

    async def answer(_event: dict[str, Any]) -> int | None:
        arrived.set()
        await asyncio.sleep(0.3)
        return 200

    async with open_sockets(world, seen, answer=answer):
        await world.write("Mug broken")
        await arrived.wait()
    assert seen.acknowledged == ["events_api"]
    assert [each["outcome"] for each in await deliveries(world)] == ["acked"]
    await wait(lambda: len(world.emulator.slack.sockets) == 0)


async def test_frames_that_make_no_sense_hurt_nobody(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen):
        [connection] = world.emulator.slack.sockets._open
        await connection.send({"type": "something_new"})
        await connection.send({})
        await world.write("Mug broken")
        await wait(lambda: seen.acknowledged == ["events_api"])
    assert seen.reconnected == []


# --- endings -----------------------------------------------------------------------------------


async def test_refresh_opens_the_new_socket_before_it_closes_the_old_one(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen) as sockets:
        await world.play("disconnect", reason="refresh_requested")
        await wait(lambda: seen.reconnected == ["refresh_requested"] and sockets.connected == 1)
        await wait(lambda: len(seen.connected) == 4)
    assert seen.connected[:4] == [0, 1, 2, 1]
    assert len(seen.gaps) == 1


async def test_event_during_a_refresh_is_taken(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen, count=2):
        await world.play("disconnect", reason="refresh_requested")
        await world.write("Mug broken")
        await wait(lambda: seen.acknowledged == ["events_api"])


async def test_two_disconnect_frames_make_one_reconnection(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen) as sockets:
        await world.play("disconnect", reason="refresh_requested", times=2)
        await wait(lambda: len(seen.connected) == 4)
        await asyncio.sleep(0.3)
        assert sockets.connected == 1
    assert seen.reconnected == ["refresh_requested"]


async def test_cut_connection_is_opened_again(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen, count=2) as sockets:
        await world.play("reset")
        await wait(lambda: len(seen.reconnected) == 2 and sockets.connected == 2)
        await world.write("Mug broken")
        await wait(lambda: seen.acknowledged == ["events_api"])
    assert len(seen.gaps) == 2


async def test_socket_that_fell_silent_is_replaced(world: World) -> None:
    seen = Seen()
    async with open_sockets(world, seen) as sockets:
        world.emulator.slack.faults.merge({"socket_silent": True})
        await wait(lambda: bool(seen.reconnected))
        world.emulator.slack.faults.merge({"socket_silent": False})
        await wait(lambda: sockets.connected == 1)
        await world.write("Mug broken")
        await wait(lambda: seen.acknowledged == ["events_api"])


async def test_too_many_sockets_close_before_another_opens(world: World) -> None:
    others = [await world.connect() for _ in range(9)]
    seen = Seen()
    async with open_sockets(world, seen) as sockets:
        await world.play("disconnect", reason="too_many_websockets")
        for other in others:
            await other.socket.close()
        await wait(lambda: "too_many_websockets" in seen.reconnected and sockets.connected == 1)
    assert max(seen.connected) == 1


async def test_eleventh_socket_is_tried_again_until_there_is_room(world: World) -> None:
    others = [await world.connect() for _ in range(10)]
    seen = Seen()
    sockets = build(world, 1, seen, always)
    task = asyncio.create_task(sockets.run())
    await wait(lambda: seen.reconnected.count("too_many_websockets") >= 2)
    await others[0].socket.close()
    await wait(lambda: sockets.connected == 1 and len(world.emulator.slack.sockets) == 10)
    await asyncio.sleep(0.5)
    assert sockets.connected == 1
    sockets.stop()
    await task


async def test_link_disabled_stops_with_a_sentence(world: World) -> None:
    sockets = build(world, 1, Seen(), always)
    task = asyncio.create_task(sockets.run())
    await wait(lambda: sockets.connected == 1)
    await world.play("disconnect", reason="link_disabled")
    with pytest.raises(BaseExceptionGroup) as raised:
        await task
    [error] = raised.value.exceptions
    assert isinstance(error, SocketsRefusedError)
    assert "Socket Mode is switched off" in str(error)


async def test_refused_token_stops_with_a_sentence_that_names_it(world: World) -> None:
    sockets = build(world, 1, Seen(), always)
    sockets.app_token = "xapp-wrong"
    with pytest.raises(BaseExceptionGroup) as raised:
        await sockets.run()
    [error] = raised.value.exceptions
    assert isinstance(error, SocketsRefusedError)
    assert "SLACK_APP_TOKEN" in str(error)


# --- beginnings --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["refuse_sockets", "spent_tickets"])
async def test_every_attempt_asks_for_a_fresh_ticket(world: World, fault: str) -> None:
    world.emulator.slack.faults.merge({fault: 3})
    seen = Seen()
    async with open_sockets(world, seen):
        pass
    assert seen.reconnected == ["refused"] * 3
    asked = [c for c in (await world.see("log"))["calls"] if c["method"] == "apps.connections.open"]
    assert len(asked) == 4


async def test_slow_down_of_the_address_call_is_obeyed(world: World) -> None:
    limited = {"apps.connections.open": {"times": 1, "retry_after": 1}}
    world.emulator.slack.faults.merge({"ratelimit": limited})
    seen = Seen()
    async with open_sockets(world, seen):
        pass
    assert seen.reconnected == ["refused"]


async def test_slack_out_of_reach_is_tried_until_it_answers(world: World) -> None:
    failing = {"apps.connections.open": {"times": 3, "status": 503}}
    world.emulator.slack.faults.merge({"http_status": failing})
    seen = Seen()
    async with open_sockets(world, seen):
        pass
    assert len(seen.reconnected) == 3


async def test_attempt_that_hangs_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ATTEMPT_SECONDS", 0.3)
    world.emulator.slack.faults.merge({"latency_ms": 5_000})
    seen = Seen()
    sockets = build(world, 1, seen, always)
    task = asyncio.create_task(sockets.run())
    await wait(lambda: len(seen.reconnected) == 2)
    world.emulator.slack.faults.merge({"latency_ms": 0})
    await wait(lambda: sockets.connected == 1)
    sockets.stop()
    await task


async def test_stopping_while_slack_is_away_does_not_wait_for_it() -> None:
    seen = Seen()
    async with aiohttp.ClientSession() as http, open_world(SlackEmulator(manifest())) as world:
        sockets = build(world, 2, seen, always)
        sockets.client = AsyncWebClient("x", base_url="http://127.0.0.1:1/api/")
        sockets.session = http
        task = asyncio.create_task(sockets.run())
        await wait(lambda: len(seen.reconnected) >= 2)
        sockets.stop()
        async with asyncio.timeout(10):
            await task
