"""Whom a ticket is about: exactly one identified customer, or openly nobody yet."""

import re
from dataclasses import dataclass
from typing import Any

from services.gorgias import CONFLICT, Gorgias, GorgiasRefusedError
from services.ports import Message, Thread
from services.tickets.desk import SET_CUSTOMER, Desk
from storage import customers
from storage.customers import Customer
from storage.jobs import Job, NewJob
from storage.links import Link

MOST_CHOICES = 5
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Requester:
    """One customer, several to choose from, or neither.

    `gorgias` is the `customer` of the ticket's JSON; absent when nobody is identified, because
    nothing is ever attached to a placeholder.
    """

    customer_id: int | None = None
    candidates: tuple[int, ...] = ()
    gorgias: dict[str, Any] | None = None


async def identify(desk: Desk, link: Link, thread: Thread) -> Requester:
    """Look for the customer in the first message, then in the whole thread."""
    if link.customer_id is not None:
        return await chosen(desk, link.customer_id)
    root, *replies = [message for message in thread.messages if not message.is_card]
    for text in (root.text, _joined([root, *replies])):
        matches = await desk.customers.identify(text)
        found = tuple(dict.fromkeys(match.customer_id for match in matches))
        if len(found) == 1:
            return await chosen(desk, found[0])
        if found:
            return Requester(candidates=found[:MOST_CHOICES])
    return await _known_to_gorgias_only(desk, _joined([root, *replies]))


async def chosen(desk: Desk, customer_id: int) -> Requester:
    """Find or make the Gorgias customer of one of ours."""
    async with desk.database.read() as connection:
        customer = await customers.get(connection, customer_id)
    gorgias_id = customer.gorgias_id
    if gorgias_id is None:
        gorgias_id = await _find_or_make(desk.gorgias, customer)
        if gorgias_id is not None:
            async with desk.database.transaction() as connection:
                await customers.set_gorgias_id(connection, customer_id, gorgias_id)
    known = None if gorgias_id is None else {"id": gorgias_id}
    return Requester(customer_id=customer_id, gorgias=known)


def customer_job(link: Link, job: Job) -> NewJob:
    """Build the job that brings the link's customer to its Gorgias ticket."""
    return NewJob(
        kind=SET_CUSTOMER,
        key=f"customer:{link.id}:after:{job.id}",
        order_key=link.order_key,
        payload={"link_id": link.id},
        correlation_id=job.correlation_id,
    )


async def _known_to_gorgias_only(desk: Desk, text: str) -> Requester:
    """Somebody may have written in before their first order."""
    emails = list(dict.fromkeys(found.lower() for found in _EMAIL.findall(text)))
    if len(emails) != 1:
        return Requester()
    gorgias_id = await desk.gorgias.find_customer(email=emails[0], phone=None)
    return Requester(gorgias=None if gorgias_id is None else {"id": gorgias_id})


async def _find_or_make(gorgias: Gorgias, customer: Customer) -> int | None:
    if customer.email is None and customer.phone is None:
        return None
    found = await gorgias.find_customer(email=customer.email, phone=customer.phone)
    if found is not None:
        return found
    made: dict[str, Any] = {"name": customer.name or customer.email or customer.phone}
    if customer.email is not None:
        made["email"] = customer.email
    else:
        made["channels"] = [{"type": "phone", "address": customer.phone, "preferred": True}]
    try:
        return await gorgias.create_customer(made)
    except GorgiasRefusedError as error:
        if error.http_status != CONFLICT:
            raise
        return await gorgias.find_customer(email=customer.email, phone=customer.phone)


def _joined(messages: list[Message]) -> str:
    return "\n".join(message.text for message in messages)
