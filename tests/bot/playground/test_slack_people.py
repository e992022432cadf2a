import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.bot.playground.slack_world import Socket, World, open_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as opened:
        yield opened


@pytest.fixture
async def socket(world: World) -> Socket:
    return await world.connect()


async def events(socket: Socket, count: int) -> dict[str, dict[str, Any]]:
    """Receive so many events, which may come in any order, by type and subtype."""
    received = [await socket.event() for _ in range(count)]
    return {".".join(filter(None, (e["type"], e.get("subtype")))): e for e in received}


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("write to anna@example.test.", "write to <mailto:anna@example.test|anna@example.test>."),
        ("see https://x.test/a?b=1&c=2.", "see <https://x.test/a?b=1&amp;c=2>."),
        ("@Ben Okafor and @maya, in #orders", "<@U0BEN> and <@U0MAYA>, in <#C0ORDERS|orders>"),
        ("1 < 2 & <!channel>", "1 &lt; 2 &amp; &lt;!channel&gt;"),
        ("@here", "<!here>"),
        ("order #1042", "order #1042"),
        ("🎫 👍🏽 ❤ © 42", ":ticket: :+1::skin-tone-4: :heart: © 42"),
    ],
)
async def test_typed_text_arrives_marked_up(
    world: World, socket: Socket, typed: str, text: str
) -> None:
    await world.write(typed)
    event = await socket.event()
    assert event["text"] == text
    assert event["blocks"][0]["type"] == "rich_text"
    assert event["channel_type"] == "channel"


async def test_raw_text_stays_as_it_is(world: World, socket: Socket) -> None:
    await world.write("<!channel>", raw=True)
    assert (await socket.event())["text"] == "<!channel>"


async def test_reactions_name_item_and_author_but_no_thread(world: World, socket: Socket) -> None:
    root = await world.write("first")
    reply = await world.write("second", thread_ts=root)
    await events(socket, 2)
    reaction = {"user": "U0MAYA", "channel": "C0SUPPORT", "ts": reply}
    await world.play("react", **reaction, name="thumbsup")
    added = await socket.event()
    assert float(added.pop("event_ts")) > float(reply)
    assert added == {
        "type": "reaction_added",
        "user": "U0MAYA",
        "reaction": "+1",
        "item": {"type": "message", "channel": "C0SUPPORT", "ts": reply},
        "item_user": "U0BEN",
    }
    await world.play("unreact", **reaction, name="+1")
    assert (await socket.event())["type"] == "reaction_removed"
    again = await world.refused("unreact", **reaction, name="+1")
    assert again["error"] == "Maya Lindqvist has not reacted with :+1:."


async def test_messages_of_other_apps_have_no_user(world: World, socket: Socket) -> None:
    ts = await world.write("New order #1042", as_app={"name": "Order Bot"})
    event = await socket.event()
    assert (event["subtype"], event["bot_id"]) == ("bot_message", "B0ORDER")
    assert "user" not in event
    await world.play("react", user="U0BEN", channel="C0SUPPORT", ts=ts, name="ticket")
    assert "item_user" not in await socket.event()


async def test_the_bots_own_messages_and_reactions_come_back(world: World, socket: Socket) -> None:
    ts = (await world.web.chat_postMessage(channel="C0SUPPORT", text="hi"))["ts"]
    message = await socket.event()
    assert (message["user"], message["bot_id"], message["ts"]) == ("U0BOT", "B0BOT", ts)
    await world.web.reactions_add(channel="C0SUPPORT", timestamp=ts, name="ticket")
    assert (await socket.event())["user"] == "U0BOT"


async def test_an_edit_shows_before_and_after(world: World, socket: Socket) -> None:
    ts = await world.write("one")
    await world.play("edit", user="U0BEN", channel="C0SUPPORT", ts=ts, text="two")
    event = (await events(socket, 2))["message.message_changed"]
    assert (event["previous_message"]["text"], event["message"]["text"]) == ("one", "two")
    assert event["message"]["edited"]["user"] == "U0BEN"
    assert event["message"]["ts"] == ts
    answer = await world.refused("edit", user="U0MAYA", channel="C0SUPPORT", ts=ts, text="x")
    assert answer["error"] == "People can only edit what they wrote."


async def test_a_link_preview_is_a_change_without_an_edit(world: World, socket: Socket) -> None:
    ts = await world.write("see https://example.com")
    await world.play("unfurl", channel="C0SUPPORT", ts=ts)
    event = (await events(socket, 2))["message.message_changed"]
    assert event["message"]["text"] == event["previous_message"]["text"]
    assert "edited" not in event["message"]
    assert event["message"]["attachments"]


async def test_a_deleted_message_is_gone(world: World, socket: Socket) -> None:
    ts = await world.write("one")
    await world.play("delete", user="U0BEN", channel="C0SUPPORT", ts=ts)
    event = (await events(socket, 2))["message.message_deleted"]
    assert (event["deleted_ts"], event["previous_message"]["text"]) == (ts, "one")
    history = await world.web.conversations_history(channel="C0SUPPORT")
    assert history["messages"] == []


