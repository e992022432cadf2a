"""What is seen of an insight: heading, tables as text, how sure it is, and a form to change it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from commands.insight_answers import ChurnAnswer, InsightAnswer
from commands.insight_choices import Choice, choices, typed
from listeners.views.parts import (
    Block,
    View,
    actions,
    button,
    confirmation,
    context,
    escape,
    plain,
    section,
)
from services.insights.request import InsightRequest

CHANGE = "insights_change"
EXPORT = "insights_export"
CHANGE_MODAL = "insights_change_modal"
CHOSEN = "value"

LONGEST_TABLE = 2_800
"""Characters; a section holds 3,000."""
MOST_TABLES = 8
NOTE = 600


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """What the form must remember: where to answer, and the request that is changed, as typed."""

    channel: str
    typed: str

    def to_metadata(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def read_metadata(metadata: str) -> ChangeForm | None:
    """Read back what a form was for; None for a form of another version."""
    try:
        kept: Any = json.loads(metadata)
        return ChangeForm(str(kept["channel"]), str(kept["typed"]))
    except (ValueError, KeyError, TypeError):
        return None


def insight_card(answer: InsightAnswer, request: InsightRequest | None = None) -> View:
    """Draw the figures; a picture is a file of its own. With the request it can be changed."""
    blocks = [section(f"*{escape(answer.heading)}*")]
    for title, lines in answer.tables[:MOST_TABLES]:
        blocks.append(_table(title, lines))
    blocks.append(context(*(escape(note, NOTE) for note in answer.notes)))
    if request:
        blocks.append(_buttons(answer, typed(request)))
    return escape(answer.heading), blocks


def change_modal(request: InsightRequest, channel: str) -> Block:
    """Ask for another period or another cut."""
    return {
        "type": "modal",
        "callback_id": CHANGE_MODAL,
        "private_metadata": ChangeForm(channel, typed(request)).to_metadata(),
        "title": plain("Change insight", 24),
        "submit": plain("Look", 24),
        "close": plain("Cancel", 24),
        "blocks": [_field(choice) for choice in choices(request)],
    }


def read_choices(state: Mapping[str, Any]) -> dict[str, str]:
    """Read what was chosen in each field."""
    values: Mapping[str, Any] = state.get("values") or {}
    chosen = {
        name: (field.get(CHOSEN) or {}).get("selected_option") for name, field in values.items()
    }
    return {name: str(option["value"]) for name, option in chosen.items() if option}


def _field(choice: Choice) -> Block:
    options = {
        value: {"text": plain(text), "value": value} for value, text in choice.options.items()
    }
    return {
        "type": "input",
        "block_id": choice.name,
        "label": plain(choice.label),
        "element": {
            "type": "static_select",
            "action_id": CHOSEN,
            "options": list(options.values()),
            "initial_option": options[choice.chosen],
        },
    }


def _buttons(answer: InsightAnswer, asked: str) -> Block:
    change = button("Change…", CHANGE, value=asked, label="Change this insight")
    if not isinstance(answer, ChurnAnswer):
        return actions(change)
    people, fitting = len(answer.churn.customers), answer.churn.size
    rest = f" For all {fitting:,} add top={fitting}." if people < fitting else ""
    ask = confirmation(
        "Export these customers?",
        f"A file with names and e-mail addresses of {people:,} customers comes to our direct "
        f"messages.{rest} That you took it is noted.",
        "Export",
    )
    return actions(change, button("Export CSV", EXPORT, value=asked, confirm=ask))


def _table(title: str, lines: list[str]) -> Block:
    """Set lines in one width; whole lines are left out where there is no room."""
    room, kept = LONGEST_TABLE - len(title), []
    for line in lines:
        # A grave accent would end the block early.
        safe = escape(line.replace("`", "'"))
        room -= len(safe) + 1
        if room < 0:
            break
        kept.append(safe)
    figures = "```\n" + "\n".join(kept) + "\n```"
    return section(f"{escape(title)}\n{figures}" if title else figures)
