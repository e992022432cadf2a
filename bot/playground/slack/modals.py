"""Views: what makes one valid, and what Slack keeps of the typed values."""

from typing import Any

from bot.playground.slack.blocks import MOST_IN_VIEW, block_problems, elements_of, with_ids
from bot.playground.slack.blocks.checks import (
    Problems,
    anything,
    boolean,
    one_of,
    shape,
    string,
    text,
)
from bot.playground.slack.errors import SlackError
from bot.playground.slack.ids import new_id
from bot.playground.slack.model import Json, View

MOST_ON_STACK = 3
_LARGEST = 250_000
_SHARED = {
    "private_metadata": string(3000, shortest=0),
    "callback_id": string(255),
    "external_id": string(255, shortest=0),
}
_MODAL = shape(
    {"type": one_of("modal"), "title": text(24, "plain_text"), "blocks": anything},
    {
        "submit": text(24, "plain_text"),
        "close": text(24, "plain_text"),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
        **_SHARED,
    },
)
_HOME = shape({"type": one_of("home"), "blocks": anything}, _SHARED)


def check_view(content: Json, view_type: str) -> Json:
    """Return `content` with block_ids, or raise as views.open does."""
    problems: Problems = []
    (_HOME if view_type == "home" else _MODAL)(content, "/view", problems)
    blocks = content.get("blocks")
    if not isinstance(blocks, list):
        blocks = []
        problems.append("must be an array [json-pointer:/view/blocks]")
    problems += [
        each.replace(":/blocks", ":/view/blocks") for each in block_problems(blocks, MOST_IN_VIEW)
    ]
    has_input = any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    if has_input and view_type == "modal" and not content.get("submit"):
        problems.append("missing required field: submit [json-pointer:/view]")
    if problems:
        raise SlackError.with_messages("invalid_arguments", problems)
    if len(str(content)) > _LARGEST:
        raise SlackError("view_too_large")
    return content | {"blocks": with_ids(blocks)}


def new_view(user: str, content: Json, above: View | None = None) -> View:
    view_id = new_id("V")
    root_id = above.root_id if above else view_id
    previous = above.id if above else None
    view = View(view_id, user, content, new_hash(), root_id, previous)
    view.values = initial_values(content["blocks"])
    return view


def new_hash() -> str:
    return new_id("").lower()


def replace_content(view: View, content: Json) -> None:
    """Show `content` in `view`; what was typed stays where block and action are the same."""
    fresh = initial_values(content["blocks"])
    for block_id, actions in fresh.items():
        for action_id in actions:
            typed = view.values.get(block_id, {}).get(action_id)
            if typed is not None:
                actions[action_id] = typed
    view.content, view.values, view.errors, view.hash = content, fresh, {}, new_hash()


def initial_values(blocks: list[Json]) -> Json:
    """Return the state of every input before anybody typed."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if is_stateful(element):
                of_block = values.setdefault(block["block_id"], {})
                of_block[element["action_id"]] = _initial(element)
    return values


def is_stateful(element: Json) -> bool:
    return element["type"] not in ("button", "overflow")


def typed_value(element: Json, value: Any) -> Json:  # noqa: ANN401 - whatever fits the element
    """Say `value` in the form that state and actions have for this kind of element."""
    kind = element["type"]
    field = _FIELDS.get(kind, "value")
    if field == "selected_option":
        return {"type": kind, field: _option(element, value)}
    if field == "selected_options":
        return {"type": kind, field: [_option(element, each) for each in value or []]}
    return {"type": kind, field: value}


def is_empty(value: Json) -> bool:
    return all(each in (None, "", []) for name, each in value.items() if name != "type")


_FIELDS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}


def _initial(element: Json) -> Json:
    field = _FIELDS.get(element["type"], "value")
    initial = "initial_" + field.removeprefix("selected_")
    empty: list[Json] | None = [] if field.endswith("s") else None
    return {"type": element["type"], field: element.get(initial, empty)}


def _option(element: Json, value: object) -> Json | None:
    """Find the option with `value` among those the element offers."""
    if value in (None, ""):
        return None
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(o for group in groups for o in group["options"])]
    for option in options:
        if option["value"] == value:
            chosen: Json = option
            return chosen
    raise SlackError("invalid_option")
