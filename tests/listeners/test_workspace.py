"""Slack as services see it: threads whatever Slack answers, and files only from Slack."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from listeners.files import SlackFiles
from listeners.slack_calls import Pace, SlackCalls
from listeners.workspace import BotIdentity, SlackWorkspace
from services.errors import FileUnreadableError, MessageGoneError, NotInChannelError
from services.ports import File
from tests.bot.playground.slack_world import World, open_world

SUPPORT = "C0SUPPORT"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


def workspace_at(api: str, session: aiohttp.ClientSession) -> SlackWorkspace:
    client = AsyncWebClient("xoxb-playground", base_url=api, session=session, retry_handlers=[])
    calls = SlackCalls(client, Pace(1000), lambda _method, _outcome, _seconds: None)
    files = SlackFiles(session, api, "xoxb-playground")
    return SlackWorkspace(calls, client, files, BotIdentity("T0PLAY", "U0BOT"))


@pytest.fixture
def workspace(world: World) -> SlackWorkspace:
    return workspace_at(f"{world.url}/api/", world.http)


async def reply(world: World, root: str, text: str) -> str:
    return await world.write(text, thread_ts=root)


# --- threads -----------------------------------------------------------------------------------


async def test_reply_leads_to_the_whole_thread_in_order(
    world: World, workspace: SlackWorkspace
) -> None:
    root = await world.write("Mug broken")
    replies = [await reply(world, root, f"Reply {number}") for number in range(3)]
    thread = await workspace.thread(SUPPORT, replies[1])
    assert thread.root_ts == root
    assert [message.ts for message in thread.messages] == [root, *replies]
    assert thread.messages[0].text == "Mug broken"


async def test_message_alone_is_a_thread_of_one(world: World, workspace: SlackWorkspace) -> None:
    root = await world.write("Mug <broken>")
    thread = await workspace.thread(SUPPORT, root)
    assert [message.ts for message in thread.messages] == [root]
    assert thread.channel_name == "support"


async def test_deleted_reply_is_gone_though_its_thread_is_there(
    world: World, workspace: SlackWorkspace
) -> None:
    root = await world.write("Mug broken")
    gone = await reply(world, root, "Never mind")
    await reply(world, root, "Still here")
    await world.play("delete", user="U0BEN", channel=SUPPORT, ts=gone)
    with pytest.raises(MessageGoneError):
        await workspace.thread(SUPPORT, gone)


async def test_message_that_never_was_is_gone(workspace: SlackWorkspace) -> None:
    with pytest.raises(MessageGoneError):
        await workspace.thread(SUPPORT, "1.000001")


async def test_channel_without_the_bot_is_said_with_the_remedy(
    world: World, workspace: SlackWorkspace
) -> None:
    ts = await world.write("Mug broken")
    await world.play("member", user="U0BOT", channel=SUPPORT, **{"in": False})
    with pytest.raises(NotInChannelError) as raised:
        await workspace.thread(SUPPORT, ts)
    assert "/invite @regulars" in raised.value.sentence


ROOT = {"ts": "1.000001", "thread_ts": "1.000001", "user": "U1", "text": "Root", "reply_count": 2}
REPLIES = [
    {"ts": f"1.00000{number}", "thread_ts": "1.000001", "user": "U1", "text": f"Reply {number}"}
    for number in (2, 3)
]


@pytest.fixture
async def whole_threads() -> AsyncIterator[SlackWorkspace]:
    """A Slack that answers a reply's `ts` with the whole thread, cut to `limit`."""

    async def replies(request: web.Request) -> web.Response:
        asked = await request.post() if request.method == "POST" else request.query
        limit = int(str(asked.get("limit", "100")))
        messages = [ROOT, *REPLIES][:limit]
        return web.json_response({"ok": True, "messages": messages, "has_more": limit < 3})

    async def info(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "channel": {"name": "support"}})

    async def user(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": {"id": "U1", "name": "ben"}})

    app = web.Application()
    app.router.add_route("*", "/api/conversations.replies", replies)
    app.router.add_route("*", "/api/conversations.info", info)
    app.router.add_route("*", "/api/users.info", user)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield workspace_at(str(server.make_url("/api/")), session)


async def test_whole_thread_in_answer_to_a_reply_still_finds_the_root(
    whole_threads: SlackWorkspace,
) -> None:
    thread = await whole_threads.thread(SUPPORT, "1.000003")
    assert thread.root_ts == "1.000001"
    assert [message.text for message in thread.messages] == ["Root", "Reply 2", "Reply 3"]


async def test_whole_thread_without_the_reply_asked_for_means_it_is_gone(
    whole_threads: SlackWorkspace,
) -> None:
    with pytest.raises(MessageGoneError):
        await whole_threads.thread(SUPPORT, "1.000009")


# --- files -------------------------------------------------------------------------------------


def file(url: str, size: int = 10) -> File:
    return File("F1", "mug.png", "image/png", size, url, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/mug.png",
        "https://files.slack.com.evil.test/mug.png",
        "https://slack.com@evil.test/mug.png",
        "http://files.slack.com/mug.png",
        "//evil.test/mug.png",
        "file:///etc/passwd",
    ],
)
async def test_token_is_sent_to_nobody_but_slack(workspace: SlackWorkspace, url: str) -> None:
    with pytest.raises(FileUnreadableError, match="kept outside Slack"):
        await workspace.fetch_file(file(url))


