"""What the one card of a ticket says; how it looks is up to the views."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Ids of what people press on a card; views draw them, `services.tickets.presses` acts on them.
RESOLVE_TICKET = "ticket_resolve"
REOPEN_TICKET = "ticket_reopen"
UNDO_TICKET = "ticket_undo"
FILE_ANYWAY = "ticket_file_anyway"
ASSIGN_TO_ME = "ticket_assign_to_me"
ASSIGN_TO = "ticket_assign_to"
SET_PRIORITY = "ticket_set_priority"
CHOOSE_CUSTOMER = "ticket_choose_customer"
NAME_CUSTOMER = "ticket_name_customer"
CREATE_AND_RESOLVE = "ticket_create_and_resolve"

PRESSES = (
    RESOLVE_TICKET,
    REOPEN_TICKET,
    UNDO_TICKET,
    FILE_ANYWAY,
    ASSIGN_TO_ME,
    ASSIGN_TO,
    SET_PRIORITY,
    CHOOSE_CUSTOMER,
    NAME_CUSTOMER,
    CREATE_AND_RESOLVE,
)
"""All of them."""


class TicketState(StrEnum):
    """The life of a ticket as the thread shows it."""

    OFFERED = "offered"
    WANTED = "wanted"
    OPEN = "open"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


IN_GORGIAS = "gorgias"
"""Stands in `changed_by` for whoever changed a ticket in the helpdesk; it does not tell us who."""


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """What an agent wrote in Gorgias, to be shown in the thread of its ticket."""

    key: str
    channel: str
    thread_ts: str
    author: str
    is_note: bool
    """Written for colleagues; the customer does not see it."""
    text: str
    files: int
    ticket_id: int
    ticket_url: str


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
