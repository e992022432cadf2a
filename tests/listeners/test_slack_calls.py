"""Calls to Slack: at its pace, and honest about what happened."""

import asyncio

import pytest

from listeners.slack_calls import Pace, SlackCalls, SlackRefusedError, SlackUnavailableError
from tests.bot.playground.slack_world import World, open_world


async def waits(pace: Pace, channel: str = "C1") -> bool:
    """Tell whether the next post to this channel has to wait (turns are far apart here)."""
    try:
        async with asyncio.timeout(0.05):
            await pace.wait(channel)
    except TimeoutError:
        return True
    return False


async def test_small_burst_goes_at_once_and_then_posts_are_spaced() -> None:
    pace = Pace(per_second=0.01, burst=3)
    assert [await waits(pace) for _ in range(5)] == [False, False, False, True, True]


async def test_racing_posts_share_one_burst() -> None:
    pace = Pace(per_second=0.01, burst=3)
    waiting = await asyncio.gather(*(waits(pace) for _ in range(10)))
    assert waiting.count(False) == 3


async def test_each_channel_has_a_pace_of_its_own() -> None:
    pace = Pace(per_second=0.01, burst=1)
    assert [await waits(pace, "C1"), await waits(pace, "C2"), await waits(pace, "C1")] == [
        False,
        False,
        True,
    ]


async def test_burst_fills_up_again_but_never_beyond_itself() -> None:
    pace = Pace(per_second=50, burst=3)
    for _ in range(6):
        await pace.wait("C1")
    await asyncio.sleep(0.5)
    pace.per_second = 0.01
    assert [await waits(pace) for _ in range(4)] == [False, False, False, True]


async def test_hold_stops_the_channel_even_if_the_burst_is_unused() -> None:
    pace = Pace(per_second=1, burst=3)
    pace.hold("C1", 60)
    assert await waits(pace, "C1")
    assert not await waits(pace, "C2")


async def test_thousands_of_channels_are_not_remembered_for_ever() -> None:
    pace = Pace(per_second=1_000_000, burst=1)
    for number in range(12_000):
        await pace.wait(f"C{number}")
    assert len(pace._next) <= 6_000


# --- verdicts ----------------------------------------------------------------------------------


def calls_of(world: World, observed: list[tuple[str, str]]) -> SlackCalls:
    world.web.retry_handlers = []
    return SlackCalls(
        world.web,
        Pace(1000),
        lambda method, outcome, _seconds: observed.append((method, outcome)),
    )


async def post(calls: SlackCalls, channel: str = "C0SUPPORT") -> str:
    answer = await calls.post(calls.client.chat_postMessage, channel=channel, text="Hello")
    return str(answer["ts"])


async def test_refusal_carries_slacks_own_code() -> None:
    observed: list[tuple[str, str]] = []
    async with open_world() as world:
        with pytest.raises(SlackRefusedError) as raised:
            await post(calls_of(world, observed), "C0NOWHERE")
    assert raised.value.error == "channel_not_found"
    assert observed == [("chat_postMessage", "refused")]


async def test_page_instead_of_an_answer_is_unavailable() -> None:
    async with open_world() as world:
        failing = {"chat.postMessage": {"times": 1, "status": 503}}
        world.emulator.slack.faults.merge({"http_status": failing})
        with pytest.raises(SlackUnavailableError):
            await post(calls_of(world, []))


async def test_request_to_slow_down_holds_the_channel_and_says_how_long() -> None:
    async with open_world() as world:
        limited = {"chat.postMessage": {"times": 1, "retry_after": 30}}
        world.emulator.slack.faults.merge({"ratelimit": limited})
        calls = calls_of(world, [])
        with pytest.raises(SlackUnavailableError) as raised:
            await post(calls)
        assert raised.value.retry_after == 30
        assert await waits(calls.pace, "C0SUPPORT")


async def test_post_whose_answer_is_lost_is_sent_once() -> None:
    async with open_world() as world:
        world.emulator.slack.faults.merge({"lose_reply": {"chat.postMessage": {"times": 1}}})
        with pytest.raises(SlackUnavailableError):
            await post(calls_of(world, []))
        log = await world.see("log")
        assert [call["method"] for call in log["calls"]] == ["chat.postMessage"]
