"""What the one card of a ticket says; how it looks is up to the views."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TicketState(StrEnum):
    """The life of a ticket as the thread shows it."""

    OFFERED = "offered"
    WANTED = "wanted"
    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """One of several customers a ticket could be about, told apart without revealing them."""

    customer_id: int
    label: str


@dataclass(frozen=True, slots=True)
class TicketCard:
    """Everything the card shows. Customer data is already masked: channels have audiences."""

    key: str
    link_id: int
    channel: str
    root_ts: str
    card_channel: str
    card_thread_ts: str | None
    """None: the card stands by itself in a direct message."""
    reference: str
    state: TicketState
    waiting: bool
    ticket_id: int | None
    ticket_url: str | None
    subject: str
    priority: str
    assignee: str | None
    reported_by: tuple[str, ...]
    customer: str | None
    last_order: str | None
    choices: tuple[CustomerChoice, ...]
    changed_by: str | None
    changed_at: datetime | None
    deleted_at: datetime | None
    problem: str | None