async def test_a_deleted_root_of_a_thread_leaves_a_tombstone(world: World, socket: Socket) -> None:
    root = await world.write("one")
    await world.write("two", thread_ts=root)
    await world.play("delete", user="U0BEN", channel="C0SUPPORT", ts=root)
    event = (await events(socket, 3))["message.message_changed"]
    assert event["message"]["subtype"] == "tombstone"
    assert event["message"]["text"] == "This message was deleted."
    assert event["previous_message"]["text"] == "one"
    thread = await world.web.conversations_replies(channel="C0SUPPORT", ts=root)
    assert [each.get("subtype") for each in thread["messages"]] == ["tombstone", None]


async def test_a_mention_is_two_events(world: World, socket: Socket) -> None:
    ts = await world.write("@regulars help")
    received = await events(socket, 2)
    assert set(received) == {"app_mention", "message"}
    assert {each["ts"] for each in received.values()} == {ts}


async def test_an_invited_bot_hears_of_it_and_can_read(world: World, socket: Socket) -> None:
    await world.play("member", channel="C0VIP", user="U0BOT", **{"in": True})
    received = await events(socket, 2)
    assert received["member_joined_channel"]["user"] == "U0BOT"
    assert received["member_joined_channel"]["channel_type"] == "G"
    assert received["message.channel_join"]["channel_type"] == "group"
    assert (await world.web.conversations_history(channel="C0VIP"))["messages"]
    await world.play("member", channel="C0VIP", user="U0BOT", **{"in": False})
    await world.write("among us", channel="C0VIP")
    assert await socket.is_quiet()


async def test_events_from_shared_channels_say_so(world: World, socket: Socket) -> None:
    await world.write("hello from Acme", channel="C0SHARED", user="U0EVE")
    payload = await socket.take()
    assert payload["is_ext_shared_channel"]
    assert payload["event"]["team"] == "T0OTHER"


async def test_people_see_only_what_they_may(world: World) -> None:
    await world.write("secret", channel="C0VIP")
    seen = {
        viewer: {each["name"] for each in (await world.see("state", viewer=viewer))["channels"]}
        for viewer in ("U0BEN", "U0GUS", "U0EVE")
    }
    assert "vip-orders" in seen["U0BEN"]
    assert "vip-orders" not in seen["U0GUS"]
    assert seen["U0EVE"] == {"shared-acme"}
    everything = await world.see("state")
    assert everything["messages"]["C0VIP"][0]["text"] == "secret"


async def test_the_stream_tells_of_every_change(world: World) -> None:
    async with world.http.get(f"{world.url}/play/slack/stream") as response:
        first = json.loads((await response.content.readline()).removeprefix(b"data: "))
        await response.content.readline()
        await world.write("hello")
        second = json.loads((await response.content.readline()).removeprefix(b"data: "))
    assert second["revision"] > first["revision"]


async def test_a_file_needs_the_token(world: World, socket: Socket) -> None:
    content = base64.b64encode(b"broken mug").decode()
    files = [{"name": "mug.txt", "mimetype": "text/plain", "content_base64": content}]
    await world.write("look", files=files)
    event = await socket.event()
    assert event["subtype"] == "file_share"
    [file] = event["files"]
    token = {"Authorization": "Bearer xoxb-playground"}
    async with world.http.get(file["url_private"], headers=token) as response:
        assert await response.read() == b"broken mug"
    async with world.http.get(file["url_private"]) as response:
        assert (response.status, response.content_type) == (200, "text/html")
    shown = await world.web.files_info(file=file["id"])
    assert shown["file"]["size"] == len(b"broken mug")


async def test_the_sdk_uploads_a_file_in_three_steps(world: World, socket: Socket) -> None:
    root = await world.write("chart please")
    await world.web.files_upload_v2(
        channel="C0SUPPORT",
        thread_ts=root,
        filename="chart.png",
        content=b"\x89PNG",
        initial_comment="Here it is",
    )
    event = (await events(socket, 2))["message.file_share"]
    assert (event["thread_ts"], event["text"]) == (root, "Here it is")
    assert event["files"][0]["mimetype"] == "image/png"


async def test_unknown_fault_switches_are_refused(world: World) -> None:
    answer = await world.refused("faults", latency=5)
    assert answer["error"] == "There is no fault switch called 'latency'."
    answer = await world.refused("faults", latency_ms="slow")
    assert answer["error"] == "The fault switch latency_ms cannot be 'slow'."


async def test_deactivated_person_is_told_of_and_can_do_nothing_more(
    world: World, socket: Socket
) -> None:
    await world.play("deactivate", user="U0BEN")
    event = await socket.event()
    assert (event["type"], event["user"]["id"], event["user"]["deleted"]) == (
        "user_change",
        "U0BEN",
        True,
    )
    assert (await world.web.users_info(user="U0BEN"))["user"]["deleted"] is True
    refused = await world.refused("messages", user="U0BEN", channel="C0SUPPORT", text="Still here")
    assert "was deactivated" in str(refused)
