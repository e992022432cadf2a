"""The form of a channel's settings."""

import json
from dataclasses import asdict, dataclass

from listeners.views.forms import form_input
from listeners.views.parts import Block, context, escape, plain, section
from services.channel_settings import ChannelRules, OwnSettings
from services.emoji import Emoji

OPEN_SETTINGS = "home_channel_settings"
SETTINGS_FORM = "channel_settings_form"
TRIAGE, TICKET, RESOLVE, CLAIM, TAGS = "triage", "ticket", "resolve", "claim", "tags"
TITLE = "Channel settings"
IS_TRIAGE = "is_triage"
LONGEST_TYPED = 300
OUT_OF_DATE = "This form is out of date, so nothing was saved. Close it and open it again."
VERSION = 1


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """What the form must remember."""

    channel: str
    version: int = VERSION

    def to_metadata(self) -> str:
        return json.dumps(asdict(self))


def read_form(metadata: str) -> SettingsForm | None:
    """Read back what the form remembered; None for a form of another version."""
    try:
        kept = json.loads(metadata)
        return SettingsForm(str(kept["channel"])) if kept["version"] == VERSION else None
    except (ValueError, KeyError, TypeError):
        return None


def settings_form(own: OwnSettings, everywhere: Emoji, tags: tuple[str, ...]) -> Block:
    """Ask what this channel does differently."""
    return {
        "type": "modal",
        "callback_id": SETTINGS_FORM,
        "private_metadata": SettingsForm(own.channel).to_metadata(),
        "title": plain(TITLE),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            section(f"*<#{own.channel}>*\nWhat stays empty is as in every other channel."),
            _emoji_input(TICKET, "Emoji that file a ticket", own.ticket_emoji, everywhere.ticket),
            _emoji_input(CLAIM, "Emoji that take a ticket", own.claim_emoji, everywhere.claim),
            _emoji_input(
                RESOLVE, "Emoji that resolve a ticket", own.resolve_emoji, everywhere.resolve
            ),
            _text_input(TAGS, "Tags of every ticket from here", own.tags, f"Beside: {_list(tags)}"),
            _triage_input(is_triage=own.is_triage),
            context(
                "Emoji are written by name, separated by spaces or commas; the first is the one I "
                "use myself. Changes hold at once; tickets that exist keep their tags."
            ),
        ],
    }


def saved(channel: str, rules: ChannelRules) -> Block:
    """Say what holds from now on."""
    emoji = rules.emoji
    text = (
        f"Saved. In <#{channel}> {_named(emoji.ticket)} files, {_named(emoji.claim)} takes and "
        f"{_named(emoji.resolve)} resolves a ticket.\nTags: {escape(_list(rules.tags), 600)}."
    )
    if rules.is_triage:
        text += f"\n:{emoji.resolve[0]}: on a message without a ticket offers to make one."
    blocks = [section(text)]
    return {"type": "modal", "title": plain(TITLE), "close": plain("Close"), "blocks": blocks}


def _triage_input(*, is_triage: bool) -> Block:
    option = {
        "text": plain("This is a triage channel"),
        "description": plain(
            "A ✅ on a message without a ticket offers to make one, to its author"
        ),
        "value": IS_TRIAGE,
    }
    boxes: Block = {"type": "checkboxes", "options": [option]}
    chosen = {**boxes, "initial_options": [option]} if is_triage else boxes
    return form_input(TRIAGE, "Triage", chosen, optional=True)


def _emoji_input(block_id: str, label: str, own: list[str], everywhere: tuple[str, ...]) -> Block:
    names = [f":{name}:" for name in own]
    return _text_input(block_id, label, names, f"Everywhere else: {_named(everywhere)}", " ")


def _text_input(
    block_id: str, label: str, values: list[str], hint: str, separator: str = ", "
) -> Block:
    typed: Block = {"type": "plain_text_input", "max_length": LONGEST_TYPED}
    if values:
        typed["initial_value"] = separator.join(values)
    return form_input(block_id, label, typed, hint=hint, optional=True)


def _named(names: tuple[str, ...]) -> str:
    return " ".join(f":{name}:" for name in names)


def _list(tags: tuple[str, ...]) -> str:
    return ", ".join(tags) or "none"
