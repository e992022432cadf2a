"""The inbox through Bolt itself: what is not stored is not acknowledged either."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import select, text

from bot.app import build_app
from listeners.inbox import deleted_ts
from services.api_keys import KeyRequest
from services.cards import RESOLVE_TICKET
from storage.database import Database
from storage.links import copied, want
from storage.models import jobs, reactions
from tests.wired import BEN, BOT, OLIVIA, SUPPORT, Wired

ROOT, REPLY = "1700000000.000100", "1700000001.000100"


@pytest.fixture
def app(wired: Wired) -> AsyncApp:
    return build_app(wired.parts.slack, wired.parts.services, wired.parts.inbox)


async def send(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    """Dispatch as the Socket Mode adapter does."""
    return await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))


def event(kind: str, event_id: str = "Ev1", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    inner = {"type": kind, "event_ts": "1700000002.000100", **fields}
    return {"type": "event_callback", "team_id": "T0", "event_id": event_id, "event": inner}


def reaction(name: str = "ticket", user: str = OLIVIA, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    item = {"type": "message", "channel": SUPPORT, "ts": ROOT}
    fields = {"user": user, "reaction": name, "item": item, "kind": "reaction_added", **more}
    return event(**fields)


def press(action: str = RESOLVE_TICKET, action_ts: str = "1700000003.1") -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T0"},
        "user": {"id": OLIVIA},
        "channel": {"id": SUPPORT},
        "container": {"type": "message", "message_ts": "1700000009.000100"},
        "actions": [{"action_id": action, "block_id": "b", "action_ts": action_ts}],
    }


async def stored(wired: Wired) -> list[str]:
    async with wired.parts.database.read() as connection:
        return list((await connection.execute(select(jobs.c.kind).order_by(jobs.c.id))).scalars())


async def make_link(database: Database) -> None:
    async with database.transaction() as connection:
        link = await want(connection, team="T0", channel=SUPPORT, root_ts=ROOT, subject="Mug")
        await copied(connection, link.id, SUPPORT, [ROOT])


# --- store, then acknowledge -------------------------------------------------------------------


@asynccontextmanager
async def locked(wired: Wired, table: str) -> AsyncGenerator[None]:
    """Somebody else keeps a table to themselves."""
    other = Database(wired.parts.database.url)
    async with other.transaction() as connection:
        if not other.is_sqlite:
            await connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield
    await other.close()


async def test_reaction_that_cannot_be_stored_is_not_acknowledged_until_it_can(
    app: AsyncApp, wired: Wired
) -> None:
    async with locked(wired, "jobs"):
        assert (await send(app, reaction())).status == 503
    assert (await send(app, reaction())).status == 200
    assert await stored(wired) == ["reaction.take"]


async def test_reaction_is_stored_and_then_acknowledged(app: AsyncApp, wired: Wired) -> None:
    assert (await send(app, reaction())).status == 200
    assert await stored(wired) == ["reaction.take"]
    async with wired.parts.database.read() as connection:
        row = (await connection.execute(select(reactions))).one()
    assert (row.act, row.present, row.actor) == ("ticket", True, OLIVIA)


async def test_reaction_that_cannot_be_stored_is_not_acknowledged(
    app: AsyncApp, wired: Wired
) -> None:
    async with wired.parts.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE jobs RENAME TO gone"))
    assert (await send(app, reaction())).status != 200
    async with wired.parts.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE gone RENAME TO jobs"))
    assert await stored(wired) == []
    assert (await send(app, reaction())).status == 200


async def test_press_that_cannot_be_stored_is_not_acknowledged(app: AsyncApp, wired: Wired) -> None:
    async with wired.parts.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE jobs RENAME TO gone"))
    assert (await send(app, press())).status != 200


async def test_acknowledging_needs_no_call_to_slack(app: AsyncApp, wired: Wired) -> None:
    """Bolt's own authorization would call auth.test first, and lose the event if that failed."""
    wired.slack.slack.log.clear()
    wired.slack.slack.faults.merge({"revoked": True})
    assert (await send(app, reaction())).status == 200
    assert wired.slack.slack.log.as_json()["calls"] == []


async def test_one_act_told_eleven_times_is_stored_once(app: AsyncApp, wired: Wired) -> None:
    for number in range(11):
        assert (await send(app, reaction(event_id=f"Ev{number}"))).status == 200
    assert await stored(wired) == ["reaction.take"]


async def test_one_press_told_twice_is_stored_once(app: AsyncApp, wired: Wired) -> None:
    for _ in range(2):
        assert (await send(app, press())).status == 200
    await send(app, press(action_ts="1700000004.1"))
    assert await stored(wired) == ["press.take"] * 2


async def test_19_skin_tone_makes_no_difference(app: AsyncApp, wired: Wired) -> None:
    await send(app, reaction("white_check_mark::skin-tone-3"))
    assert await stored(wired) == ["reaction.take"]


