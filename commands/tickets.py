"""What there is to do, and what waits for Gorgias.

/tickets mine
/tickets open
/tickets urgent
/tickets queue
/tickets 77
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from commands.grammar import nearest, whole_number
from commands.help import EMPTY, Help, Topic
from commands.people import Caller
from commands.schemas.tickets import (
    QueueJson,
    TicketJson,
    TicketLineJson,
    TicketListJson,
    UrgencyJson,
    WorkJson,
)
from services.cards import TicketCard
from services.days import day_and_month
from services.errors import NotAllowedError, WrongInputError
from services.money import Money
from services.scoring.task import CHURN_DAYS
from services.urgency import Urgency
from services.work_list import Queue, QueuedWork, Which, WorkItem, WorkList, WorkLists

NAME = "tickets"
LONG_HOURS = 72
HIGHEST_TICKET = 999_999_999_999
HELP = Help(
    "Type /tickets and what you want to see:",
    (
        Topic("/tickets mine", "yours: reported, claimed or assigned"),
        Topic("/tickets open", "all that are not resolved, newest first"),
        Topic("/tickets urgent", "all of Gorgias, by money at risk, priority and waiting time"),
        Topic("/tickets queue", "what waits for Gorgias, and what it refused"),
        Topic("/tickets 77", "one ticket"),
    ),
)

Subject = Literal["mine", "open", "urgent", "queue", "number", "help"]
SUBJECTS: tuple[Subject, ...] = ("mine", "open", "urgent", "queue")
"""What can be typed as a word."""


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def work_lists(self) -> WorkLists: ...


@dataclass(frozen=True, slots=True)
class TicketsRequest:
    """`number` is that of a ticket; `offset` is how many of a list were shown before."""

    subject: Subject
    number: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class TicketList:
    """One page of a list."""

    page: WorkList

    def to_text(self) -> str:
        """Say the list in lines; an empty one teaches."""
        if not self.page.total:
            return EMPTY_LIST[self.page.which]
        lines = [heading(self.page), *map(item_line, self.page.items)]
        return "\n".join([*lines, *_more(self.page.left)])

    def to_json(self) -> TicketListJson:
        return {
            "list": self.page.which.value,
            "total": self.page.total,
            "tickets": [line_json(item) for item in self.page.items],
        }


@dataclass(frozen=True, slots=True)
class QueueAnswer:
    """What waits and what was given up; `may_act`: the asker may replay and discard."""

    queue: Queue
    may_act: bool

    def to_text(self) -> str:
        """Say it in lines; an empty queue is good news."""
        queue = self.queue
        if not queue.waiting_total and not queue.dead_total:
            return NOTHING_WAITS
        lines = [queue_heading(queue)]
        lines += [waiting_line(number, work) for number, work in enumerate(queue.waiting, 1)]
        lines += _more(queue.waiting_total - len(queue.waiting))
        if queue.dead_total:
            lines += [dead_heading(queue), *map(dead_line, queue.dead)]
            lines += _more(queue.dead_total - len(queue.dead))
        return "\n".join(lines)

    def to_json(self) -> QueueJson:
        return {
            "waiting": [_work_json(work) for work in self.queue.waiting],
            "waiting_total": self.queue.waiting_total,
            "given_up": [_work_json(work) for work in self.queue.dead],
            "given_up_total": self.queue.dead_total,
        }


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """One ticket as its card shows it; `permalink` leads to its thread."""

    card: TicketCard
    permalink: str | None

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        card = self.card
        return "\n".join(
            [
                f"Ticket {card.ticket_id}  {card.subject}",
                f"Status    {card.state}",
                f"Customer  {card.customer or 'unknown'}",
                f"Assignee  {card.assignee or 'nobody yet'}",
                f"Priority  {card.priority}",
                f"Gorgias   {card.ticket_url}",
                f"Slack     {self.permalink or 'no thread'}",
            ],
        )

    def to_json(self) -> TicketJson:
        card = self.card
        return {
            "ticket_id": card.ticket_id,
            "url": card.ticket_url,
            "permalink": self.permalink,
            "subject": card.subject,
            "state": card.state.value,
            "priority": card.priority,
            "assignee": card.assignee,
            "customer": card.customer,
            "waiting": card.waiting,
            "problem": card.problem,
        }


EMPTY_LIST = {
    Which.MINE: (
        "Nothing is waiting for you. React 👀 on a message that has a ticket to take it, or 🎫 on "
        "any message to create one."
    ),
    Which.OPEN: (
        "No open tickets made from Slack; /tickets urgent lists all of Gorgias. React 🎫 on any "
        "message to create one."
    ),
    Which.URGENT: "No open tickets, so nothing is urgent. React 🎫 on any message to create one.",
}
NOTHING_WAITS = "Nothing waits for Gorgias: everything you did here has arrived there."


def parse(text: str) -> TicketsRequest:
    """Read what follows the command's name."""
    word = text.lower()
    if word in EMPTY:
        return TicketsRequest("help")
    for subject in SUBJECTS:
        if word == subject:
            return TicketsRequest(subject)
    if any(character.isnumeric() for character in word):
        return TicketsRequest("number", whole_number(text, "A ticket number", HIGHEST_TICKET))
    meant = nearest(word, SUBJECTS)
    rest = f"Did you mean /tickets {meant}?" if meant else f"Known: {', '.join(SUBJECTS)}."
    raise WrongInputError(f"There is no /tickets {text[:40]}, so nothing was done. {rest}")


