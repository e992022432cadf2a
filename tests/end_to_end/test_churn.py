"""Who may leave is named to the asker alone; the list is for admins, and taking it is noted."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import select

from services.pool import ProcessPool
from services.scoring import Scoring
from storage.database import Database
from storage.models import audit_log
from tests.end_to_end.playground import (
    BEN,
    BOT,
    OLIVIA,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.services.scoring.drawn_shop import add_orders, small_shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("shop")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(bot: Bot, pool: ProcessPool) -> AsyncIterator[Database]:
    """Give the running bot customers with scores."""
    database = Database(bot.environment["DATABASE_URL"])
    await add_orders(database, small_shop())
    await Scoring(database, pool, currency="USD", zone=ZoneInfo("UTC")).refresh()
    yield database
    await database.close()


async def asked(playground: Playground, user: str, typed: str, words: str) -> Json:
    """Ask in the channel, and wait for what only this person sees."""
    known = {whisper["ts"] for whisper in await playground.whispers(user, SUPPORT)}
    await playground.command(user, "/insights", typed, SUPPORT)

    async def saying() -> list[Json]:
        found = await playground.whispers(user, SUPPORT)
        return [each for each in found if each["ts"] not in known and words in str(each)]

    return (await eventually(saying, seconds=60, what=f"“{words}”"))[0]


async def files_to(playground: Playground, user: str) -> list[Json]:
    messages = await playground.direct_messages(user)
    return [file for message in messages for file in message.get("files") or []]


async def test_churn_is_told_to_the_asker_with_a_picture_that_names_nobody(
    playground: Playground,
) -> None:
    card = await asked(playground, BEN, "churn segment=champion", "customers in segment champion")
    assert "its picture, which names nobody" in str(card["blocks"]).lower()
    said = [each for each in await playground.messages(SUPPORT) if each["user"] == BOT]
    assert [each for each in said if not each["ephemeral"]] == []
    picture = (await files_to(playground, BEN))[-1]
    assert picture["alt_txt"].startswith("Bars of the expected loss by segment. champion")


async def test_list_goes_to_the_admin_who_asked_and_to_nobody_else(
    playground: Playground, shop: Database
) -> None:
    card = await asked(playground, BEN, "churn top=7", "is expected to be lost")
    await playground.click(BEN, card["ts"], "insights_export")

    async def refused() -> list[Json]:
        return [
            each for each in await playground.whispers(BEN, SUPPORT) if "Only an admin" in str(each)
        ]

    await eventually(refused, seconds=30, what="the refusal")
    card = await asked(playground, OLIVIA, "churn top=7", "is expected to be lost")
    known = len(await files_to(playground, OLIVIA))
    await playground.click(OLIVIA, card["ts"], "insights_export")

    async def sent() -> list[Json]:
        files = await files_to(playground, OLIVIA)
        return [file for file in files[known:] if file["name"].endswith(".csv")]

    (file,) = await eventually(sent, seconds=60, what="the list")
    content = (await playground.http.get(f"{playground.slack_url}{file['url']}")).text
    assert len(content.splitlines()) == 8
    async with shop.read() as connection:
        noted = (await connection.execute(select(audit_log.c.action, audit_log.c.detail))).all()
    assert ("insights.export", {"customers": 7, "by": "loss"}) in [tuple(row) for row in noted]
