"""Tickets and lists of them. Customers are masked."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from commands.schemas.parts import Moment


class UrgencyJson(TypedDict):
    """Why a ticket stands where it stands."""

    at_risk: float | None
    is_assumed: Annotated[bool, Field(description="Not a scored customer: the queue's middle")]
    priority_factor: float
    waiting_hours: float
    points: float


class TicketLineJson(TypedDict):
    """A ticket as a list shows it."""

    ticket_id: Annotated[int | None, Field(description="null: Gorgias has not taken it yet")]
    url: str | None
    subject: str
    priority: str
    assignee: str | None
    since: Moment
    urgency: UrgencyJson | None


class TicketListJson(TypedDict):
    """One page of a list."""

    total: int
    tickets: list[TicketLineJson]
    list: str


class TicketJson(TypedDict):
    """One ticket as its card shows it."""

    ticket_id: int | None
    url: str | None
    permalink: str | None
    subject: str
    state: str
    priority: str
    assignee: str | None
    customer: str | None
    waiting: Annotated[bool, Field(description="Gorgias does not answer; a change is to come")]
    problem: Annotated[str | None, Field(description="What Gorgias refused, and why")]


class TicketPageJson(TypedDict):
    """Open tickets, and where the next page begins."""

    tickets: list[TicketLineJson]
    next_cursor: str | None


class TicketRequestJson(TypedDict):
    """A ticket that is stored and will be made; `url` tells how far it is."""

    reference: str
    url: str


class WorkJson(TypedDict):
    """Something that Gorgias has still to be told, or never was."""

    what: str
    subject: str
    reason: str | None
    next_try_seconds: int
    age_seconds: int


class QueueJson(TypedDict):
    """What waits for Gorgias, and what was given up."""

    waiting: list[WorkJson]
    waiting_total: int
    given_up: list[WorkJson]
    given_up_total: int
