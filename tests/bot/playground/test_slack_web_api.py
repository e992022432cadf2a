from collections.abc import AsyncIterator
from functools import partial
from typing import TypedDict

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackEmulator
from tests.bot.playground.slack_world import World, error_of, manifest, open_world


class Place(TypedDict):
    """Where a message stands."""

    channel: str
    ts: str


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as opened:
        yield opened


async def test_auth_test_tells_who_the_bot_is_and_its_scopes(world: World) -> None:
    answer = await world.web.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0BOT", "T0PLAY")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-other", "invalid_auth"),
        ("xapp-playground", "not_allowed_token_type"),
    ],
)
async def test_wrong_tokens_are_refused(world: World, token: str, error: str) -> None:
    client = AsyncWebClient(token or None, base_url=f"{world.url}/api/")
    assert await error_of(client.auth_test()) == error


async def test_a_revoked_token_is_refused(world: World) -> None:
    await world.play("faults", revoked=True)
    assert await error_of(world.web.auth_test()) == "token_revoked"
    assert await world.ticket_url()


async def test_unknown_methods_are_refused(world: World) -> None:
    assert await error_of(world.web.api_call("chat.shout")) == "unknown_method"


async def test_a_scope_missing_from_the_manifest_is_named() -> None:
    async with open_world(SlackEmulator(manifest(scopes=["channels:read"]))) as world:
        with pytest.raises(SlackApiError) as caught:
            await world.web.chat_postMessage(channel="C0SUPPORT", text="hi")
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "chat:write"
        assert caught.value.response["provided"] == "channels:read"


async def test_a_posted_message_is_found_with_its_metadata(world: World) -> None:
    root = await world.write("Order 1042 arrived broken")
    metadata = {"event_type": "card", "event_payload": {"key": "k-1"}}
    posted = await world.web.chat_postMessage(
        channel="C0SUPPORT", text="Ticket 77", thread_ts=root, metadata=metadata
    )
    plain = await world.web.conversations_replies(channel="C0SUPPORT", ts=root)
    assert [each["ts"] for each in plain["messages"]] == [root, posted["ts"]]
    assert plain["messages"][0]["reply_count"] == 1
    assert plain["messages"][1]["metadata"] == {"event_type": "card"}
    full = await world.web.conversations_replies(
        channel="C0SUPPORT", ts=root, include_all_metadata=True
    )
    assert full["messages"][1]["metadata"] == metadata
    assert full["messages"][1]["bot_id"] == "B0BOT"


async def test_history_gives_an_older_neighbour_when_the_wanted_message_is_a_reply(
    world: World,
) -> None:
    root = await world.write("first")
    reply = await world.write("second", thread_ts=root)
    answer = await world.web.conversations_history(
        channel="C0SUPPORT", latest=reply, inclusive=True, limit=1
    )
    assert [each["ts"] for each in answer["messages"]] == [root]


async def test_replies_of_a_reply_is_that_reply_with_its_root(world: World) -> None:
    root = await world.write("first")
    reply = await world.write("second", thread_ts=root)
    answer = await world.web.conversations_replies(channel="C0SUPPORT", ts=reply)
    [only] = answer["messages"]
    assert (only["ts"], only["thread_ts"], only["parent_user_id"]) == (reply, root, "U0BEN")


async def test_history_pages_without_loss(world: World) -> None:
    written = [await world.write(str(number)) for number in range(7)]
    seen = []
    async for page in await world.web.conversations_history(channel="C0SUPPORT", limit=3):
        seen += [each["ts"] for each in page["messages"]]
    assert seen == written[::-1]


async def test_the_range_of_history_is_open_unless_inclusive(world: World) -> None:
    first, second, third = [await world.write(str(number)) for number in range(3)]
    history = partial(
        world.web.conversations_history, channel="C0SUPPORT", oldest=first, latest=third
    )
    between = await history()
    assert [each["ts"] for each in between["messages"]] == [second]
    closed = await history(inclusive=True)
    assert len(closed["messages"]) == 3


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "hi"}, "channel_not_found"),
        ({"channel": "C0VIP", "text": "hi"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "hi"}, "not_in_channel"),
        ({"channel": "C0SUPPORT", "text": ""}, "no_text"),
        ({"channel": "C0SUPPORT", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0SUPPORT", "text": "hi", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": "C0SUPPORT", "text": "hi", "blocks": "nonsense"}, "invalid_blocks_format"),
        (
            {"channel": "C0SUPPORT", "text": "hi", "metadata": {"event_type": 1}},
            "invalid_metadata_format",
        ),
        ({"text": "hi"}, "invalid_arguments"),
    ],
)
async def test_posting_wrongly_is_refused(
    world: World, arguments: dict[str, object], error: str
) -> None:
    assert await error_of(world.web.api_call("chat.postMessage", json=arguments)) == error