async def test_huge_file_is_not_even_asked_for(world: World, workspace: SlackWorkspace) -> None:
    with pytest.raises(FileUnreadableError, match="larger than 20 MB"):
        await workspace.fetch_file(file(f"{world.url}/files/F1/mug.png", 30_000_000))


async def test_file_that_comes_in_pieces_arrives_whole(world: World) -> None:
    pieces = [bytes([number]) * 50_000 for number in range(60)]

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        return response

    found = await _served(world, serve)
    assert found == b"".join(pieces)


async def test_file_that_grew_too_large_on_the_way_is_left_out(world: World) -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # nobody wants the rest
            for _ in range(30):
                await response.write(bytes(1_000_000))
        return response

    with pytest.raises(FileUnreadableError, match="larger than 20 MB"):
        await _served(world, serve)


async def test_redirection_to_a_sign_in_page_is_not_followed(world: World) -> None:
    async def serve(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("https://acme.slack.com/?redir=%2Ffiles")

    with pytest.raises(FileUnreadableError, match="sign-in page"):
        await _served(world, serve)


async def test_file_without_an_address_says_that_slack_hides_it(workspace: SlackWorkspace) -> None:
    with pytest.raises(FileUnreadableError, match="not shown to the app"):
        await workspace.fetch_file(file(""))


async def _served(
    world: World, serve: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> bytes:
    """Fetch a file from a Slack that hands it over in its own way."""
    app = web.Application()
    app.router.add_get("/files/F1", serve)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        files = SlackFiles(world.http, f"{url}api/", "xoxb-playground")
        return (await files.fetch(file(f"{url}files/F1"))).content


async def test_sign_in_page_is_not_taken_for_the_file(world: World) -> None:
    stranger = SlackFiles(world.http, f"{world.url}/api/", "xoxb-of-somebody-else")
    with pytest.raises(FileUnreadableError, match="sign-in page"):
        await stranger.fetch(file(f"{world.url}/files/F1/mug.png"))


# --- people ------------------------------------------------------------------------------------


async def test_guests_strangers_and_apps_are_told_apart(workspace: SlackWorkspace) -> None:
    gus, eve = await workspace.person("U0GUS"), await workspace.person("U0EVE")
    olivia, nobody = await workspace.person("U0OLIVIA"), await workspace.person("U0NOBODY")
    assert gus.is_guest
    assert eve.is_external
    assert [olivia.is_guest, olivia.is_external, olivia.is_bot] == [False] * 3
    assert nobody.is_external
