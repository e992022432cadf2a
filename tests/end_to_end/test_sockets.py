"""Socket Mode when it misbehaves: what people do still arrives."""

import asyncio

import pytest

from bot.sockets import BRIEF_SECONDS
from tests.end_to_end.playground import BEN, OLIVIA, Bot, Playground, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]


async def connected(playground: Playground, count: int) -> bool:
    return int((await playground.slack_log())["connections"]) == count


async def both_open(playground: Playground, seconds: float = 90) -> None:
    await eventually(lambda: connected(playground, 2), seconds=seconds, what="two open sockets")


async def opened(playground: Playground) -> int:
    """How many times the bot has asked for a socket's address."""
    calls = (await playground.slack_log())["calls"]
    return sum(call["method"] == "apps.connections.open" for call in calls)


async def files_a_ticket(playground: Playground, bot: Bot, text: str) -> None:
    """React, and see exactly one ticket."""
    ts = await playground.say(BEN, text)
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_silent_sockets_are_replaced_and_the_event_arrives_later(
    playground: Playground, bot: Bot
) -> None:
    await both_open(playground)
    before = await opened(playground)
    ts = await playground.say(BEN, "Said into the void")
    await playground.slack_faults(socket_silent=True, redeliver_after=[2.0] * 60, ack_deadline=1.0)
    await playground.react(OLIVIA, ts)

    async def tried_again() -> bool:
        return await opened(playground) >= before + 2

    await eventually(tried_again, seconds=90, what="new sockets for silent ones")
    await playground.slack_faults(socket_silent=False)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


@pytest.mark.parametrize(
    "fault", [{"refuse_sockets": 4}, {"spent_tickets": 4}], ids=["handshake refused", "spent"]
)
async def test_every_attempt_to_connect_uses_a_fresh_ticket(
    playground: Playground, bot: Bot, fault: dict[str, int]
) -> None:
    await both_open(playground)
    await asyncio.sleep(BRIEF_SECONDS)  # sockets that end sooner are waited for longer and longer
    before = await opened(playground)
    await playground.slack_faults(**fault)
    await playground.person("reset")
    await both_open(playground)
    assert await opened(playground) >= before + 6
    await files_a_ticket(playground, bot, f"After {fault}")


async def test_sockets_that_fall_silent_for_ever_are_replaced_and_nothing_is_lost(
    playground: Playground, bot: Bot
) -> None:
    await both_open(playground)
    before = await opened(playground)
    await playground.slack_faults(redeliver_after=[2.0] * 60, ack_deadline=1.0)
    ts = await playground.say(BEN, "Said to sockets nobody reads")
    await playground.person("silence")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    assert await opened(playground) >= before + 1
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_cut_sockets_come_back(playground: Playground, bot: Bot) -> None:
    await both_open(playground)
    await playground.person("reset")
    await both_open(playground)
    await files_a_ticket(playground, bot, "After the cut")


async def test_new_socket_opens_before_the_old_one_closes(playground: Playground, bot: Bot) -> None:
    await both_open(playground)
    before = await opened(playground)
    await playground.person("disconnect", reason="warning")

    async def more_than_two() -> bool:
        return (
            int((await playground.slack_log())["connections"]) > 2
            or await opened(playground) >= before + 2
        )

    await eventually(more_than_two, what="a new socket beside the old ones")
    await files_a_ticket(playground, bot, "In the middle of a refresh")
    await both_open(playground)


@pytest.mark.parametrize("reason", ["refresh_requested", "too_many_websockets"])
async def test_asked_to_leave_the_bot_comes_back_and_loses_nothing(
    playground: Playground, bot: Bot, reason: str
) -> None:
    await both_open(playground)
    before = await opened(playground)
    ts = await playground.say(BEN, f"While {reason}")
    await playground.person("disconnect", reason=reason)
    await playground.react(OLIVIA, ts)

    async def asked_again() -> bool:
        return await opened(playground) >= before + 2

    await eventually(asked_again, seconds=90, what="new sockets")
    await both_open(playground)
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_repeated_requests_to_leave_do_not_make_a_storm_of_connections(
    playground: Playground, bot: Bot
) -> None:
    await both_open(playground)
    before = await opened(playground)
    for times in (3, 100, 3, 3, 3):
        await playground.person("disconnect", reason="refresh_requested", times=times)
        await both_open(playground)
    assert await opened(playground) - before <= 12
    await files_a_ticket(playground, bot, "After being sent away again and again")


async def test_frames_lost_on_the_way_are_made_up_for(playground: Playground, bot: Bot) -> None:
    await playground.slack_faults(
        drop_delivery=0.5, redeliver_after=[1.0] * 40, ack_deadline=0.5, deliver_times=2
    )
    await files_a_ticket(playground, bot, "Half of all frames are lost")
