"""The mirror of Gorgias' tickets: their facts, whose they are, and what they add up to.

Days and hours are the shop's own. What lies in the trash or is spam counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.bulk import among
from storage.database import Connection
from storage.models import (
    customer_scores,
    customers,
    model_runs,
    order_lines,
    orders,
    products,
    thread_links,
    tickets,
)
from storage.scores import is_active

READ_UNTIL = "tickets.read_until"
"""Bookmark: the newest change in Gorgias that is known; the next poll reads on from it."""

POLLED_AT = "tickets.polled_at"
"""Bookmark: all changes in Gorgias up to this time are known, as a poll found."""

FILLED_AT = "tickets.filled_at"
"""Bookmark: when every ticket had been read once. Until then a count here says nothing."""

FILLED_TICKETS = "tickets.filled"
"""Bookmark: how many tickets the first filling has read so far."""


@dataclass(frozen=True, slots=True)
class MirroredTicket:
    """A ticket as Gorgias' list shows it; `customer_id` and `product_id` are ours."""

    id: int
    gorgias_customer_id: int | None
    email: str | None
    customer_id: int | None
    status: str
    is_trashed: bool
    is_spam: bool
    priority: str
    channel: str
    assignee: str | None
    subject: str
    tags: list[str]
    product_id: int | None
    created_at: datetime
    created_day: int
    created_hour: int
    closed_at: datetime | None
    updated_at: datetime
    messages_count: int
    waiting_since: datetime
    """The customer's last message; without any, the creation."""


class Satisfaction(NamedTuple):
    """One answer to a satisfaction survey."""

    score: int
    """1 to 5."""
    scored_at: datetime


class QueuedTicket(NamedTuple):
    """An open ticket, what its customer is worth, and the thread it was made from, if any."""

    id: int
    subject: str
    priority: str
    assignee: str | None
    created_at: datetime
    waiting_since: datetime
    value: int | None
    """Expected spend in 365 days, minor units; None: not scored, or nobody we know."""
    p_no_order: float | None
    channel: str | None
    root_ts: str | None


class Purchase(NamedTuple):
    """A product that a customer ordered."""

    customer_id: int
    product_id: int
    sku: str
    title: str
    number: str | None
    """Of the order."""


class HourCount(NamedTuple):
    """Tickets that were created in one hour of one day."""

    day: int
    hour: int
    tickets: int


class ProductTickets(NamedTuple):
    product_id: int
    tickets: int


_COUNTS = and_(~tickets.c.is_trashed, ~tickets.c.is_spam)
IS_OPEN: ColumnElement[bool] = and_(tickets.c.status == "open", _COUNTS)
"""Waits for somebody."""
IS_ANSWERED = and_(tickets.c.score.is_not(None), tickets.c.scored_at.is_not(None))
"""Has an answer to its satisfaction survey."""


async def save(connection: Connection, found: Sequence[MirroredTicket]) -> None:
    """Add or replace tickets, unless a newer state of one is stored already."""
    if not found:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    told = dialect.insert(tickets)
    fresh = {name: told.excluded[name] for name in MirroredTicket.__slots__ if name != "id"}
    newest = told.on_conflict_do_update(
        index_elements=["id"],
        set_=fresh,
        where=tickets.c.updated_at <= told.excluded.updated_at,
    )
    await connection.execute(newest, [asdict(each) for each in found])


async def unchanged(connection: Connection, found: Sequence[MirroredTicket]) -> set[int]:
    """Tell which of these tickets are stored just so, as far as a thread in Slack shows them.

    A change may fall into the same second as the one before it, so the time alone says nothing.
    """
    names = ("id", "status", "is_trashed", "priority", "assignee", "messages_count")
    ids = [each.id for each in found]
    query = select(*(tickets.c[name] for name in names)).where(among(connection, tickets.c.id, ids))
    stored = {tuple(row) for row in await connection.execute(query)}
    return {each.id for each in found if tuple(getattr(each, name) for name in names) in stored}


