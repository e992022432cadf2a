"""Journey 5: `/forecast` answers in the channel with figures, a described chart and a table."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable

import pytest
import pytest_asyncio

from storage.database import Database
from tests.end_to_end.playground import (
    BEN,
    BOT,
    GUS,
    ORDERS,
    ROOT,
    SHARED,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import form_of, submit
from tests.services.forecasts.conftest import HISTORY_DAYS, import_days, last_day

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("shop")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(bot: Bot) -> AsyncIterator[None]:
    """Give the running bot ten weeks of orders."""
    database = Database(bot.environment["DATABASE_URL"])
    await import_days(database, last_day() - HISTORY_DAYS + 1, last_day())
    yield
    await database.close()


async def posted(playground: Playground, channel: str) -> list[Json]:
    """What the bot said to everybody in a channel, outside threads."""
    return [
        message
        for message in await playground.messages(channel)
        if message["user"] == BOT and not message["ephemeral"] and not message.get("thread_ts")
    ]


async def ask(playground: Playground, text: str, channel: str) -> tuple[Json, Json]:
    """Ask for a forecast; returns the card and the message with the picture."""
    before = len(await posted(playground, channel))
    await playground.command(BEN, "/forecast", text, channel)

    async def card_and_picture() -> list[Json]:
        new = (await posted(playground, channel))[before:]
        return new if len(new) == 2 else []

    card, picture = await eventually(card_and_picture, seconds=60, what="card and picture")
    return card, picture


async def tables(playground: Playground) -> list[Json]:
    """CSV files that Ben was sent."""
    files = [file for each in await playground.direct_messages(BEN) for file in each["files"]]
    return [file for file in files if file["name"].endswith(".csv")]


async def told(
    playground: Playground, user: str, words: str, act: Awaitable[object], channel: str = SUPPORT
) -> None:
    """Do something and wait for a new word to this person alone."""
    known = {whisper["ts"] for whisper in await playground.whispers(user, channel)}
    await act

    async def saying() -> list[Json]:
        whispers = await playground.whispers(user, channel)
        return [each for each in whispers if each["ts"] not in known and words in str(each)]

    await eventually(saying, seconds=60, what=f"“{words}”")


async def test_forecast_is_posted_with_its_range_its_error_and_a_described_picture(
    playground: Playground,
) -> None:
    card, picture = await ask(playground, "revenue 4w", SUPPORT)
    assert card["text"].startswith("Revenue, next 4 weeks: £")
    assert "80% likely £" in card["text"]
    shown = str(card["blocks"])
    for words in (
        "Data until",
        "repeating the last season",
        "season is not known yet",
        "Download CSV",
        "Change…",
    ):
        assert words in shown
    (file,) = picture["files"]
    assert file["mimetype"] == "image/png"
    assert file["alt_txt"].startswith("Line chart of revenue by day: history until")
    content = await playground.http.get(f"{playground.slack_url}{file['url']}")
    assert content.content.startswith(b"\x89PNG")
    whispers = await playground.whispers(BEN)
    assert any("Forecasting revenue" in whisper["text"] for whisper in whispers)


async def test_mention_in_plain_words_posts_card_and_picture(playground: Playground) -> None:
    before = len(await posted(playground, SUPPORT))
    await playground.say(BEN, "@Regulars what will the next 2 weeks bring?")

    async def card_and_picture() -> list[Json]:
        new = (await posted(playground, SUPPORT))[before:]
        return new if len(new) == 2 else []

    card, picture = await eventually(card_and_picture, seconds=60, what="card and picture")
    assert card["text"].startswith("Revenue, next 2 weeks: £")
    assert picture["files"][0]["alt_txt"].startswith("Line chart of revenue by day")


async def test_mention_in_a_channel_with_outsiders_shows_them_no_figures(
    playground: Playground,
) -> None:
    asked = playground.say(BEN, "@Regulars revenue next 3 weeks", channel=SHARED)
    await told(playground, BEN, "sent the forecast to you directly", asked, SHARED)
    assert await posted(playground, SHARED) == []


async def test_table_comes_by_direct_message_to_who_asked_for_it(
    playground: Playground,
) -> None:
    card, _ = await ask(playground, "orders 2w by country", SUPPORT)
    before = await tables(playground)
    download = playground.click(BEN, card["ts"], "forecast_download")
    await told(playground, BEN, "direct messages", download)
    (file,) = [file for file in await tables(playground) if file not in before]
    answer = await playground.http.get(f"{playground.slack_url}{file['url']}")
    header, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("date,point,lo80,hi80,lo95,hi95")
    assert len(rows) == 14


async def test_last_year_is_compared_for_who_asks(playground: Playground) -> None:
    card, _ = await ask(playground, "orders 2w", SUPPORT)
    compare = playground.click(BEN, card["ts"], "forecast_last_year")
    await told(playground, BEN, "no figures of a year ago", compare)


async def test_channel_with_outsiders_never_sees_the_shops_figures(
    playground: Playground,
) -> None:
    asked = playground.command(BEN, "/forecast", "revenue 2w", SHARED)
    await told(playground, BEN, "sent the forecast to you directly", asked, SHARED)
    assert await posted(playground, SHARED) == []
    texts = [message["text"] for message in await playground.direct_messages(BEN)]
    assert any(text.startswith("Revenue, next 2 weeks") for text in texts)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("revenu 8w", "Did you mean /forecast revenue?"),
        ("tickets", "tickets"),
        ("orders 12m", "The forecast will work from"),
        ("help", "/forecast revenue 8w"),
    ],
)
async def test_what_is_no_forecast_is_told_to_the_asker_only(
    playground: Playground, typed: str, words: str
) -> None:
    before = await posted(playground, ORDERS)
    await told(playground, BEN, words, playground.command(BEN, "/forecast", typed, ORDERS), ORDERS)
    assert await posted(playground, ORDERS) == before


async def test_accuracy_of_what_was_shown_is_told_to_the_asker_only(playground: Playground) -> None:
    await ask(playground, "orders 2w", ORDERS)
    before = await posted(playground, ORDERS)
    asked = playground.command(BEN, "/forecast", "accuracy", ORDERS)
    await told(playground, BEN, "none has finished yet", asked, ORDERS)
    assert await posted(playground, ORDERS) == before


async def test_guest_sees_no_figures(playground: Playground) -> None:
    before = await posted(playground, SUPPORT)
    asked = playground.command(GUS, "/forecast", "revenue 4w")
    await told(playground, GUS, "Only the support team", asked)
    assert await posted(playground, SUPPORT) == before


async def test_form_refuses_what_does_not_add_up_and_forecasts_what_does(
    playground: Playground,
) -> None:
    card, _ = await ask(playground, "orders 2w", SUPPORT)
    await playground.click(BEN, card["ts"], "forecast_change")
    form = await form_of(playground, BEN, "Change forecast")
    refused = await submit(playground, BEN, form, forecast_by="product")
    assert "would not add up" in refused["errors"]["forecast_by"]
    before = len(await posted(playground, SUPPORT))
    await submit(playground, BEN, form, forecast_by="product", forecast_metric="revenue")

    async def another() -> list[Json]:
        return (await posted(playground, SUPPORT))[before:]

    first = (await eventually(another, seconds=60, what="another card"))[0]
    assert first["text"].startswith("Revenue, next 2 weeks")
    assert "Parts, which add up to the whole" in str(first["blocks"])


async def test_terminal_gives_the_same_forecast_as_json(bot: Bot) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "ask", "/forecast revenue 4w by country", "--json"),
        cwd=ROOT,
        env=bot.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    said = json.loads(out)
    assert process.returncode == 0
    assert (said["metric"], said["horizon"], said["currency"]) == ("revenue", "4w", "GBP")
    assert [step["step"] for step in said["steps"]] == list(range(1, 29))
    assert said["total"] == pytest.approx(sum(step["point"] for step in said["steps"]))
    assert said["total"] == pytest.approx(sum(part["total"] for part in said["parts"]))
    assert said["lo95"] <= said["lo80"] <= said["total"] <= said["hi80"] <= said["hi95"]
    assert said["backtest"]["naive_wape"] > 0
