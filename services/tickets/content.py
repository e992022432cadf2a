"""What a ticket from Slack is: an internal note holding the thread, sent to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import accumulate
from typing import Any

from services.ports import SLACK, File, Message, Thread
from services.tickets.subjects import LONGEST, shorten

LONGEST_BODY = 200_000
LONGEST_ESCAPE = len("&quot;") + 1


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file that could not be copied, and why."""

    file: File
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a ticket is made of. `attachments` are Gorgias's own upload objects."""

    external_id: str
    thread: Thread
    reporter: str
    permalink: str | None
    attachments: Sequence[dict[str, Any]]
    linked_files: Sequence[LinkedFile]
    tags: Sequence[str]
    sender: dict[str, Any]
    customer: dict[str, Any] | None
    subject: str
    priority: str = "normal"


def ticket_body(draft: Draft) -> dict[str, Any]:
    """Build the JSON of `POST /api/tickets`."""
    note = {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "external_id": f"{draft.external_id}:first",
        "sender": draft.sender,
        "source": {"type": "internal-note"},
        "subject": draft.subject,
        "body_html": body_html(draft),
        "body_text": body_text(draft),
    }
    if draft.attachments:
        note["attachments"] = list(draft.attachments)
    ticket: dict[str, Any] = {
        "external_id": draft.external_id,
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "status": "open",
        "subject": draft.subject,
        "priority": draft.priority,
        "tags": [{"name": name} for name in draft.tags],
        "meta": {
            "slack_channel": draft.thread.channel,
            "slack_ts": draft.thread.root_ts,
            "key": draft.external_id,
        },
        "messages": [note],
    }
    if draft.customer is not None:
        ticket["customer"] = draft.customer
    return ticket


def note_body(external_id: str, sender: dict[str, Any], html: str, text: str) -> dict[str, Any]:
    """Build the JSON of an internal note on a ticket."""
    return {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "external_id": external_id,
        "sender": sender,
        "source": {"type": "internal-note"},
        "body_html": html,
        "body_text": text,
    }


def body_html(draft: Draft) -> str:
    """Render the whole thread in order. Only our own tags, everything else escaped."""
    thread = draft.thread
    head = escape(_head(draft))
    if draft.permalink:
        head += f' · <a href="{escape(draft.permalink)}">open in Slack</a>'
    parts = [f"<p><i>{head}</i></p>"]
    parts += [message_html(message) for message in thread.messages if not message.is_card]
    if thread.left_out:
        parts.append(f"<p><i>{thread.left_out} more replies stand in Slack.</i></p>")
    parts += [_linked_file_html(linked) for linked in draft.linked_files]
    body = "".join(parts)
    return body if len(body) <= LONGEST_BODY else _shortened(parts, thread.messages[0])


def _shortened(parts: list[str], root: Message) -> str:
    """Keep whole messages while there is room, and of a huge first one its beginning."""
    sizes = accumulate(map(len, parts))
    kept = [part for part, size in zip(parts, sizes, strict=True) if size <= LONGEST_BODY]
    if len(kept) == 1:
        kept.append(f"<p>{escape(root.text[: LONGEST_BODY // LONGEST_ESCAPE])}…</p>")
    return "".join(kept) + "<p><i>Shortened; the rest stands in Slack.</i></p>"


def message_html(message: Message) -> str:
    """Render one message with its author and time."""
    files = "".join(f"<br>📎 {escape(file.name)}" for file in message.files)
    when = _clock(message.at)
    return f"<p><b>{escape(message.author)}</b> · {when}<br>{message.html}{files}</p>"


def body_text(draft: Draft) -> str:
    """Say the same without markup."""
    thread = draft.thread
    lines = [_head(draft)]
    if draft.permalink:
        lines.append(draft.permalink)
    lines += [message_text(message) for message in thread.messages if not message.is_card]
    lines += [
        f"File not copied: {linked.file.name} ({linked.reason}) {linked.file.permalink}"
        for linked in draft.linked_files
    ]
    text = "\n\n".join(lines)
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + "… (shortened)"


def message_text(message: Message) -> str:
    """Render one message as plain text."""
    return f"{message.author} · {_clock(message.at)}\n{message.text}"


def clean_subject(subject: str) -> str:
    """Bound a subject that was stored earlier; never empty."""
    return shorten(subject, LONGEST) or "Message from Slack"


def _head(draft: Draft) -> str:
    """Say who reported it, and from where."""
    by = f"Reported from {draft.thread.origin} by {draft.reporter}"
    return f"{by} in {_place(draft.thread)}" if draft.thread.origin == SLACK else by


def _place(thread: Thread) -> str:
    """Name the channel as people do; what is none has a name of several words."""
    return thread.channel_name if " " in thread.channel_name else f"#{thread.channel_name}"


def _linked_file_html(linked: LinkedFile) -> str:
    link = f'<a href="{escape(linked.file.permalink)}">{escape(linked.file.name)}</a>'
    return f"<p>File not copied: {link} ({escape(linked.reason)})</p>"


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