async def priority_at(connection: Connection, ticket_id: int, moment: datetime) -> str | None:
    """Read the priority a ticket had when it was changed then; None: not known any more."""
    query = select(tickets.c.priority).where(
        tickets.c.id == ticket_id, tickets.c.updated_at == moment
    )
    return (await connection.execute(query)).scalar()


async def rate(connection: Connection, ticket_id: int, given: Satisfaction) -> bool:
    """Keep the customer's answer to the survey of a ticket; tells whether it was news."""
    changed = await connection.execute(
        update(tickets)
        .where(tickets.c.id == ticket_id, tickets.c.score.is_distinct_from(given.score))
        .values(score=given.score, scored_at=given.scored_at)
    )
    return changed.rowcount > 0


async def forget(connection: Connection, ticket_ids: Sequence[int]) -> None:
    """Drop tickets that were deleted in Gorgias for good."""
    await connection.execute(delete(tickets).where(among(connection, tickets.c.id, ticket_ids)))


async def erase_customer(connection: Connection, customer_id: int) -> None:
    """Drop everything about one of our customers."""
    await connection.execute(delete(tickets).where(tickets.c.customer_id == customer_id))


async def known_customers(
    connection: Connection, gorgias_ids: Sequence[int], emails: Sequence[str]
) -> tuple[dict[int, int], dict[str, int]]:
    """Find our ids by Gorgias' ids and by e-mail; of several the oldest."""
    by_gorgias: dict[int, int] = {}
    by_email: dict[str, int] = {}
    own = customers.c
    query = select(own.id, own.gorgias_id, own.email).where(
        or_(among(connection, own.gorgias_id, gorgias_ids), among(connection, own.email, emails))
    )
    for customer_id, gorgias_id, email in await connection.execute(query.order_by(own.id.desc())):
        if gorgias_id is not None:
            by_gorgias[gorgias_id] = customer_id
        if email is not None:
            by_email[email] = customer_id
    return by_gorgias, by_email


async def link_customers(connection: Connection, after: int, limit: int) -> int | None:
    """Give tickets without a customer theirs, in the order of their ids, from behind `after`.

    Returns the last id looked at; None when there are no more.
    """
    own = tickets.c
    waiting = select(own.id).where(own.customer_id.is_(None), own.email.is_not(None))
    ids = (
        await connection.scalars(waiting.where(own.id > after).order_by(own.id).limit(limit))
    ).all()
    if not ids:
        return None
    found = select(func.min(customers.c.id)).where(customers.c.email == own.email).scalar_subquery()
    await connection.execute(
        update(tickets).where(among(connection, own.id, ids)).values(customer_id=found)
    )
    return int(ids[-1])


async def purchases_of(
    connection: Connection, customer_ids: Sequence[int], limit: int = 20_000
) -> list[Purchase]:
    """List what these customers ordered, the newest first."""
    query = (
        select(
            orders.c.customer_id,
            products.c.id,
            products.c.sku,
            products.c.title,
            orders.c.number,
        )
        .join(order_lines, order_lines.c.order_id == orders.c.id)
        .join(products, products.c.id == order_lines.c.product_id)
        .where(among(connection, orders.c.customer_id, customer_ids), ~products.c.is_fee)
        .order_by(orders.c.placed_day.desc())
        .limit(limit)
    )
    return [Purchase(*row) for row in await connection.execute(query)]


async def linked_ids(connection: Connection) -> set[int]:
    """List the mirrored tickets that were made from Slack and are not resolved there."""
    query = select(tickets.c.id).join(thread_links, thread_links.c.ticket_id == tickets.c.id)
    return set(await connection.scalars(query.where(thread_links.c.state == "open")))


