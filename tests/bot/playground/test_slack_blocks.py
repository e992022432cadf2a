from typing import Any

import pytest

from bot.playground.slack.blocks import check_message_blocks
from bot.playground.slack.errors import SlackError


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def section(**more: object) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "hi"}} | more


def button(**more: object) -> dict[str, Any]:
    return {"type": "button", "action_id": "go", "text": plain("Go")} | more


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def select(**more: object) -> dict[str, Any]:
    options = [{"text": plain("A"), "value": "a"}]
    return {"type": "static_select", "action_id": "pick", "options": options} | more


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        (
            [section(text=plain("x" * 3001))],
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [{"type": "header", "text": plain("x" * 151)}],
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
            "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
        ),
        (
            [actions(button(text=plain("x" * 76)))],
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            [actions(button(value="x" * 2001))],
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            [section(block_id="x" * 256)],
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (
            [actions(*(button(action_id=str(n)) for n in range(26)))],
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [actions(button(), button())],
            "action_id `go` already exists [json-pointer:/blocks/0]",
        ),
        (
            [section(fields=[plain("x")] * 11)],
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            [{"type": "context", "elements": [plain("x")] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [{"type": "image", "image_url": "https://example.com/a.png"}],
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
        (
            [section(block_id="a"), section(block_id="a")],
            "block_id `a` already exists [json-pointer:/blocks]",
        ),
        ([{"type": "poem"}], "unsupported type: poem [json-pointer:/blocks/0/type]"),
        ([{"text": plain("x")}], "missing required field: type [json-pointer:/blocks/0]"),
        (
            [section(colour="red")],
            "invalid additional property: colour [json-pointer:/blocks/0]",
        ),
        (
            [section(text=plain(""))],
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [actions(select(options=[{"text": plain("x" * 76), "value": "a"}]))],
            (
                "must be less than 76 characters "
                "[json-pointer:/blocks/0/elements/0/options/0/text/text]"
            ),
        ),
        (
            [section(accessory=select(options=[]))],
            "no fewer than 1 items allowed [json-pointer:/blocks/0/accessory/options]",
        ),
        (
            [actions(button(style="loud"))],
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
    ],
)
def test_blocks_beyond_slacks_limits_are_refused(
    blocks: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(SlackError) as caught:
        check_message_blocks(blocks)
    assert caught.value.code == "invalid_blocks"
    assert message in caught.value.extra["errors"]
    assert f"[ERROR] {message}" in caught.value.extra["response_metadata"]["messages"]


def test_blocks_at_the_limits_pass_and_get_ids() -> None:
    checked = check_message_blocks(
        [
            section(text=plain("x" * 3000), accessory=select()),
            {"type": "header", "text": plain("x" * 150)},
            actions(*(button(action_id=str(n), value="x" * 2000) for n in range(25))),
            {"type": "divider"},
            {"type": "context", "elements": [plain("x")] * 10},
        ]
    )
    assert all(each["block_id"] for each in checked)
