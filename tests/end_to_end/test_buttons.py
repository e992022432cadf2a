"""Every control that writes has one effect, however often and by how many it is pressed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from listeners import TRIGGERS, inbox
from listeners.views import campaign_cards as campaign_view
from services import cards
from services.pool import ProcessPool
from tests.end_to_end.controls import (
    ADMIN,
    READS,
    WRITES,
    Name,
    approved,
    filed,
    on_campaign,
    planned,
    running,
)
from tests.end_to_end.playground import BEN, MAYA, OLIVIA, Playground, eventually, open_jobs
from tests.end_to_end.stage import Click, Effects, Stage, open_stage

pytestmark = [pytest.mark.asyncio(loop_scope="module")]

DOUBLE_CLICK_SECONDS = 0.05


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulators(database_url: str) -> AsyncIterator[Playground]:  # noqa: ARG001 - a pair each
    """A pair for each database: in both the customers and campaigns have the same numbers."""
    playground = await Playground.start()
    yield playground
    await playground.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_for_all(
    emulators: Playground,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    pool: ProcessPool,
) -> AsyncIterator[Stage]:
    """A bot for each database."""
    folder = tmp_path_factory.mktemp("bot")
    async with open_stage(emulators, database_url, folder, pool) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def stage(open_for_all: Stage, playground: Playground) -> Stage:
    """The same for one test; faults end with it."""
    await playground.marketing_faults(limits_scale=100.0)
    return open_for_all


async def test_every_control_the_bot_listens_to_is_known_to_write_or_to_read_only() -> None:
    kinds = {"action", "view", "shortcut"}
    heard = {(each.kind, each.name) for each in TRIGGERS if each.kind in kinds}
    heard |= {("action", each) for each in inbox.STORED_ACTIONS}
    heard.add(("shortcut", inbox.CREATE_TICKET))
    assert set(WRITES) | set(READS) == heard
    assert set(WRITES) & set(READS) == set()


async def test_controls_that_write_are_marked_so_where_they_are_listened_to() -> None:
    marked = {(each.kind, each.name) for each in TRIGGERS if each.writes}
    stored = {("action", each) for each in inbox.STORED_ACTIONS}
    assert marked | stored | {("shortcut", inbox.CREATE_TICKET)} == set(WRITES)


@pytest.mark.parametrize("name", WRITES, ids="-".join)
async def test_control_pressed_twice_by_everybody_who_sees_it_and_delivered_twice_has_one_effect(
    stage: Stage, playground: Playground, name: Name
) -> None:
    control = WRITES[name]
    effect = Counter(control.effect)
    people = [MAYA]
    if control.of_another is not None:
        effect.update(control.of_another)
        people.append(OLIVIA)
    clicks = await control.scene(stage, people)
    await playground.slack_faults(deliver_times=2)
    # A form closes with the answer to it, so both halves are sent before there is one.
    apart = 0 if name[0] == "view" else DOUBLE_CLICK_SECONDS
    twice = [
        pressed(click, who, after=seconds)
        for click, who in zip(clicks, people, strict=True)
        for seconds in (0, apart)
    ]
    assert await stage.effects_of(*twice, at_least=effect) == without_nothing(effect)


async def pressed(click: Click, who: str, after: float) -> None:
    await asyncio.sleep(after)
    await click(who)


def without_nothing(effect: Counter[str]) -> Effects:
    return {what: number for what, number in effect.items() if number}


# --- what stands on a screen may be out of date -------------------------------------------------

ON_THE_CARD = pytest.mark.parametrize(
    ("action", "more"),
    [
        (cards.RESOLVE_TICKET, {}),
        (cards.ASSIGN_TO_ME, {}),
        (cards.SET_PRIORITY, {"value": "high"}),
    ],
)
WITHDRAWN = "was withdrawn, so nothing was changed"


@ON_THE_CARD
async def test_button_pressed_while_the_ticket_is_withdrawn_is_declined_and_not_remembered(
    stage: Stage, playground: Playground, action: str, more: dict[str, str]
) -> None:
    ts = await filed(stage)
    card = await playground.card(ts)
    await stage.quiet()
    await playground.gorgias_faults(slow_ms=700)
    await playground.click(OLIVIA, card["ts"], cards.UNDO_TICKET)
    await eventually(lambda: at_work(stage), what="the ticket to be on its way")
    await stage.told(MAYA, playground.click(MAYA, card["ts"], action, **more), WITHDRAWN)
    await playground.gorgias_faults(slow_ms=0)
    await stage.quiet()
    assert await playground.tickets_of(ts) == []
    await playground.unreact(BEN, ts)
    await playground.react(BEN, ts)
    await playground.card_saying(ts, "Open")
    await stage.quiet()
    (ticket,) = await playground.tickets_of(ts)
    assert (ticket["status"], ticket["assignee_user"]) == ("open", None)
    assert "*Priority*\\nnormal" in str(await playground.card(ts))


async def at_work(stage: Stage) -> bool:
    return ("ticket.sync", "leased") in await open_jobs(stage.database)


@ON_THE_CARD
async def test_button_of_a_ticket_deleted_in_gorgias_is_declined_and_makes_no_other_ticket(
    stage: Stage, playground: Playground, action: str, more: dict[str, str]
) -> None:
    ts = await filed(stage)
    card = await playground.card(ts)
    (ticket,) = await playground.tickets_of(ts)
    await stage.quiet()
    address = f"{playground.gorgias_url}/api/tickets/{ticket['id']}"
    await playground.http.delete(address, auth=("bot@playground.test", "playground-key"))
    await stage.told(MAYA, playground.click(MAYA, card["ts"], action, **more), WITHDRAWN)
    await playground.card_saying(ts, "Withdrawn in Gorgias")
    await stage.quiet()
    assert await playground.tickets_of(ts) == []


@pytest.mark.parametrize(
    ("action", "get", "sentence"),
    [
        (campaign_view.APPROVE, planned, "is archived and cannot be approved"),
        (campaign_view.DISCARD, planned, "is archived already. Nothing was changed"),
        (campaign_view.EXPORT_KLAVIYO, approved, "is archived and cannot be exported"),
        (campaign_view.EXPORT_MAILCHIMP, running, "is archived and cannot be exported"),
        (campaign_view.DELIVER_KLAVIYO, approved, "is archived and cannot be exported"),
        (campaign_view.DELIVER_SHOPIFY, running, "is archived and cannot be exported"),
        (campaign_view.STOP, running, "is archived and cannot be stopped"),
    ],
)
async def test_button_of_a_campaign_that_is_over_meanwhile_says_so_and_does_nothing(
    stage: Stage, action: str, get: Callable[[Stage], Awaitable[int]], sentence: str
) -> None:
    campaign_id = await get(stage)

    async def same(_stage: Stage) -> int:
        return campaign_id

    (press,) = await on_campaign(same, action)(stage, [MAYA])
    if (await stage.campaigns.get(campaign_id)).is_frozen:
        await stage.campaigns.stop(campaign_id, ADMIN)
    await stage.campaigns.archive(campaign_id, ADMIN)
    told = stage.told(MAYA, press(MAYA), sentence)
    assert await stage.effects_of(told, at_least={}) == {"word to one person": 1}