async def count_open(connection: Connection, customer_id: int) -> int:
    """Count a customer's open tickets."""
    query = select(func.count()).where(tickets.c.customer_id == customer_id, IS_OPEN)
    return int((await connection.execute(query)).scalar_one())


async def open_ids(connection: Connection) -> list[int]:
    """List the open tickets, whosever they are."""
    return list(await connection.scalars(select(tickets.c.id).where(IS_OPEN)))


async def open_queue(
    connection: Connection, run_kind: str, limit: int = 2_000
) -> list[QueuedTicket]:
    """List open tickets, the longest waiting first, with what their customers are worth."""
    own, score, link = tickets.c, customer_scores.c, thread_links.c
    source = (
        tickets.outerjoin(model_runs, is_active(run_kind))
        .outerjoin(
            customer_scores,
            and_(score.run_id == model_runs.c.id, score.customer_id == own.customer_id),
        )
        .outerjoin(thread_links, link.ticket_id == own.id)
    )
    query = (
        select(
            own.id,
            own.subject,
            own.priority,
            own.assignee,
            own.created_at,
            own.waiting_since,
            score.value_365,
            score.p_no_order,
            link.channel,
            link.root_ts,
        )
        .select_from(source)
        .where(IS_OPEN, or_(link.state.is_(None), link.state == "open"))
        .order_by(own.waiting_since, own.id)
        .limit(limit)
    )
    return [QueuedTicket._make(row) for row in await connection.execute(query)]


async def last_answers(
    connection: Connection, customer_id: int, limit: int = 3
) -> list[Satisfaction]:
    """List a customer's answers to satisfaction surveys, the newest first."""
    query = (
        select(tickets.c.score, tickets.c.scored_at)
        .where(tickets.c.customer_id == customer_id, IS_ANSWERED)
        .order_by(tickets.c.scored_at.desc())
        .limit(limit)
    )
    return [Satisfaction(*row) for row in await connection.execute(query)]


async def created_by_hour(connection: Connection, first_day: int, last_day: int) -> list[HourCount]:
    """Count new tickets by hour; hours without any are left out."""
    own = tickets.c
    query = (
        select(own.created_day, own.created_hour, func.count())
        .where(own.created_day.between(first_day, last_day), _COUNTS)
        .group_by(own.created_day, own.created_hour)
        .order_by(own.created_day, own.created_hour)
    )
    return [HourCount(*row) for row in await connection.execute(query)]


async def created_by_day(connection: Connection, first: int, last: int) -> dict[int, int]:
    """Count new tickets by day; days without any are left out."""
    own = tickets.c
    query = (
        select(own.created_day, func.count())
        .where(own.created_day.between(first, last), _COUNTS)
        .group_by(own.created_day)
    )
    rows = await connection.execute(query)
    return {day: count for day, count in rows}  # noqa: C416 - rows are not pairs


async def first_day(connection: Connection) -> int | None:
    """Find the day of the oldest ticket; None without any."""
    day: int | None = await connection.scalar(select(func.min(tickets.c.created_day)))
    return day


async def count_created(connection: Connection, first: int, last: int) -> int:
    """Count tickets created from the day `first` to the day `last`."""
    query = select(func.count()).where(tickets.c.created_day.between(first, last), _COUNTS)
    return int((await connection.execute(query)).scalar_one())


async def by_product(connection: Connection, first: int, last: int) -> list[ProductTickets]:
    """Count tickets that name a product, created from the day `first` to the day `last`."""
    own = tickets.c
    query = (
        select(own.product_id, func.count())
        .where(own.product_id.is_not(None), own.created_day.between(first, last), _COUNTS)
        .group_by(own.product_id)
    )
    return [ProductTickets(*row) for row in await connection.execute(query)]


def unhappy_since(at: datetime, worst: int = 2) -> ColumnElement[bool]:
    """Hold for tickets whose survey was answered with `worst` or less since a moment."""
    return and_(tickets.c.score <= worst, tickets.c.scored_at >= at)