async def run(
    request: TicketsRequest,
    caller: Caller,
    services: Services,
) -> TicketList | QueueAnswer | TicketAnswer | Help:
    """Raise NotAllowedError to who may not see tickets, NotFoundError for an unknown number."""
    if not caller.is_agent:
        raise NotAllowedError(
            "Only the support team may see tickets. Ask an admin to add you to it.",
        )
    match request.subject:
        case "help":
            return HELP
        case "queue":
            return QueueAnswer(await services.work_lists.queue(), may_act=caller.is_admin)
        case "number":
            card = await services.work_lists.ticket(request.number)
            return TicketAnswer(card, await services.work_lists.permalink(card))
        case subject:
            which = Which(subject)
            return TicketList(
                await services.work_lists.page(which, caller.user_id, request.offset),
            )


def heading(page: WorkList) -> str:
    """`3 open tickets`."""
    plural = "" if page.total == 1 else "s"
    return {
        Which.MINE: f"{page.total:,} ticket{plural} of yours",
        Which.OPEN: f"{page.total:,} open ticket{plural}",
        Which.URGENT: f"{page.total:,} open ticket{plural}, the most urgent first",
    }[page.which]


def item_title(item: WorkItem) -> str:
    """`Ticket 77`, or what it is before it has a number."""
    return f"Ticket {item.ticket_id}" if item.ticket_id else "Saved, not yet in Gorgias"


def item_facts(item: WorkItem) -> str:
    """`high priority · Ben Okafor · Gorgias is not answering`."""
    facts = [f"{item.priority} priority", item.assignee or "unassigned"]
    if item.is_waiting:
        facts.append("waits for Gorgias")
    if item.urgency:
        facts.append(_stake(item.urgency))
    return " · ".join(facts)


def urgency_lines(item: WorkItem, urgency: Urgency) -> list[str]:
    """Do the sum that puts a ticket where it stands, a step a line."""
    money = urgency.at_risk
    if money is None:
        risk = "No customer of an open ticket is scored yet, so each counts 1."
    elif urgency.worth is None:
        risk = f"Money at risk {money}: not a scored customer, so the middle of the open queue."
    else:
        value = Money(urgency.worth.value, money.currency)
        risk = (
            f"Money at risk {money} = {value} expected in 365 days x "
            f"{urgency.worth.p_no_order:.2%} chance of no order within {CHURN_DAYS} days"
        )
    days = urgency.waiting_hours / 24
    return [
        f"{item_title(item)} · {item.subject}",
        risk,
        f"x {urgency.factor:g} for {item.priority} priority",
        f"x {1 + days:.4f} for {_hours(urgency)} of waiting: once more for every day",
        f"= {urgency.points:,.2f} points; the most points come first",
    ]


def _stake(urgency: Urgency) -> str:
    """`£120.00 at risk · waits 5 h`."""
    about = "about " if urgency.worth is None else ""
    money = f"{about}{urgency.at_risk} at risk · " if urgency.at_risk else ""
    return f"{money}waits {_hours(urgency)}"


def _hours(urgency: Urgency) -> str:
    hours = urgency.waiting_hours
    if hours >= LONG_HOURS:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} h" if hours >= 1 else f"{hours * 60:.0f} min"


def item_line(item: WorkItem) -> str:
    """One ticket in one line."""
    since = day_and_month(item.since)
    return f"{item_title(item)} · {item.subject} · {item_facts(item)} · since {since}"


def queue_heading(queue: Queue) -> str:
    """Say how much waits."""
    if not queue.waiting_total:
        return "Nothing waits for Gorgias."
    verb = "changes wait" if queue.waiting_total > 1 else "change waits"
    return f"{queue.waiting_total:,} {verb} for Gorgias; nobody needs to repeat anything."


def dead_heading(queue: Queue) -> str:
    """Say how much was given up, and that it is not lost."""
    was = "changes were" if queue.dead_total > 1 else "change was"
    return f"{queue.dead_total:,} {was} given up and did not happen. An admin can retry."


def waiting_line(position: int, work: QueuedWork) -> str:
    """`1. Copy a reply: Late parcel · Gorgias is not answering. · next try in 4 s`."""
    when = f"next try in {work.next_try_seconds} s" if work.next_try_seconds else "being tried now"
    return f"{position}. {_named(work)} · {work.reason or 'Not tried yet.'} · {when}"


def dead_line(work: QueuedWork) -> str:
    """`Copy a reply: Late parcel · Gorgias refused this (HTTP 400).`."""
    return f"{_named(work)} · {work.reason or 'The reason stands in the log.'}"


def _named(work: QueuedWork) -> str:
    return f"{work.what}: {work.subject}" if work.subject else work.what


def _more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def line_json(item: WorkItem) -> TicketLineJson:
    """Tell a ticket as a list shows it."""
    return {
        "ticket_id": item.ticket_id,
        "url": item.url,
        "subject": item.subject,
        "priority": item.priority,
        "assignee": item.assignee,
        "since": item.since.isoformat(),
        "urgency": _urgency_json(item.urgency) if item.urgency else None,
    }


def _urgency_json(urgency: Urgency) -> UrgencyJson:
    return {
        "at_risk": float(urgency.at_risk.major) if urgency.at_risk else None,
        "is_assumed": urgency.worth is None,
        "priority_factor": urgency.factor,
        "waiting_hours": round(urgency.waiting_hours, 2),
        "points": round(urgency.points, 2),
    }


def _work_json(work: QueuedWork) -> WorkJson:
    return {
        "what": work.what,
        "subject": work.subject,
        "reason": work.reason,
        "next_try_seconds": work.next_try_seconds,
        "age_seconds": work.age_seconds,
    }
