"""An approved list reaches Klaviyo whole, and nobody twice, whenever the bot is killed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import insert

from storage.campaigns import members, plans
from storage.campaigns.members import Arm
from storage.campaigns.plans import NewCampaign
from storage.database import Database
from storage.models import customers
from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import OLIVIA, Bot, Json, Playground, eventually
from tests.end_to_end.surfaces import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAN = NewCampaign("Come back", "custom", {}, {}, {}, 0.1, 7, 30, "U0BEN")
CHUNK = 5_000
LENGTHS = [
    pytest.param(2_000, 200, 4, id="2000"),
    pytest.param(50_000, 10_000, 8, id="50000", marks=pytest.mark.soak),
]


@pytest_asyncio.fixture(loop_scope="module")
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """Accounts of this test alone, so that every list in them is its own."""
    playground = await Playground.start(tmp_path)
    yield playground
    await playground.stop()


async def approved(database: Database, size: int) -> int:
    """A campaign to so many people, a tenth of them held out; returns its number."""
    async with database.transaction() as connection:
        campaign_id = await plans.add(connection, PLAN)
        await plans.change(
            connection,
            campaign_id,
            ["draft"],
            state="approved",
            approved_by=OLIVIA,
            approved_at=datetime.now(UTC),
            counts={"treated": size - size // 10, "held_out": size // 10},
        )
    for start in range(0, size, CHUNK):
        ids = np.arange(start, min(size, start + CHUNK)) + 1
        people = [
            {"id": n, "email": f"p{n}@example.com", "consent": "subscribed", "name": f"Person {n}"}
            for n in ids.tolist()
        ]
        zeros = np.zeros(ids.size, dtype=np.int64)
        columns = {
            "customer_id": ids,
            "arm": np.where(ids % 10 == 0, int(Arm.HELD_OUT), int(Arm.TREATED)),
            **dict.fromkeys(("reason", "segment", "value_365", "value_in_window"), zeros),
            "orders_in_window": zeros.astype(np.float32),
        }
        async with database.transaction() as connection:
            await connection.execute(insert(customers), people)
            await members.insert_members(connection, campaign_id, columns)
    return campaign_id


async def killed_in_the_middle(playground: Playground, bot: Bot, people: int, times: int) -> None:
    """Kill the bot whenever another part of the list has arrived, and start it again."""
    for time in range(1, times + 1):

        async def arrived(part: float = people * time / (times + 1)) -> bool:
            imports = (await playground.marketing("state"))["imports"]
            return sum(int(each["size"]) for each in imports) >= part

        await eventually(arrived, seconds=120, what="another part of the list")
        await bot.die()
        await asyncio.sleep(0.2)
        await bot.start()


async def all_done(playground: Playground) -> Json | None:
    told = await playground.direct_messages(OLIVIA)
    return next((each for each in told if "✅ Klaviyo" in each["text"]), None)


@pytest.mark.parametrize(("size", "batch", "kills"), LENGTHS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_list_reaches_klaviyo_whole_and_nobody_twice_though_the_bot_is_killed(
    playground: Playground,
    make_database: MakeDatabase,
    tmp_path: Path,
    kind: str,
    size: int,
    batch: int,
    kills: int,
) -> None:
    url = make_database(kind)
    database = Database(url)
    campaign_id = await approved(database, size)
    await database.close()
    await playground.marketing_faults(
        limits_scale=100.0, profiles_per_second=size // 5, lose_reply_rate=0.2
    )
    bot = new_bot(
        playground,
        url,
        tmp_path,
        KLAVIYO_API_URL=playground.marketing_url,
        KLAVIYO_API_KEY="pk_playground",
        KLAVIYO_BATCH_PROFILES=str(batch),
    )
    try:
        await bot.start()
        people = size - size // 10
        await ask(playground, OLIVIA, "/campaign", f"klaviyo {campaign_id}", "Come back")
        await killed_in_the_middle(playground, bot, people, kills)
        done = await eventually(lambda: all_done(playground), seconds=180, what="the whole list")
    finally:
        await bot.die()
    assert done is not None
    assert f"{people:,} of {people:,} done (100%)" in done["text"]
    state = await playground.marketing("state")
    (only,) = state["lists"]
    wanted = {f"p{n}@example.com": 1 for n in range(1, size + 1) if n % 10}
    assert (await playground.marketing(f"lists/{only['id']}"))["members"] == wanted
    assert sum(each["size"] for each in state["imports"]) == people
    progress = [m for m in await playground.direct_messages(OLIVIA) if "Klaviyo list" in m["text"]]
    assert len(progress) == 1