# --- noise is acknowledged and forgotten -------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        reaction("wave"),
        reaction(user=BOT),
        reaction(item={"type": "file", "file": "F1"}),
        event("message", channel=SUPPORT, ts=ROOT, user=BEN, text="No thread"),
        event("message", channel=SUPPORT, ts=REPLY, thread_ts=ROOT, user=BEN, text="No ticket"),
        event("message", channel=SUPPORT, subtype="channel_join", ts=REPLY, user=BEN),
        event("message", channel=SUPPORT, subtype="message_deleted", deleted_ts="1.1"),
        event("channel_renamed_in_some_new_way", channel=SUPPORT),
        event("app_home_opened", user=BEN, channel="D1", tab="home"),
        event("member_joined_channel", user=BEN, channel=SUPPORT),
    ],
    ids=lambda body: "-".join(
        str(body["event"].get(key, "")) for key in ("type", "subtype", "user")
    ),
)
async def test_what_means_nothing_is_acknowledged_and_not_stored(
    app: AsyncApp, wired: Wired, body: dict[str, Any]
) -> None:
    assert (await send(app, body)).status == 200
    assert await stored(wired) == []


# --- threads with a ticket ---------------------------------------------------------------------


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "bot_message"])
async def test_reply_in_a_thread_with_a_ticket_is_stored_once(
    app: AsyncApp, wired: Wired, subtype: str | None
) -> None:
    await make_link(wired.parts.database)
    more = {"subtype": subtype} if subtype else {}
    body = event("message", channel=SUPPORT, ts=REPLY, thread_ts=ROOT, user=BEN, text="x", **more)
    for _ in range(2):
        assert (await send(app, body)).status == 200
    assert await stored(wired) == ["reply.take"]


async def test_our_own_words_in_the_thread_are_not_stored(app: AsyncApp, wired: Wired) -> None:
    await make_link(wired.parts.database)
    await send(app, event("message", channel=SUPPORT, ts=REPLY, thread_ts=ROOT, user=BOT))
    assert await stored(wired) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "message_deleted", "deleted_ts": ROOT},
        {"subtype": "message_deleted", "previous_message": {"ts": ROOT}},
        {"subtype": "message_changed", "message": {"ts": ROOT, "subtype": "tombstone"}},
    ],
    ids=["deleted_ts", "previous_message", "tombstone"],
)
async def test_deletion_in_either_shape_is_stored_once(
    app: AsyncApp, wired: Wired, fields: dict[str, Any]
) -> None:
    await make_link(wired.parts.database)
    for _ in range(2):
        assert (await send(app, event("message", channel=SUPPORT, **fields))).status == 200
    assert await stored(wired) == ["deletion.take"]


def test_edit_is_no_deletion() -> None:
    edited = {"subtype": "message_changed", "message": {"ts": ROOT, "text": "new"}}
    assert deleted_ts(edited) is None


async def test_invitation_of_the_bot_is_stored(app: AsyncApp, wired: Wired) -> None:
    await send(app, event("member_joined_channel", user=BOT, channel=SUPPORT))
    assert await stored(wired) == ["invitation.take"]


async def test_shortcut_is_stored_with_its_message(app: AsyncApp, wired: Wired) -> None:
    body = {
        "type": "message_action",
        "callback_id": "create_ticket",
        "team": {"id": "T0"},
        "user": {"id": OLIVIA},
        "channel": {"id": SUPPORT, "name": "support"},
        "action_ts": "1700000003.1",
        "message": {"ts": ROOT, "text": "Mug", "user": BEN},
    }
    assert (await send(app, body)).status == 200
    assert await stored(wired) == ["shortcut.take"]


# --- people who leave --------------------------------------------------------------------------


def user_change(**user: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return event("user_change", user={"id": OLIVIA, "team_id": "T0", **user}, cache_ts=1700000002)


async def key_states(wired: Wired) -> list[str]:
    return [key.state for key in await wired.parts.services.api_keys.all_keys()]


async def test_keys_end_with_their_owners_slack_account(app: AsyncApp, wired: Wired) -> None:
    keys = wired.parts.services.api_keys
    for owner in (OLIVIA, BEN, "olivia"):
        await keys.create(KeyRequest(owner, ["admin"]), "terminal")
    lunch = user_change(deleted=False, profile={"status_text": "Lunch"})
    assert (await send(app, lunch)).status == 200
    assert await key_states(wired) == ["active", "active", "active"]
    assert (await send(app, user_change(deleted=True))).status == 200
    assert await key_states(wired) == ["revoked", "active", "active"]
    assert await stored(wired) == []


async def test_deactivation_that_cannot_be_stored_is_not_acknowledged_until_it_can(
    app: AsyncApp, wired: Wired
) -> None:
    await wired.parts.services.api_keys.create(KeyRequest(OLIVIA, ["admin"]), "terminal")
    async with locked(wired, "api_keys"):
        assert (await send(app, user_change(deleted=True))).status == 503
    assert (await send(app, user_change(deleted=True))).status == 200
    assert await key_states(wired) == ["revoked"]


async def test_owner_who_left_while_nobody_listened_is_found_by_looking(wired: Wired) -> None:
    services = wired.parts.services
    for owner in (OLIVIA, BEN, "U0NOBODY", "UPLOADER", "ben"):
        await services.api_keys.create(KeyRequest(owner, ["admin"]), "terminal")
    await wired.person("deactivate", user=BEN)
    await services.api_keys.look_after_owners(services.workspace.has_left)
    assert await key_states(wired) == ["active", "revoked", "active", "active", "active"]
