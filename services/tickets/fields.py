"""Who has a ticket and how urgent it is: brought to what people in Slack chose last."""

from typing import Any

import structlog

from services.gorgias_tickets import Ticket
from services.tickets.creation import card_job
from services.tickets.desk import Desk
from services.tickets.telling import tell_in_thread
from storage import links
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

PRESSED = ("status", "priority", "assignee")
"""What buttons ask for, each kept on the link until a sync has followed it."""
PRIORITIES = ("critical", "high", "normal", "low")


def fresh_press(link: Link, field: str) -> dict[str, Any] | None:
    """Return what a button asked for and no sync has followed yet: value, by, ts."""
    press: dict[str, Any] | None = link.acts.get(field)
    if press is None or press["ts"] == link.acts.get(f"{field}_followed"):
        return None
    return press


async def follow_fields(desk: Desk, job: Job, link: Link, claimed_by: str | None) -> None:
    """Follow buttons and 👀; an emoji taken away gives the ticket back."""
    if press := fresh_press(link, "priority"):
        await _set_priority(desk, job, link, press)
    if press := fresh_press(link, "assignee"):
        await _assign(desk, job, link, press["value"], assignee_followed=press["ts"])
    elif claimed_by != link.acts.get("claimed_by"):
        await _assign(desk, job, link, claimed_by, claimed_by=claimed_by)


async def _set_priority(desk: Desk, job: Job, link: Link, press: dict[str, Any]) -> None:
    changes: dict[str, Any] = {}
    if press["value"] in PRIORITIES and link.ticket_id is not None:
        await desk.gorgias.update_ticket(link.ticket_id, {"priority": press["value"]})
        changes = {"priority": press["value"]}
    await _save(desk, job, link, changes, priority_followed=press["ts"])


async def _assign(desk: Desk, job: Job, link: Link, user_id: str | None, **followed: Any) -> None:  # noqa: ANN401 - JSON
    """Assign to the Gorgias user with the same e-mail; None gives the ticket back."""
    if link.ticket_id is None:
        return
    if user_id is None:
        await desk.gorgias.update_ticket(link.ticket_id, {"assignee_user": None})
        await _save(desk, job, link, {"assignee": None}, **followed)
        return
    person = await desk.people.get(user_id)
    user = await desk.gorgias.find_user(person.email) if person.email else None
    if user is None:
        sentence = (
            f"Ticket {link.ticket_id} was not assigned: {person.name} has no Gorgias user with the "
            "e-mail of the Slack profile. A Gorgias admin can add one."
        )
        await tell_in_thread(desk, job, link, user_id, sentence)
        await _save(desk, job, link, {}, **followed)
        return
    ticket: Ticket = await desk.gorgias.update_ticket(
        link.ticket_id,
        {"assignee_user": {"id": user.id}},
    )
    await _save(desk, job, link, {"assignee": ticket.assignee or user.name}, **followed)
    log.info("ticket.assigned", ticket_id=link.ticket_id)


async def _save(
    desk: Desk,
    job: Job,
    link: Link,
    changes: dict[str, Any],
    **followed: Any,  # noqa: ANN401 - JSON
) -> None:
    async with desk.ledger.fenced(job) as connection:
        if changes:
            await links.save(connection, link.id, **changes)
        await links.merge_acts(connection, link.id, **followed)
        await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
