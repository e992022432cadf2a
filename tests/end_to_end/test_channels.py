"""Journey 10 and the bot's life in channels: not in it, invited, removed, archived."""

import asyncio

import pytest

from tests.end_to_end.playground import (
    BEN,
    BOT,
    MAYA,
    OLIVIA,
    ORDERS,
    VIP,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import direct, report

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]


async def newest_word(playground: Playground, user: str) -> str:
    return max((each["ts"] for each in await playground.direct_messages(user)), default="")


async def be_in(playground: Playground, channel: str, *, inside: bool, by: str = OLIVIA) -> None:
    await playground.person("member", channel=channel, user=BOT, by=by, **{"in": inside})


async def hellos(playground: Playground, channel: str) -> list[Json]:
    return [m for m in await playground.messages(channel) if m["text"].startswith("Hello! React")]


async def create_ticket(playground: Playground, user: str, ts: str) -> None:
    await playground.person("shortcut", user=user, callback_id="create_ticket", channel=VIP, ts=ts)


async def test_shortcut_where_the_bot_is_no_member_offers_and_files_this_one_message(
    playground: Playground, bot: Bot
) -> None:
    await be_in(playground, VIP, inside=False)
    ts = await playground.say(BEN, "VIP: the engraving is wrong", channel=VIP)
    after = await newest_word(playground, BEN)
    await create_ticket(playground, BEN, ts)
    offer = await direct(playground, BEN, "/invite @regulars", after=after)
    assert "file this one message anyway" in offer["text"]
    await bot.quiet(playground)
    assert await playground.tickets_of(ts, VIP) == []
    state = await playground.slack_state(BEN)
    room = next(c["id"] for c in state["channels"] if c["is_im"])
    await asyncio.gather(
        playground.click(BEN, offer["ts"], "ticket_file_anyway", channel=room),
        playground.click(BEN, offer["ts"], "ticket_file_anyway", channel=room),
    )
    await direct(playground, BEN, "VIP: the engraving is wrong", after=after)
    await bot.quiet(playground)
    (ticket,) = await playground.tickets_of(ts, VIP)
    assert "engraving" in ticket["messages"][0]["body_text"]
    assert len(await playground.messages(VIP)) >= 1
    assert await playground.cards(ts, VIP) == []


async def test_after_the_invitation_there_is_one_hello_and_the_card_moves_into_its_thread(
    playground: Playground, bot: Bot
) -> None:
    await be_in(playground, VIP, inside=False)
    ts = await playground.say(MAYA, "VIP: gift wrap is missing", channel=VIP)
    after = await newest_word(playground, MAYA)
    await create_ticket(playground, MAYA, ts)
    offer = await direct(playground, MAYA, "/invite @regulars", after=after)
    state = await playground.slack_state(MAYA)
    room = next(c["id"] for c in state["channels"] if c["is_im"])
    await playground.click(MAYA, offer["ts"], "ticket_file_anyway", channel=room)
    await direct(playground, MAYA, "gift wrap", after=after)
    await bot.quiet(playground)
    known = len(await hellos(playground, VIP))
    await playground.slack_faults(deliver_times=3)
    await be_in(playground, VIP, inside=True, by=BEN)
    card = await playground.card_saying(ts, "gift wrap", VIP)
    await bot.quiet(playground)
    assert "Ticket" in card["text"]
    greeting = (await hellos(playground, VIP))[known:]
    assert len(greeting) == 1
    assert ":ticket:" in greeting[0]["text"]
    await direct(playground, MAYA, "moved to its thread", after=after)
    assert len(await playground.tickets_of(ts, VIP)) == 1


async def test_who_invited_the_bot_hears_once_that_it_was_removed(
    playground: Playground, bot: Bot
) -> None:
    await be_in(playground, VIP, inside=False)
    await bot.quiet(playground)
    await be_in(playground, VIP, inside=True, by=MAYA)
    await bot.quiet(playground)
    ts = await playground.say(BEN, "VIP: open when the bot leaves", channel=VIP)
    await playground.react(BEN, ts, channel=VIP)
    await playground.ticket(ts, VIP)
    await bot.quiet(playground)
    after = await newest_word(playground, MAYA)
    olivia = await newest_word(playground, OLIVIA)
    await playground.slack_faults(deliver_times=2)
    await be_in(playground, VIP, inside=False)
    told = await direct(playground, MAYA, "I was removed from #vip-orders", after=after)
    await bot.quiet(playground)
    assert "type /invite @regulars in #vip-orders" in told["text"]
    assert "stay in Gorgias and in /tickets open" in told["text"]
    assert len([m for m in await playground.direct_messages(MAYA) if m["ts"] > after]) == 1
    assert await newest_word(playground, OLIVIA) == olivia


async def test_admins_hear_of_an_archived_channel_whose_inviter_nobody_knows(
    playground: Playground, bot: Bot
) -> None:
    after = await newest_word(playground, OLIVIA)
    await playground.person("archive", channel=ORDERS, archived=True)
    told = await direct(playground, OLIVIA, "#orders was archived", after=after)
    await bot.quiet(playground)
    assert "no longer do anything" in told["text"]
    await playground.person("archive", channel=ORDERS, archived=False)


async def test_revoked_token_is_told_once_and_work_waits_for_a_new_one(
    playground: Playground, bot: Bot
) -> None:
    known = bot.log().count("slack.token_refused")
    await playground.slack_faults(revoked=True)
    ts = [await playground.say(BEN, f"While the token is revoked {number}") for number in (1, 2)]
    for each in ts:
        await playground.react(BEN, each)

    async def noticed() -> bool:
        return "slack.token_refused" in bot.log()[-100_000:] and await _token(bot) != "ok"

    await eventually(noticed, what="the refused token to be noticed")
    assert await bot.is_ready()  # intake still stores what happens
    await playground.slack_faults(revoked=False)
    for each in ts:
        await playground.ticket(each)
    await bot.quiet(playground)
    assert bot.log().count("slack.token_refused") == known + 1
    assert await _token(bot) == "ok"


async def _token(bot: Bot) -> str:
    return str((await report(bot))["slack"])
