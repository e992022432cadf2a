"""The pieces every view is made of, within Slack's limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import regex

from listeners.markup import escape_mrkdwn
from services.days import spoken_time

Block = dict[str, Any]

View = tuple[str, list[Block]]
"""The text a notification reads out, and the blocks."""

SECTION_LIMIT = 3_000
PLAIN_LIMIT = 75
HEADER_LIMIT = 150
_GRAPHEME = regex.compile(r"\X")


def truncate(text: str, limit: int) -> str:
    """Cut between what people see as characters: an emoji of seven code points stays whole."""
    if len(text) <= limit:
        return text
    kept: list[str] = []
    length = 0
    for grapheme in _GRAPHEME.findall(text):
        if length + len(grapheme) > limit - 1:
            break
        kept.append(grapheme)
        length += len(grapheme)
    return "".join(kept) + "…"


def escape(text: str, limit: int = 300) -> str:
    """Make other people's words safe in mrkdwn, and short enough to leave room."""
    return escape_mrkdwn(truncate(text, limit))


def date_token(at: datetime, form: str = "{date_short_pretty}") -> str:
    """Show a moment in the reader's own time zone; UTC where Slack cannot."""
    return f"<!date^{int(at.timestamp())}^{form}|{spoken_time(at)}>"


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": truncate(text, SECTION_LIMIT)}


def plain(text: str, limit: int = PLAIN_LIMIT) -> Block:
    return {"type": "plain_text", "text": truncate(text, limit), "emoji": True}


def section(
    text: str,
    *,
    fields: Sequence[str] = (),
    accessory: Block | None = None,
) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if fields:
        block["fields"] = [mrkdwn(field) for field in fields]
    if accessory:
        block["accessory"] = accessory
    return block


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def divider() -> Block:
    return {"type": "divider"}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def confirmation(title: str, consequence: str, yes: str) -> Block:
    """Ask before what cannot be undone, naming what will happen."""
    return {
        "title": plain(title, 100),
        "text": plain(consequence, 300),
        "confirm": plain(yes, 30),
        "deny": plain("Cancel"),
    }


def button(
    text: str,
    action_id: str,
    *,
    value: str | None = None,
    url: str | None = None,
    label: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """Draw a button; `label` is what a screen reader says where the text is too short."""
    block: Block = {"type": "button", "text": plain(text), "action_id": action_id}
    optional = {"value": value, "url": url, "accessibility_label": label, "confirm": confirm}
    return {**block, **{name: given for name, given in optional.items() if given}}