async def test_an_archived_channel_takes_no_message(world: World) -> None:
    await world.play("archive", channel="C0SUPPORT")
    assert (
        await error_of(world.web.chat_postMessage(channel="C0SUPPORT", text="hi")) == "is_archived"
    )


async def test_replying_to_a_reply_is_refused(world: World) -> None:
    root = await world.write("first")
    reply = await world.write("second", thread_ts=root)
    call = world.web.chat_postMessage(channel="C0SUPPORT", text="hi", thread_ts=reply)
    assert await error_of(call) == "cannot_reply_to_message"


async def test_posting_to_a_person_opens_their_direct_messages(world: World) -> None:
    posted = await world.web.chat_postMessage(channel="U0BEN", text="hi")
    opened = await world.web.conversations_open(users="U0BEN")
    assert posted["channel"] == opened["channel"]["id"]
    assert opened["already_open"]


async def test_only_own_messages_can_be_updated_and_deleted(world: World) -> None:
    theirs = await world.write("hi")
    mine = (await world.web.chat_postMessage(channel="C0SUPPORT", text="one"))["ts"]
    place = Place(channel="C0SUPPORT", ts=theirs)
    assert await error_of(world.web.chat_update(**place, text="x")) == "cant_update_message"
    assert await error_of(world.web.chat_delete(**place)) == "cant_delete_message"
    place["ts"] = mine
    assert await error_of(world.web.chat_update(**place, text="&" * 1001)) == "msg_too_long"
    updated = await world.web.chat_update(**place, text="two")
    assert updated["message"]["text"] == "two"
    assert updated["message"]["edited"]["user"] == "U0BOT"
    await world.web.chat_delete(**place)
    assert await error_of(world.web.chat_update(**place, text="x")) == "message_not_found"


async def test_updating_text_alone_keeps_the_blocks(world: World) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}
    posted = await world.web.chat_postMessage(channel="C0SUPPORT", text="one", blocks=[block])
    place = Place(channel="C0SUPPORT", ts=posted["ts"])
    kept = await world.web.chat_update(**place, text="two")
    assert kept["message"]["blocks"] == posted["message"]["blocks"]
    cleared = await world.web.chat_update(**place, text="two", blocks=[])
    assert "blocks" not in cleared["message"]


async def test_ephemerals_reach_one_member_and_cannot_be_updated(world: World) -> None:
    whisper = partial(world.web.chat_postEphemeral, channel="C0SUPPORT", text="only you")
    assert await error_of(whisper(user="U0EVE")) == "user_not_in_channel"
    ts = (await whisper(user="U0BEN"))["message_ts"]
    assert (
        await error_of(world.web.chat_update(channel="C0SUPPORT", ts=ts, text="x"))
        == "message_not_found"
    )
    seen = {
        viewer: [
            each["ts"]
            for each in (await world.see("state", viewer=viewer))["messages"]["C0SUPPORT"]
        ]
        for viewer in ("U0BEN", "U0MAYA")
    }
    assert seen == {"U0BEN": [ts], "U0MAYA": []}


async def test_reactions_of_the_bot(world: World) -> None:
    ts = await world.write("hi")
    item = {"channel": "C0SUPPORT", "timestamp": ts}
    await world.web.reactions_add(**item, name="ticket")
    assert await error_of(world.web.reactions_add(**item, name="ticket")) == "already_reacted"
    assert await error_of(world.web.reactions_add(**item, name="no_such_emoji")) == "invalid_name"
    assert await error_of(world.web.reactions_remove(**item, name="eyes")) == "no_reaction"
    shown = await world.web.reactions_get(channel="C0SUPPORT", timestamp=ts)
    assert shown["message"]["reactions"] == [{"name": "ticket", "users": ["U0BOT"], "count": 1}]
    missing = {"channel": "C0SUPPORT", "timestamp": "1700000000.000000"}
    assert await error_of(world.web.reactions_add(**missing, name="eyes")) == "message_not_found"


