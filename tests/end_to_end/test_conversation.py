"""Journey 3: an agent works in Gorgias, and the thread shows it, whatever dies in between."""

import asyncio

import pytest

from tests.end_to_end.playground import BEN, OLIVIA, Bot, Json, Playground, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("bot")]

BEN_IN_GORGIAS = 3


async def filed(playground: Playground, text: str) -> tuple[str, Json]:
    ts = await playground.say(BEN, text)
    await playground.react(OLIVIA, ts)
    return ts, await playground.ticket(ts)


async def said(playground: Playground, root_ts: str) -> list[str]:
    """What the thread shows beside the card."""
    return [
        m["text"] for m in await playground.cards(root_ts) if not m["text"].startswith("Ticket")
    ]


async def hears(playground: Playground, root_ts: str, words: str) -> None:
    async def shown() -> bool:
        return any(words in text for text in await said(playground, root_ts))

    await eventually(shown, what=f"the thread to say {words!r}")


async def test_agents_words_and_closing_reach_the_thread_and_nothing_comes_back(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "Her lamp flickers")
    write = {"ticket_id": ticket["id"], "user_id": BEN_IN_GORGIAS, "from_agent": True}
    await playground.agent("reply", text="We send a new one & are sorry", **write)
    await hears(playground, ts, "Ben Okafor answered the customer: We send a new one &amp; are")
    await playground.agent("reply", text="Lamp batch 7?", channel="internal-note", **write)
    await hears(playground, ts, "Ben Okafor wrote an internal note: Lamp batch 7?")
    await playground.say(OLIVIA, "Thank you", thread_ts=ts)
    await playground.agent("ticket", id=ticket["id"], status="closed")

    async def resolved() -> bool:
        return any("Resolved in Gorgias" in str(m) for m in await playground.cards(ts))

    await eventually(resolved, what="the card to say who resolved it")
    await bot.quiet(playground)
    assert len(await said(playground, ts)) == 2
    (closed,) = await playground.tickets_of(ts)
    notes = [m["body_text"] for m in closed["messages"] if m["channel"] == "internal-note"]
    assert len(notes) == 3  # the thread, the agent's note, and Olivia's reply; none came back


async def test_reply_is_shown_once_though_the_bot_is_killed_again_and_again(
    playground: Playground, bot: Bot
) -> None:
    ts, ticket = await filed(playground, "Killed while it speaks")
    await playground.slack_faults(latency_ms=300)
    for number in range(4):
        await playground.agent(
            "reply",
            ticket_id=ticket["id"],
            user_id=BEN_IN_GORGIAS,
            from_agent=True,
            text=f"Answer {number}",
        )
        await asyncio.sleep(0.7 + 0.35 * number)
        await bot.die()
        await bot.start()
    await playground.slack_faults(latency_ms=0)
    for number in range(4):
        await hears(playground, ts, f"Answer {number}")
    await bot.quiet(playground)
    assert sorted(await said(playground, ts)) == [
        f"Ben Okafor answered the customer: Answer {number}" for number in range(4)
    ]
