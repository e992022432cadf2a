import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.slack import SlackEmulator
from tests.bot.playground.slack_world import Socket, World, error_of, manifest, open_world


class Clock:
    """A clock that tests move forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(clock: Clock) -> AsyncIterator[World]:
    async with open_world(
        SlackEmulator(manifest(events=["app_home_opened"]), clock=clock)
    ) as opened:
        yield opened


@pytest.fixture
async def socket(world: World) -> Socket:
    return await world.connect()


def modal(**more: object) -> dict[str, Any]:
    field = {"type": "plain_text_input", "action_id": "text"}
    label = {"type": "plain_text", "text": "What happened?"}
    return {
        "type": "modal",
        "callback_id": "new_ticket",
        "title": {"type": "plain_text", "text": "New ticket"},
        "submit": {"type": "plain_text", "text": "Create"},
        "blocks": [{"type": "input", "block_id": "what", "label": label, "element": field}],
    } | more


CARD = {
    "type": "actions",
    "block_id": "card",
    "elements": [
        {
            "type": "button",
            "action_id": "resolve",
            "text": {"type": "plain_text", "text": "Resolve"},
            "value": "77",
        },
        {
            "type": "static_select",
            "action_id": "priority",
            "options": [{"text": {"type": "plain_text", "text": "High"}, "value": "high"}],
        },
    ],
}


async def command(world: World, socket: Socket, answer: object = None) -> dict[str, Any]:
    doing = world.play(
        "command", user="U0BEN", channel="C0RANDOM", command="/customer", text="anna@example.test"
    )
    _, payload = await world.while_answering(doing, socket, answer)
    return payload


async def shortcut(world: World, socket: Socket) -> str:
    doing = world.play("shortcut", user="U0BEN", callback_id="new_ticket")
    _, payload = await world.while_answering(doing, socket)
    trigger_id: str = payload["trigger_id"]
    return trigger_id


async def open_modal(world: World, socket: Socket, **more: object) -> dict[str, Any]:
    trigger_id = await shortcut(world, socket)
    view: dict[str, Any] = (await world.web.views_open(trigger_id=trigger_id, view=modal(**more)))[
        "view"
    ]
    return view


async def views_of_ben(world: World) -> list[dict[str, Any]]:
    views: list[dict[str, Any]] = (await world.see("state", viewer="U0BEN"))["views"]
    return views


async def test_a_command_works_where_the_bot_is_not_and_escapes_its_text(
    world: World, socket: Socket
) -> None:
    payload = await command(world, socket)
    assert payload["text"] == "<mailto:anna@example.test|anna@example.test>"
    assert (payload["channel_id"], payload["user_id"]) == ("C0RANDOM", "U0BEN")


async def test_the_acknowledgement_of_a_command_can_answer_it(world: World, socket: Socket) -> None:
    await command(world, socket, {"text": "Looking…"})
    [message] = (await world.see("state", viewer="U0BEN"))["messages"]["C0RANDOM"]
    assert (message["text"], message["ephemeral"]) == ("Looking…", True)


async def test_undeclared_commands_and_shortcuts_are_not_delivered(world: World) -> None:
    answer = await world.refused("command", user="U0BEN", channel="C0SUPPORT", command="/no")
    assert answer["error"] == "/no is not a valid command."
    answer = await world.refused("shortcut", user="U0BEN", callback_id="no")
    assert answer["error"] == "The app has no shortcut 'no'."


async def test_a_response_url_works_five_times_within_thirty_minutes(
    world: World, socket: Socket, clock: Clock
) -> None:
    url = (await command(world, socket))["response_url"]
    statuses = []
    for number in range(6):
        async with world.http.post(url, json={"text": str(number)}) as response:
            statuses.append(response.status)
    assert statuses == [200] * 5 + [404]
    url = (await command(world, socket))["response_url"]
    clock.ahead += 1801
    async with world.http.post(url, json={"text": "late"}) as response:
        assert await response.json() == {"ok": False, "error": "expired_url"}


async def test_a_response_url_posts_in_the_channel_when_asked(world: World, socket: Socket) -> None:
    url = (await command(world, socket))["response_url"]
    async with world.http.post(url, json={"text": "all", "response_type": "in_channel"}):
        pass
    [message] = (await world.see("state", viewer="U0MAYA"))["messages"]["C0RANDOM"]
    assert (message["text"], message["ephemeral"]) == ("all", False)


async def test_a_response_url_replaces_and_deletes_the_clicked_ephemeral(
    world: World, socket: Socket
) -> None:
    posted = await world.web.chat_postEphemeral(
        channel="C0SUPPORT", user="U0BEN", text="choose", blocks=[CARD]
    )
    click = {"user": "U0BEN", "channel": "C0SUPPORT", "ts": posted["message_ts"]}
    doing = world.play("click", **click, action_id="resolve")
    _, payload = await world.while_answering(doing, socket)
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload
    async with world.http.post(payload["response_url"], json={"text": "chosen"}):
        state = await world.see("state", viewer="U0BEN")
    assert [each["text"] for each in state["messages"]["C0SUPPORT"]] == ["chosen"]
    async with world.http.post(payload["response_url"], json={"delete_original": True}):
        state = await world.see("state", viewer="U0BEN")
    assert state["messages"]["C0SUPPORT"] == []


async def test_a_click_carries_message_and_value(world: World, socket: Socket) -> None:
    ts = (await world.web.chat_postMessage(channel="C0SUPPORT", text="Ticket 77", blocks=[CARD]))[
        "ts"
    ]
    click = {"user": "U0BEN", "channel": "C0SUPPORT", "ts": ts}
    doing = world.play("click", **click, action_id="resolve", block_id="card")
    _, payload = await world.while_answering(doing, socket)
    [action] = payload["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("resolve", "77", "button")
    assert payload["message"]["ts"] == ts
    doing = world.play("click", **click, action_id="priority", value="high")
    _, payload = await world.while_answering(doing, socket)
    assert payload["actions"][0]["selected_option"]["value"] == "high"
    assert payload["state"]["values"]["card"]["priority"]["selected_option"]["value"] == "high"
    answer = await world.refused("click", **click, action_id="priority", value="low")
    assert answer["error"] == "'low' is not one of the options."
    answer = await world.refused("click", **click, action_id="explode")
    assert answer["error"] == "There is nothing with the action_id 'explode' to use there."


async def test_a_click_can_be_anybodys_whoever_sees_the_message(
    world: World, socket: Socket
) -> None:
    posted = await world.web.chat_postEphemeral(
        channel="C0SUPPORT", user="U0BEN", text="choose", blocks=[CARD]
    )
    click = {"user": "U0BEN", "channel": "C0SUPPORT", "ts": posted["message_ts"]}
    doing = world.play("click", **click, action_id="resolve", by="U0GUS")
    _, payload = await world.while_answering(doing, socket)
    assert payload["user"]["id"] == "U0GUS"
    answer = await world.refused("click", **click | {"user": "U0GUS"}, action_id="resolve")
    assert answer["error"] == "That message is not there any more."


async def test_an_acknowledged_click_is_delivered_again_as_it_was(
    world: World, socket: Socket
) -> None:
    await world.play("faults", deliver_times=2)
    ts = (await world.web.chat_postMessage(channel="C0SUPPORT", text="Ticket 77", blocks=[CARD]))[
        "ts"
    ]
    click = {"user": "U0BEN", "channel": "C0SUPPORT", "ts": ts}
    doing = world.play("click", **click, action_id="resolve")
    _, payload = await world.while_answering(doing, socket)
    assert (await socket.next())["payload"] == payload
    assert await socket.is_quiet()


async def test_a_message_shortcut_carries_the_message_of_a_channel_the_bot_cannot_read(
    world: World, socket: Socket
) -> None:
    ts = await world.write("secret", channel="C0VIP")
    where = {"user": "U0BEN", "channel": "C0VIP", "ts": ts}
    doing = world.play("shortcut", **where, callback_id="create_ticket")
    _, payload = await world.while_answering(doing, socket)
    assert payload["type"] == "message_action"
    assert payload["message"]["text"] == "secret"
    call = world.web.conversations_replies(channel="C0VIP", ts=ts)
    assert await error_of(call) == "channel_not_found"


async def test_a_trigger_opens_one_modal_within_three_seconds(
    world: World, socket: Socket, clock: Clock
) -> None:
    trigger_id = await shortcut(world, socket)
    await world.web.views_open(trigger_id=trigger_id, view=modal())
    again = world.web.views_open(trigger_id=trigger_id, view=modal())
    assert await error_of(again) == "exchanged_trigger_id"
    trigger_id = await shortcut(world, socket)
    clock.ahead += 3.5
    late = world.web.views_open(trigger_id=trigger_id, view=modal())
    assert await error_of(late) == "expired_trigger_id"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"submit": None},
        {"blocks": [{"type": "divider"}] * 101},
        {"colour": "red"},
    ],
)
async def test_invalid_views_are_refused(
    world: World, socket: Socket, wrong: dict[str, object]
) -> None:
    trigger_id = await shortcut(world, socket)
    call = world.web.views_open(trigger_id=trigger_id, view=modal(**wrong))
    assert await error_of(call) == "invalid_arguments"


async def test_a_submission_carries_values_and_closes_the_view(
    world: World, socket: Socket
) -> None:
    view = await open_modal(world, socket, private_metadata="m")
    where = {"user": "U0BEN", "view_id": view["id"]}
    answer = await world.refused("view/submit", **where, values={})
    assert answer["error"] == "Please complete all required fields."
    values = {"what": {"text": "broken"}}
    doing = world.play("view/submit", **where, values=values)
    _, payload = await world.while_answering(doing, socket)
    assert payload["view"]["private_metadata"] == "m"
    assert payload["view"]["state"]["values"]["what"]["text"]["value"] == "broken"
    assert await views_of_ben(world) == []


async def test_response_actions_show_errors_update_push_and_clear(
    world: World, socket: Socket
) -> None:
    view = await open_modal(world, socket)

    async def submit(view_id: str, answer: dict[str, Any]) -> list[dict[str, Any]]:
        values = {"what": {"text": "broken"}}
        doing = world.play("view/submit", user="U0BEN", view_id=view_id, values=values)
        await world.while_answering(doing, socket, answer)
        return await views_of_ben(world)

    errors = {"what": "Say more."}
    shown = await submit(view["id"], {"response_action": "errors", "errors": errors})
    assert shown[-1]["errors"] == errors
    shown = await submit(view["id"], {"response_action": "update", "view": modal(callback_id="b")})
    assert shown[-1]["callback_id"] == "b"
    shown = await submit(view["id"], {"response_action": "push", "view": modal()})
    assert [each["previous_view_id"] for each in shown] == [None, view["id"]]
    assert await submit(shown[-1]["id"], {"response_action": "clear"}) == []


async def test_the_fourth_view_of_a_stack_is_refused(world: World, socket: Socket) -> None:
    button = CARD | {"elements": CARD["elements"][:1]}
    view = await open_modal(world, socket, blocks=[button])
    for expected in ("", "", "push_limit_reached"):
        doing = world.play("view/click", user="U0BEN", view_id=view["id"], action_id="resolve")
        _, payload = await world.while_answering(doing, socket)
        push = {"trigger_id": payload["trigger_id"], "view": modal(blocks=[button])}
        if expected:
            assert await error_of(world.web.views_push(**push)) == expected
        else:
            view = (await world.web.views_push(**push))["view"]


async def test_an_outdated_hash_is_a_conflict_and_typed_text_survives_updates(
    world: World, socket: Socket
) -> None:
    view = await open_modal(world, socket)
    update = {"view_id": view["id"], "view": modal()}
    second = (await world.web.views_update(**update, hash=view["hash"]))["view"]
    assert second["hash"] != view["hash"]
    assert await error_of(world.web.views_update(**update, hash=view["hash"])) == "hash_conflict"


async def test_home_is_published_and_opened(world: World, socket: Socket) -> None:
    await world.play("home", user="U0BEN")
    event = await socket.event()
    assert (event["type"], event["tab"], event["user"]) == ("app_home_opened", "home", "U0BEN")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}]
    await world.web.views_publish(user_id="U0BEN", view={"type": "home", "blocks": blocks})
    home = (await world.see("state", viewer="U0BEN"))["home"]
    assert home["blocks"][0]["text"]["text"] == "Hello"
    assert (await world.see("state", viewer="U0MAYA"))["home"] is None


async def test_closing_tells_the_app_only_if_it_asked(world: World, socket: Socket) -> None:
    view = await open_modal(world, socket)
    await world.play("view/close", user="U0BEN", view_id=view["id"])
    view = await open_modal(world, socket, notify_on_close=True)
    doing = world.play("view/close", user="U0BEN", view_id=view["id"])
    _, payload = await world.while_answering(doing, socket)
    assert payload["type"] == "view_closed"
    assert payload["is_cleared"] is False
