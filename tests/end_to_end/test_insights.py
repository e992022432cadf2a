"""`/insights` answers in the channel with figures and a described picture; names stay private."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.pool import ProcessPool
from storage.database import Database
from tests.end_to_end.playground import (
    BEN,
    BOT,
    GUS,
    ORDERS,
    SHARED,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import form_of, submit
from tests.services.insights.baskets_shop import open_shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("shop")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(bot: Bot, pool: ProcessPool) -> AsyncIterator[None]:
    """Give the running bot a few months of orders."""
    database = Database(bot.environment["DATABASE_URL"])
    await open_shop(database, pool)
    yield
    await database.close()


async def posted(playground: Playground, channel: str) -> list[Json]:
    """What the bot said to everybody in a channel, outside threads."""
    return [
        message
        for message in await playground.messages(channel)
        if message["user"] == BOT and not message["ephemeral"] and not message.get("thread_ts")
    ]


async def told(playground: Playground, user: str, typed: str, words: str, channel: str) -> None:
    """Ask, and wait for a new word to this person alone."""
    known = {whisper["ts"] for whisper in await playground.whispers(user, channel)}
    await playground.command(user, "/insights", typed, channel)

    async def saying() -> list[Json]:
        whispers = await playground.whispers(user, channel)
        return [each for each in whispers if each["ts"] not in known and words in str(each)]

    await eventually(saying, seconds=60, what=f"“{words}”")


async def ask(playground: Playground, typed: str) -> tuple[Json, Json]:
    """Ask where everybody reads; returns the card and the message with the picture."""
    before = len(await posted(playground, SUPPORT))
    await playground.command(BEN, "/insights", typed, SUPPORT)

    async def card_and_picture() -> list[Json]:
        new = (await posted(playground, SUPPORT))[before:]
        return new if len(new) == 2 else []

    card, picture = await eventually(card_and_picture, seconds=60, what="card and picture")
    return card, picture


async def test_cohorts_are_posted_with_a_described_picture(playground: Playground) -> None:
    card, picture = await ask(playground, "cohorts")
    assert "until" in card["text"]
    assert "2026-01*" in str(card["blocks"])
    (file,) = picture["files"]
    assert file["alt_txt"].startswith("Heat-map of 2 monthly cohorts")
    content = await playground.http.get(f"{playground.slack_url}{file['url']}")
    assert content.content.startswith(b"\x89PNG")


async def test_another_cut_is_chosen_in_a_form(playground: Playground) -> None:
    card, _ = await ask(playground, "cohorts")
    before = len(await posted(playground, SUPPORT))
    await playground.click(BEN, card["ts"], "insights_change")
    await submit(playground, BEN, await form_of(playground, BEN, "Change insight"), by="channel")

    async def another() -> list[Json]:
        return (await posted(playground, SUPPORT))[before:]

    second = (await eventually(another, seconds=60, what="another card"))[0]
    assert "web, 2" in str(second["blocks"])


async def test_channel_with_outsiders_never_sees_the_shops_figures(
    playground: Playground,
) -> None:
    await told(playground, BEN, "products", "sent it to you directly", SHARED)
    assert await posted(playground, SHARED) == []
    texts = [message["text"] for message in await playground.direct_messages(BEN)]
    assert any(text.startswith("Products by revenue") for text in texts)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("churn", "at least 180 are needed"),
        ("afinity", "Did you mean /insights affinity?"),
        ("help", "/insights cohorts"),
    ],
)
async def test_what_is_no_figure_is_told_to_the_asker_only(
    playground: Playground, typed: str, words: str
) -> None:
    await told(playground, BEN, typed, words, ORDERS)
    assert await posted(playground, ORDERS) == []


async def test_guest_sees_no_figures(playground: Playground) -> None:
    await told(playground, GUS, "cohorts", "Only the support team", ORDERS)
    assert await posted(playground, ORDERS) == []
