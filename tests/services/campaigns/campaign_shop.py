"""A scored shop whose customers have consents, tickets, returns and tags that are known."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert, update

from services.campaigns import Campaigns, Person
from services.campaigns.audiences import Audiences
from services.insights import Insights
from services.pool import ProcessPool
from services.scoring import Scoring
from storage import tickets
from storage.database import Database
from storage.jobs import Ledger
from storage.models import (
    customer_scores,
    customers,
    model_runs,
    order_lines,
    orders,
    products,
)
from storage.models import tickets as tickets_table
from storage.tickets import MirroredTicket, Satisfaction
from tests.services.kept import Rows, fill, keep
from tests.services.scoring.drawn_shop import add_orders, small_shop

ZONE = ZoneInfo("UTC")
SIZE = 900
DOMAIN = "shop.example"
ADMIN = Person("U0OLIVIA", is_admin=True)
OTHER_ADMIN = Person("U0MAYA", is_admin=True)
AGENT = Person("U0BEN", is_admin=False)
SOAP, MUG = 1, 2
TABLES = (customers, products, model_runs, orders, order_lines, tickets_table, customer_scores)
_kept: dict[bool, Rows] = {}
"""What was calculated, with and without a helpdesk."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is true of one customer."""

    id: int
    consent: str
    has_email: bool
    is_internal: bool
    has_open_ticket: bool
    is_unhappy: bool
    awaits_refund: bool

    @property
    def reason(self) -> str:
        """Why left out, by the order in which reasons are given; empty for who is in."""
        ladder = {
            "unsubscribed": self.consent == "unsubscribed",
            "consent unknown": self.consent == "unknown",
            "no e-mail address": not self.has_email,
            "employee or test address": self.is_internal,
            "open ticket": self.has_open_ticket,
            "recently unhappy with support": self.is_unhappy,
            "return not refunded yet": self.awaits_refund,
        }
        return next((words for words, holds in ladder.items() if holds), "")


def people(seed: int = 11) -> list[Known]:
    """Draw everybody's state."""
    random = np.random.default_rng(seed)
    draws = random.random((SIZE, 6))
    consents = np.array(["subscribed", "unsubscribed", "unknown"])
    return [
        Known(
            number,
            str(consents[np.searchsorted([0.7, 0.85], row[0])]),
            has_email=bool(row[1] < 0.95),
            is_internal=bool(row[2] < 0.02),
            has_open_ticket=bool(row[3] < 0.1),
            is_unhappy=bool(row[4] < 0.08),
            awaits_refund=bool(row[5] < 0.05),
        )
        for number, row in enumerate(draws, 1)
    ]


def email_of(known: Known) -> str | None:
    if not known.has_email:
        return None
    domain = DOMAIN if known.is_internal else "example.com"
    return f"p{known.id}@{domain}"


async def open_shop(
    database: Database, pool: ProcessPool, *, alone_up_to: int = 10_000, with_helpdesk: bool = True
) -> tuple[Campaigns, list[Known]]:
    """Give an empty database the scored shop, calculated once a run.

    A running bot drops tickets that its Gorgias lacks, and knows no internal domain.
    """
    known = people()
    if not with_helpdesk:
        known = [
            replace(each, has_open_ticket=False, is_unhappy=False, is_internal=False)
            for each in known
        ]
    if with_helpdesk not in _kept:
        await _calculate(database, pool, known)
        _kept[with_helpdesk] = await keep(database, TABLES)
    else:
        await fill(database, _kept[with_helpdesk])
    insights = Insights(database, pool, "USD", ZONE)
    audiences = Audiences(database, insights, (DOMAIN,))
    return Campaigns(database, audiences, Ledger(database), alone_up_to), known


async def _calculate(database: Database, pool: ProcessPool, known: list[Known]) -> None:
    """Fill the database and score it."""
    rows = small_shop(SIZE)
    await add_orders(database, rows)
    first_order = {customer: n for n, (customer, *_) in reversed([*enumerate(rows, 1)])}
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        await connection.execute(
            insert(products),
            [
                {"id": SOAP, "sku": "SOAP", "title": "Soap"},
                {"id": MUG, "sku": "MUG", "title": "Mug"},
            ],
        )
        lines = [
            (n, 1, SOAP if row[0] is not None and row[0] % 2 else MUG)
            for n, row in enumerate(rows, 1)
        ]
        await connection.execute(
            insert(order_lines),
            [
                {"order_id": n, "line": line, "product_id": which, "quantity": 1, "amount": 1}
                for n, line, which in lines
            ],
        )
        for each in known:
            await connection.execute(
                update(customers)
                .where(customers.c.id == each.id)
                .values(
                    email=email_of(each),
                    consent=each.consent,
                    name=f"Person {each.id}",
                    country="GB" if each.id % 3 else "DE",
                    tags=["VIP", "Größe"] if each.id % 10 == 0 else [],
                )
            )
            if each.awaits_refund:
                await connection.execute(
                    update(orders)
                    .where(orders.c.id == first_order[each.id])
                    .values(status="return_requested")
                )
        await tickets.save(connection, [_ticket(each, now) for each in known if _has_ticket(each)])
        for each in known:
            if each.is_unhappy:
                answer = Satisfaction(1, now - timedelta(days=5))
                await tickets.rate(connection, each.id, answer)
    await Scoring(database, pool, currency="USD", zone=ZONE).refresh()


def _has_ticket(known: Known) -> bool:
    return known.has_open_ticket or known.is_unhappy


def _ticket(known: Known, now: datetime) -> MirroredTicket:
    return MirroredTicket(
        id=known.id,
        gorgias_customer_id=None,
        email=email_of(known),
        customer_id=known.id,
        status="open" if known.has_open_ticket else "closed",
        is_trashed=False,
        is_spam=False,
        priority="normal",
        channel="email",
        assignee=None,
        subject="",
        tags=[],
        product_id=None,
        created_at=now,
        created_day=20_000,
        created_hour=9,
        closed_at=None,
        updated_at=now,
        waiting_since=now,
        messages_count=1,
    )
