"""No control does anything for somebody who may not use it, whoever's screen it was drawn on."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from listeners.views import campaign_cards as campaign_view
from services.pool import ProcessPool
from tests.conftest import MakeDatabase
from tests.end_to_end.controls import WRITES, Name, on_campaign, planned
from tests.end_to_end.playground import GUS, MAYA, Json, Playground, eventually
from tests.end_to_end.stage import Stage, open_stage
from tests.end_to_end.surfaces import form_of

pytestmark = [pytest.mark.asyncio(loop_scope="module")]

REFUSAL = r"Only (full members|the support team|admins|an admin)\b"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_for_all(
    emulators: Playground,
    make_database: MakeDatabase,
    tmp_path_factory: pytest.TempPathFactory,
    pool: ProcessPool,
) -> AsyncIterator[Stage]:
    """One database: what people may do does not depend on it."""
    folder = tmp_path_factory.mktemp("bot")
    async with open_stage(emulators, make_database("sqlite"), folder, pool) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def stage(open_for_all: Stage, playground: Playground) -> Stage:
    """The same for one test; faults end with it."""
    await playground.marketing_faults(limits_scale=100.0)
    return open_for_all


@pytest.mark.parametrize("name", WRITES, ids="-".join)
async def test_guest_is_refused_in_a_sentence_and_changes_nothing(
    stage: Stage, playground: Playground, name: Name
) -> None:
    (press,) = await WRITES[name].scene(stage, [MAYA])
    known = {each["ts"] for each in await said_to(playground, GUS)}

    async def new() -> list[str]:
        return [each["text"] for each in await said_to(playground, GUS) if each["ts"] not in known]

    async def refused() -> bool:
        form = (await playground.slack_state(MAYA))["views"]
        return bool(re.search(REFUSAL, f"{await new()} {form}"))

    async def refusal() -> None:
        await eventually(refused, what="the refusal")

    done = await stage.effects_of(press(GUS), refusal(), at_least={})
    words = await new()
    assert len(words) == done.pop("word to one person", 0) + done.pop("direct message", 0)
    assert len(words) == (0 if name[0] == "view" and not words else 1)
    assert {what for what in done if not what.endswith(".refused")} == set()


async def test_guest_who_presses_change_on_a_campaign_is_shown_no_figures(
    stage: Stage, playground: Playground
) -> None:
    (press,) = await on_campaign(planned, campaign_view.CHANGE)(stage, [MAYA])
    await press(GUS)
    form = await form_of(playground, GUS, "Only the support team")
    assert "customers" not in str(form["blocks"])


async def said_to(playground: Playground, user: str) -> list[Json]:
    """List all that the bot told this person alone."""
    whispers = [
        message
        for messages in (await playground.slack_state(user))["messages"].values()
        for message in messages
        if message["ephemeral"]
    ]
    return whispers + await playground.direct_messages(user)
