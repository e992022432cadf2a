import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.playground.slack import SlackEmulator
from tests.bot.playground.slack_world import World, error_of, manifest, open_world, until


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as opened:
        yield opened


async def test_the_sdk_receives_events_over_a_real_socket(world: World) -> None:
    received: list[SocketModeRequest] = []

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        received.append(request)

    client = SocketModeClient("xapp-playground", web_client=world.web)
    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call] # the SDK's, as is close()
    try:
        ts = await world.write("Order 1042 arrived broken")
        await until(lambda: bool(received))
        assert received[0].payload["event"]["ts"] == ts
        await until(lambda: world.emulator.slack.log.deliveries[0].outcome == "acked")
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def test_hello_counts_connections(world: World) -> None:
    first, second = await world.connect(), await world.connect()
    assert first.hello["num_connections"] == 1
    assert second.hello["num_connections"] == 2
    assert second.hello["connection_info"] == {"app_id": "A0PLAY"}
    assert second.hello["debug_info"]["approximate_connection_time"] > 0


async def test_a_ticket_opens_one_socket_only(world: World) -> None:
    url = await world.ticket_url()
    async with world.http.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await world.http.ws_connect(url)


async def test_the_eleventh_socket_is_sent_away(world: World) -> None:
    for _ in range(10):
        await world.connect()
    eleventh = await world.connect()
    assert eleventh.hello["reason"] == "too_many_websockets"


async def test_sockets_open_with_the_app_token_only(world: World) -> None:
    call = world.web.apps_connections_open(app_token="xoxb-playground")
    assert await error_of(call) == "not_allowed_token_type"
    app = world.web.api_call(
        "chat.postMessage", headers={"Authorization": "Bearer xapp-playground"}
    )
    assert await error_of(app) == "not_allowed_token_type"


async def test_each_event_goes_to_one_socket(world: World) -> None:
    sockets = [await world.connect() for _ in range(3)]
    await world.write("hello")
    quiet = await asyncio.gather(*(each.is_quiet() for each in sockets))
    assert sorted(quiet) == [False, True, True]


async def test_an_unacknowledged_event_comes_again_on_another_socket(world: World) -> None:
    await world.play("faults", ack_deadline=0.05, redeliver_after=[0.05, 0.05, 0.05])
    first, second = await world.connect(), await world.connect()
    ts = await world.write("hello")
    frames = list(await asyncio.gather(first.next(), second.next()))
    frames.sort(key=lambda frame: frame["retry_attempt"])
    assert [frame["retry_attempt"] for frame in frames] == [0, 1]
    assert [frame["retry_reason"] for frame in frames] == ["", "timeout"]
    assert len({frame["payload"]["event_id"] for frame in frames}) == 1
    assert {frame["payload"]["event"]["ts"] for frame in frames} == {ts}


async def test_after_the_last_redelivery_an_event_is_lost_and_the_log_says_so(world: World) -> None:
    await world.play("faults", ack_deadline=0.01, redeliver_after=[0.01, 0.01])
    await world.connect()
    await world.write("hello")
    deliveries = world.emulator.slack.log.deliveries
    await until(lambda: bool(deliveries) and deliveries[-1].outcome == "lost")
    assert [each.attempt for each in deliveries] == [0, 1, 2]


async def test_an_event_without_a_connection_waits_for_one(world: World) -> None:
    await world.play("faults", redeliver_after=[0.3, 60])
    ts = await world.write("hello")
    socket = await world.connect()
    assert (await socket.event())["ts"] == ts
    outcomes = [each.outcome for each in world.emulator.slack.log.deliveries]
    assert outcomes[0] == "no_connection"


async def test_duplicates_have_new_event_ids_but_the_same_time_of_the_act(world: World) -> None:
    await world.play("faults", deliver_times=3)
    socket = await world.connect()
    ts = await world.write("hello")
    frames = [await socket.next() for _ in range(3)]
    assert len({frame["envelope_id"] for frame in frames}) == 3
    assert len({frame["payload"]["event_id"] for frame in frames}) == 3
    assert {frame["payload"]["event"]["event_ts"] for frame in frames} == {ts}


async def test_events_need_subscription_and_membership() -> None:
    emulator = SlackEmulator(manifest(events=["reaction_added"]))
    async with open_world(emulator) as world:
        socket = await world.connect()
        ts = await world.write("not subscribed to messages")
        elsewhere = await world.write("the bot is not here", channel="C0RANDOM")
        reaction = {"user": "U0MAYA", "name": "ticket"}
        await world.play("react", channel="C0RANDOM", ts=elsewhere, **reaction)
        await world.play("react", channel="C0SUPPORT", ts=ts, **reaction)
        await world.play("unreact", channel="C0SUPPORT", ts=ts, **reaction)
        assert (await socket.event())["item"]["channel"] == "C0SUPPORT"
        assert await socket.is_quiet()


async def test_a_slash_command_nobody_acknowledges_fails_for_the_person_and_is_not_retried(
    world: World,
) -> None:
    await world.play("faults", ack_deadline=0.05)
    socket = await world.connect()
    command = {"user": "U0BEN", "channel": "C0SUPPORT", "command": "/customer", "text": "x"}
    answer = await world.refused("command", **command)
    assert answer["error"] == "/customer failed because the app did not respond"
    assert (await socket.next())["type"] == "slash_commands"
    assert await socket.is_quiet()
    assert [each.outcome for each in world.emulator.slack.log.deliveries] == ["lost"]


async def test_a_refresh_closes_the_socket_after_the_frame(world: World) -> None:
    socket = await world.connect()
    await world.play("disconnect", reason="link_disabled")
    assert (await socket.next())["reason"] == "link_disabled"
    assert (await socket.socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_reset_cuts_the_connection_without_a_close_frame(world: World) -> None:
    socket = await world.connect()
    await world.play("reset")
    message = await socket.socket.receive(timeout=5)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert socket.socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_a_silent_socket_answers_no_ping_and_carries_no_event(world: World) -> None:
    socket = await world.connect()
    await world.play("faults", socket_silent=True)
    await socket.socket.ping(b"are you there")
    await world.write("hello")
    assert await socket.is_quiet()
    assert world.emulator.slack.log.deliveries[0].outcome == "dropped"


async def test_refused_handshakes_and_spent_tickets_count_down(world: World) -> None:
    for fault in ("refuse_sockets", "spent_tickets"):
        await world.play("faults", **{fault: 2})
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await world.connect()
    assert (await world.connect()).hello["type"] == "hello"
