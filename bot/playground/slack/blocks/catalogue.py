"""The blocks of Block Kit, each with its fields and limits."""

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
    typed,
)
from bot.playground.slack.blocks.elements import (
    BUTTON,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
)
from bot.playground.slack.model import Json


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape(required, {"block_id": string(255), **(optional or {})})


def _says_something(section: Json) -> Iterator[str]:
    if not section.get("text") and not section.get("fields"):
        yield "must provide either text or fields"


def _distinct_actions(actions: Json) -> Iterator[str]:
    elements = actions.get("elements") or []
    ids = [each.get("action_id") for each in elements if isinstance(each, dict)]
    for action_id in {each for each in ids if each and ids.count(each) > 1}:
        yield f"action_id `{action_id}` already exists"


def _has_one_source(image: Json) -> Iterator[str]:
    if ("image_url" in image) == ("slack_file" in image):
        yield "must provide either image_url or slack_file"


_SECTION = _block(
    {},
    {
        "text": text(3000),
        "fields": many(text(2000), 10),
        "accessory": typed(IN_SECTION),
        "expand": boolean,
    },
)
_ACTIONS = _block({"elements": many(typed(IN_ACTIONS), 25)})
_IMAGE = _block(
    {"alt_text": string(2000)},
    {"image_url": string(3000), "slack_file": anything, "title": text(2000, "plain_text")},
)
_VIDEO = _block(
    {
        "alt_text": string(2000),
        "title": text(199, "plain_text"),
        "thumbnail_url": string(3000),
        "video_url": string(3000),
    },
    {
        "author_name": string(49),
        "description": text(2000, "plain_text"),
        "provider_icon_url": string(3000),
        "provider_name": string(2000),
        "title_url": string(3000),
    },
)
_CARD_IMAGE = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything})
CARD = _block(
    {},
    {
        "hero_image": _CARD_IMAGE,
        "icon": _CARD_IMAGE,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200, "mrkdwn"),
        "actions": many(typed({"button": BUTTON}), 25),
    },
)
_FEEDBACK = {"feedback_buttons": anything, "icon_button": anything}
_CELL = typed({"raw_text": anything, "raw_number": anything, "rich_text": anything})
_ROW = many(_CELL, 20)
_RICH_TEXT_PARTS = {
    "rich_text_section": anything,
    "rich_text_list": anything,
    "rich_text_preformatted": anything,
    "rich_text_quote": anything,
}

BLOCKS: dict[str, Check] = {
    "actions": and_also(_ACTIONS, _distinct_actions),
    "alert": _block(
        {"text": text(3000)},
        {"level": one_of("default", "info", "warning", "error", "success")},
    ),
    "card": CARD,
    "carousel": _block({"elements": many(typed({"card": CARD}), 10)}),
    "context": _block({"elements": many(typed(IN_CONTEXT), 10)}),
    "context_actions": _block({"elements": many(typed(_FEEDBACK), 5)}),
    "data_table": _block(
        {"caption": string(2000), "rows": many(_ROW, 101, least=2)},
        {"page_size": integer, "row_header_column_index": integer},
    ),
    "divider": _block({}),
    "file": _block({"external_id": string(255), "source": one_of("remote")}),
    "header": _block({"text": text(150, "plain_text")}, {"level": integer}),
    "image": and_also(_IMAGE, _has_one_source),
    "input": _block(
        {"label": text(2000, "plain_text"), "element": typed(IN_INPUT)},
        {"hint": text(2000, "plain_text"), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": _block({"text": string(12_000)}),
    "rich_text": _block({"elements": many(typed(_RICH_TEXT_PARTS), 1000)}),
    "section": and_also(_SECTION, _says_something),
    "table": _block(
        {"rows": many(_ROW, 100)},
        {"column_settings": many(anything, 20, least=0)},
    ),
    "video": _VIDEO,
}