async def test_one_person_can_put_23_reactions_on_a_message(world: World) -> None:
    ts = await world.write("hi")
    item = {"channel": "C0SUPPORT", "timestamp": ts}
    names = [f"clock{hour}{half}" for hour in range(1, 13) for half in ("", "30")]
    for name in names[:23]:
        await world.web.reactions_add(**item, name=name)
    assert await error_of(world.web.reactions_add(**item, name=names[23])) == "too_many_reactions"


async def test_the_sixth_message_within_a_second_is_limited(world: World) -> None:
    world.web.retry_handlers.clear()
    for number in range(5):
        await world.web.chat_postMessage(channel="C0SUPPORT", text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await world.web.chat_postMessage(channel="C0SUPPORT", text="6")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    await world.web.chat_postMessage(channel="C0ORDERS", text="elsewhere is another matter")


async def test_the_sdk_waits_as_long_as_retry_after_says(world: World) -> None:
    await world.play("faults", ratelimit={"auth.test": {"retry_after": 1, "times": 1}})
    world.web.retry_handlers.append(AsyncRateLimitErrorRetryHandler())
    assert (await world.web.auth_test())["ok"]


async def test_failures_can_be_ordered(world: World) -> None:
    await world.play(
        "faults",
        fail={"auth.test": {"error": "internal_error", "times": 1}},
        http_status={"users.info": {"status": 503, "times": 1}},
    )
    assert await error_of(world.web.auth_test()) == "internal_error"
    assert (await world.web.auth_test())["ok"]
    with pytest.raises(SlackApiError) as caught:
        await world.web.users_info(user="U0BEN")
    assert caught.value.response.status_code == 503


async def test_a_lost_reply_still_did_its_work(world: World) -> None:
    await world.play("faults", lose_reply={"chat.postMessage": {"times": 1}})
    world.web.retry_handlers.clear()
    with pytest.raises(Exception, match="disconnected"):
        await world.web.chat_postMessage(channel="C0SUPPORT", text="hi")
    history = await world.web.conversations_history(channel="C0SUPPORT")
    assert [each["text"] for each in history["messages"]] == ["hi"]


async def test_people_are_shown_as_what_they_are(world: World) -> None:
    users = {
        each: (await world.web.users_info(user=each))["user"]
        for each in ("U0OLIVIA", "U0GUS", "U0EVE")
    }
    assert users["U0OLIVIA"]["is_admin"]
    assert users["U0GUS"]["is_restricted"]
    assert users["U0EVE"]["is_stranger"]
    assert users["U0EVE"]["team_id"] == "T0OTHER"
    assert "email" not in users["U0EVE"]["profile"]
    found = await world.web.users_lookupByEmail(email="ben@playground.test")
    assert found["user"]["id"] == "U0BEN"
    assert await error_of(world.web.users_info(user="U0NOBODY")) == "user_not_found"


async def test_channels_are_listed_as_the_bot_knows_them(world: World) -> None:
    listed = await world.web.conversations_list(types="public_channel,private_channel")
    names = {each["name"]: each["is_member"] for each in listed["channels"]}
    assert names == {"support": True, "orders": True, "shared-acme": True, "random": False}
    shared = await world.web.conversations_info(channel="C0SHARED", include_num_members=True)
    assert shared["channel"]["is_ext_shared"]
    assert shared["channel"]["num_members"] == 6
    members = await world.web.conversations_members(channel="C0SUPPORT", limit=2)
    assert len(members["members"]) == 2
    assert members["response_metadata"]["next_cursor"]


async def test_permalinks_of_replies_name_their_thread(world: World) -> None:
    root = await world.write("first")
    reply = await world.write("second", thread_ts=root)
    answer = await world.web.chat_getPermalink(channel="C0SUPPORT", message_ts=reply)
    assert answer["permalink"].endswith(
        f"/archives/C0SUPPORT/p{reply.replace('.', '')}?thread_ts={root}&cid=C0SUPPORT"
    )


async def test_user_groups_list_their_people(world: World) -> None:
    answer = await world.web.usergroups_users_list(usergroup="S0SUPPORT")
    assert answer["users"] == ["U0BEN", "U0MAYA"]
    assert await error_of(world.web.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"


async def test_the_log_keeps_arguments_but_no_tokens(world: World) -> None:
    await world.web.users_info(user="U0BEN")
    log = await world.see("log")
    assert log["calls"][-1]["args"] == {"user": "U0BEN"}
    assert "xoxb" not in str(log)
