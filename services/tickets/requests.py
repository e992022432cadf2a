"""Tickets that programs ask for: stored once under the key of the request, done like a form."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from typing import ClassVar
from uuid import uuid4

from services.errors import ExpectedError
from services.tickets.desk import TAKE_FORM, Desk
from services.tickets.intake import FORM_CHANNEL, FormSent
from storage import idempotency, links
from storage.database import Lane
from storage.idempotency import Answered
from storage.jobs import NewJob

TEAM = "api"
REFERENCE = "api-"


class KeyReusedError(ExpectedError):
    """The same idempotency key came with something else."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was sent with another body within the last 24 hours, so nothing "
            "was done. Use a new key for a new ticket."
        )


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """What a program asks for. `text` is in Slack's markup, so that it arrives as written."""

    subject: str
    text: str
    customer: str
    """E-mail, phone, order number, id or name; empty: whoever the text names."""
    priority: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requester:
    """The program that asks: the owner of its key, and the key it chose for this ticket."""

    owner: str
    idempotency_key: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class TicketRequests:
    """Takes requests in. What is returned is stored, and will be done."""

    desk: Desk

    async def create(self, asked: TicketRequest, by: Requester) -> str:
        """Store a ticket to be made and return its reference; the same again returns the same.

        Raises KeyReusedError, and what `Customers.find` raises for the customer.
        """
        digest = hashlib.sha256(json.dumps(asdict(asked), sort_keys=True).encode()).digest()
        async with self.desk.database.read() as connection:
            known = await idempotency.find(connection, by.owner, by.idempotency_key)
        if known is not None:
            return _same(known, digest)
        customer_id = await self.desk.customers.find(asked.customer) if asked.customer else None
        form = _form(asked, by, customer_id)
        answered = Answered(by.owner, by.idempotency_key, digest, form.form_id)
        async with self.desk.database.transaction(Lane.INTERACTIVE) as connection:
            if not await idempotency.keep(connection, answered):
                known = await idempotency.find(connection, by.owner, by.idempotency_key)
                return _same(known or answered, digest)
            await links.want(
                connection,
                team=form.team,
                channel=FORM_CHANNEL,
                root_ts=form.form_id,
                subject=form.subject,
            )
            await self.desk.ledger.enqueue(connection, _job(form, by))
        return form.form_id


def _same(known: Answered, digest: bytes) -> str:
    if known.digest != digest:
        raise KeyReusedError
    return known.answer


def _form(asked: TicketRequest, by: Requester, customer_id: int | None) -> FormSent:
    now = f"{time.time():.6f}"
    return FormSent(
        team=TEAM,
        form_id=f"{REFERENCE}{uuid4().hex[:28]}",
        actor="",
        act_ts=now,
        subject=asked.subject,
        message={
            "ts": now,
            "username": by.owner,
            "text": asked.text,
            "channel": FORM_CHANNEL,
            "origin": "the API",
        },
        customer_id=customer_id,
        priority=asked.priority,
        tags=list(asked.tags),
    )


def _job(form: FormSent, by: Requester) -> NewJob:
    return NewJob(
        kind=TAKE_FORM,
        key=f"form:{form.form_id}",
        order_key=f"form:{form.form_id}",
        payload=asdict(form),
        correlation_id=by.correlation_id,
    )
