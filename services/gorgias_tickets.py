"""Tickets and messages as Gorgias describes them, read tolerantly: fields may be absent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

Json = dict[str, Any]

NOTE_CHANNEL = "internal-note"
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class TicketMessage:
    """A message of a ticket."""

    id: int
    external_id: str | None
    from_agent: bool
    channel: str
    is_public: bool = False
    """The customer can read it."""
    author: str | None = None
    text: str = ""
    """What this message itself says, without what it quotes."""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """The facts of a ticket. `messages` is empty where only the compact shape was read."""

    id: int
    external_id: str | None
    status: str
    priority: str | None
    customer_id: int | None
    assignee: str | None
    has_assignee: bool
    tags: tuple[str, ...]
    trashed: bool
    created_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime | None
    messages: tuple[TicketMessage, ...] = ()


def read_ticket(item: Mapping[str, Any]) -> Ticket:
    """Read either shape of a ticket."""
    assignee = item.get("assignee_user") or {}
    team = item.get("assignee_team") or {}
    customer = item.get("customer") or {}
    return Ticket(
        id=int(item["id"]),
        external_id=item.get("external_id"),
        status=str(item.get("status") or "open"),
        priority=item.get("priority"),
        customer_id=customer.get("id"),
        assignee=assignee.get("name") or assignee.get("email"),
        has_assignee=bool(assignee.get("id") or team.get("id")),
        tags=tuple(str(tag.get("name")) for tag in item.get("tags") or ()),
        trashed=item.get("trashed_datetime") is not None,
        created_at=read_time(item.get("created_datetime")),
        closed_at=read_time(item.get("closed_datetime")),
        updated_at=read_time(item.get("updated_datetime")),
        messages=tuple(read_message(message) for message in item.get("messages") or ()),
    )


def read_message(item: Mapping[str, Any]) -> TicketMessage:
    """Read one message of a ticket."""
    channel = str(item.get("channel") or "")
    sender = item.get("sender") or {}
    return TicketMessage(
        id=int(item.get("id") or 0),
        external_id=item.get("external_id"),
        from_agent=bool(item.get("from_agent")),
        channel=channel,
        # Some shapes leave `public` out; a note never is.
        is_public=channel != NOTE_CHANNEL and bool(item.get("public", True)),
        author=sender.get("name") or None,
        text=_words(item),
        files=len(item.get("attachments") or ()),
    )


def _words(item: Mapping[str, Any]) -> str:
    """Prefer the text that Gorgias has freed of quotations and signatures."""
    for name in ("stripped_text", "body_text"):
        if text := str(item.get(name) or "").strip():
            return text
    html = str(item.get("stripped_html") or item.get("body_html") or "")
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()


def read_time(value: str | None) -> datetime | None:
    """Read an ISO 8601 time; one without an offset is UTC."""
    if not value:
        return None
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
