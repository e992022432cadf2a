"""The interactive elements of Block Kit and the small objects inside them."""

from collections.abc import Iterator

from bot.playground.slack.blocks.checks import (
    Check,
    and_also,
    anything,
    boolean,
    integer,
    many,
    one_of,
    shape,
    string,
    text,
)
from bot.playground.slack.model import Json

ACTION_ID = string(255)
CONFIRM = shape(
    {
        "title": text(100, "plain_text"),
        "text": text(300),
        "confirm": text(30, "plain_text"),
        "deny": text(30, "plain_text"),
    },
    {"style": one_of("primary", "danger")},
)
OPTION = shape(
    {"text": text(75), "value": string(150)},
    {"description": text(75), "url": string(3000)},
)
_OPTION_GROUP = shape({"label": text(75, "plain_text"), "options": many(OPTION, 100)})
_COMMON: dict[str, Check] = {"confirm": CONFIRM, "focus_on_load": boolean}
_PLACEHOLDER: dict[str, Check] = {"placeholder": text(150, "plain_text"), **_COMMON}
_FILTER = shape(
    {},
    {
        "include": anything,
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_DISPATCH = shape(
    {}, {"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 2)}
)


def _element(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    return shape(required, {"action_id": ACTION_ID, **optional})


def _select(own: dict[str, Check], *, needs: dict[str, Check] | None = None) -> Check:
    return _element(needs or {}, {**_PLACEHOLDER, **own})


def _static(initial: dict[str, Check]) -> Check:
    choices = {"options": many(OPTION, 100), "option_groups": many(_OPTION_GROUP, 100)}
    return and_also(_select({**choices, **initial}), _has_choices)


def _has_choices(select: Json) -> Iterator[str]:
    if ("options" in select) == ("option_groups" in select):
        yield "must define either options or option_groups"


_MULTI: dict[str, Check] = {"max_selected_items": integer}
_IDS = many(string(255), 1000)

BUTTON = _element(
    {"text": text(75, "plain_text")},
    {
        "value": string(2000),
        "url": string(3000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything})
OVERFLOW = _element({"options": many(OPTION, 5)}, {"confirm": CONFIRM})
PLAIN_TEXT_INPUT = _element(
    {},
    {
        "placeholder": text(150, "plain_text"),
        "initial_value": string(3000),
        "multiline": boolean,
        "min_length": integer,
        "max_length": integer,
        "dispatch_action_config": _DISPATCH,
        "focus_on_load": boolean,
    },
)
_CHOICES: dict[str, Check] = {"options": many(OPTION, 10)}
_INPUTS: dict[str, Check] = {
    "checkboxes": _element(_CHOICES, {"initial_options": many(OPTION, 10), **_COMMON}),
    "radio_buttons": _element(_CHOICES, {"initial_option": OPTION, **_COMMON}),
    "datepicker": _select({"initial_date": string(10)}),
    "timepicker": _select({"initial_time": string(5), "timezone": string(100)}),
    "datetimepicker": _element({}, {"initial_date_time": integer, **_COMMON}),
    "static_select": _static({"initial_option": OPTION}),
    "multi_static_select": _static({"initial_options": many(OPTION, 100), **_MULTI}),
    "external_select": _select({"initial_option": OPTION, "min_query_length": integer}),
    "multi_external_select": _select(
        {"initial_options": many(OPTION, 100), "min_query_length": integer, **_MULTI}
    ),
    "users_select": _select({"initial_user": string(255)}),
    "multi_users_select": _select({"initial_users": _IDS, **_MULTI}),
    "conversations_select": _select(
        {
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        }
    ),
    "multi_conversations_select": _select(
        {
            "initial_conversations": _IDS,
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
            **_MULTI,
        }
    ),
    "channels_select": _select({"initial_channel": string(255), "response_url_enabled": boolean}),
    "multi_channels_select": _select({"initial_channels": _IDS, **_MULTI}),
}
_TYPED_INPUTS: dict[str, Check] = {
    "plain_text_input": PLAIN_TEXT_INPUT,
    "email_text_input": _select(
        {"initial_value": string(3000), "dispatch_action_config": _DISPATCH}
    ),
    "url_text_input": _select({"initial_value": string(3000), "dispatch_action_config": _DISPATCH}),
    "number_input": _select(
        {
            "initial_value": string(3000),
            "min_value": string(50),
            "max_value": string(50),
            "dispatch_action_config": _DISPATCH,
        },
        needs={"is_decimal_allowed": boolean},
    ),
    "rich_text_input": _select({"initial_value": anything, "dispatch_action_config": _DISPATCH}),
    "file_input": _element({}, {"filetypes": many(string(50), 100), "max_files": integer}),
}
IN_ACTIONS: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW, **_INPUTS}
IN_SECTION: dict[str, Check] = {**IN_ACTIONS, "image": IMAGE}
IN_INPUT: dict[str, Check] = {**_INPUTS, **_TYPED_INPUTS}
IN_CONTEXT: dict[str, Check] = {"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}
