"""Who fits the rules of a campaign, and the reason why somebody is left out, as SQL conditions."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.bulk import among
from storage.campaigns.members import Arm
from storage.database import Connection
from storage.models import (
    RETURNING,
    Instant,
    campaign_members,
    campaigns,
    customer_scores,
    customers,
    orders,
    tickets,
)
from storage.tickets import IS_OPEN, unhappy_since

_INTERNAL_TAGS = ("employee", "staff", "internal", "test")
_EIGHTY = 2.563
"""Widths of a normal distribution's standard deviation between the bounds of 80 %."""


class Reason(IntEnum):
    """Why somebody who fits the rules is left out; IN for those who are not."""

    IN = 0
    UNSUBSCRIBED = 1
    CONSENT_UNKNOWN = 2
    NO_EMAIL = 3
    SAME_EMAIL = 4
    INTERNAL = 5
    OWNS_PRODUCT = 6
    OPEN_TICKET = 7
    UNHAPPY = 8
    OPEN_RETURN = 9
    IN_EXPERIMENT = 10
    CONTACTED = 11
    RANKED_LOWER = 12


@dataclass(frozen=True, slots=True)
class AudienceQuery:
    """Whom to look for among the scored, in the terms of the tables; None and () do not narrow.

    `window` weighs the scores of 30, 90 and 365 days into those of the campaign's window.
    """

    run_id: int
    window: tuple[float, float, float]
    segments: tuple[int, ...] = ()
    churn_bands: tuple[int, ...] = ()
    min_value: int | None = None
    max_value: int | None = None
    min_days_since: int | None = None
    max_days_since: int | None = None
    bought: tuple[int, ...] | None = None
    """Customers who bought what must have been bought; see `buyers`."""
    speaks_for: tuple[int, ...] | None = None
    """Customers who bought what speaks for a product."""
    owners: tuple[int, ...] | None = None
    """Customers who have that product already."""
    countries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    twins: tuple[int, ...] = ()
    """Customers whose address somebody else has; see `twins`."""
    open_ticket: bool = True
    unhappy_since: datetime | None = None
    open_return: bool = True
    in_experiment: bool = True
    contacted_since: datetime | None = None
    kept: tuple[int, ...] | None = None
    """Those ranked high enough; None: nobody was ranked."""
    internal: bool = True
    internal_domains: tuple[str, ...] = ()


def in_window(query: AudienceQuery, figure: str, bound: str = "") -> ColumnElement[float]:
    own = customer_scores.c
    parts = [
        cast(own[f"{figure}_{days}{bound}"], Float(53)) * literal_column(repr(weight), Float(53))
        for days, weight in zip((30, 90, 365), query.window, strict=True)
        if weight
    ]
    total: ColumnElement[float] = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def buyer(query: AudienceQuery) -> ColumnElement[float]:
    """Give the probability of an order in the window.

    The scores know that of 90 days; for other windows it moves with the expected orders.
    """
    own = customer_scores.c
    silent = cast(own.p_no_order, Float(53))
    more = in_window(query, "orders") / cast(own.orders_90, Float(53))
    return case(
        (own.orders_90 <= 0, literal(0.0)),
        (more <= 1, (1 - silent) * more),
        else_=1 - silent / more,
    )


def variance(query: AudienceQuery, figure: str) -> ColumnElement[float]:
    """Of one customer: from the 80 % interval, but never less than that of rare events.

    Intervals of counts are often from 0 to 0. A Poisson count varies by its mean; money that
    comes as such a count of orders varies at least by its mean squared over that count.
    """
    spread = (in_window(query, figure, "_hi80") - in_window(query, figure, "_lo80")) / _EIGHTY
    mean, expected = in_window(query, figure), in_window(query, "orders")
    least = mean if figure == "orders" else mean * mean / expected
    return case(
        (expected <= 0, literal(0.0)), (spread * spread > least, spread * spread), else_=least
    )


def rules_of(connection: Connection, query: AudienceQuery) -> list[ColumnElement[bool]]:
    """Give one condition a rule, in the order of RuleCounts."""
    own = customer_scores.c
    since = own.age_days - own.recency_days
    tags = func.lower(cast(customers.c.tags, Text))
    return [
        own.segment.in_(query.segments) if query.segments else true(),
        _between(own.value_365, query.min_value, query.max_value),
        own.churn_band.in_(query.churn_bands) if query.churn_bands else true(),
        _between(since, query.min_days_since, query.max_days_since),
        true() if query.bought is None else _is_among(connection, query.bought),
        true() if query.speaks_for is None else _is_among(connection, query.speaks_for),
        func.lower(customers.c.country).in_([each.lower() for each in query.countries])
        if query.countries
        else true(),
        or_(*(_has_tag(tags, tag) for tag in query.tags)) if query.tags else true(),
    ]


def _between(value: ColumnElement[int], low: int | None, high: int | None) -> ColumnElement[bool]:
    bounds = [value >= low] if low is not None else []
    bounds += [value <= high] if high is not None else []
    return and_(true(), *bounds)


def _has_tag(tags: ColumnElement[str], tag: str) -> ColumnElement[bool]:
    """Look for a tag in the text of a JSON list, in both ways in which JSON may spell it."""
    spellings = {json.dumps(tag.lower(), ensure_ascii=ascii_only) for ascii_only in (True, False)}
    return or_(*(tags.contains(each, autoescape=True) for each in sorted(spellings)))


def _is_among(connection: Connection, customer_ids: tuple[int, ...]) -> ColumnElement[bool]:
    """Compare with a table of ids: it is hashed once, where an array may be searched each time."""
    own = customer_scores.c.customer_id
    if connection.dialect.name == "postgresql":
        listed = literal(list(customer_ids), ARRAY(BigInteger))
        return own.in_(select(func.unnest(listed)))
    return among(connection, own, customer_ids)


def reason_of(connection: Connection, query: AudienceQuery) -> ColumnElement[int]:
    person = customers.c
    ladder: list[tuple[ColumnElement[bool], Reason]] = [
        (person.consent == "unsubscribed", Reason.UNSUBSCRIBED),
        (person.consent != "subscribed", Reason.CONSENT_UNKNOWN),
        (person.email.is_(None), Reason.NO_EMAIL),
    ]
    if query.twins:
        ladder.append((_is_among(connection, query.twins), Reason.SAME_EMAIL))
    if query.internal:
        ladder.append((_is_internal(query.internal_domains), Reason.INTERNAL))
    if query.owners is not None:
        ladder.append((_is_among(connection, query.owners), Reason.OWNS_PRODUCT))
    if query.open_ticket:
        ladder.append((_has_ticket(IS_OPEN), Reason.OPEN_TICKET))
    if query.unhappy_since is not None:
        ladder.append((_has_ticket(unhappy_since(query.unhappy_since)), Reason.UNHAPPY))
    if query.open_return:
        ladder.append((_awaits_refund(), Reason.OPEN_RETURN))
    if query.in_experiment:
        ladder.append((_is_in_experiment(), Reason.IN_EXPERIMENT))
    if query.contacted_since is not None:
        ladder.append((_was_contacted(query.contacted_since), Reason.CONTACTED))
    if query.kept is not None:
        ladder.append((~_is_among(connection, query.kept), Reason.RANKED_LOWER))
    steps = [(holds, literal_column(str(int(reason)), Integer)) for holds, reason in ladder]
    return case(*steps, else_=literal_column(str(int(Reason.IN)), Integer))


def _is_internal(domains: tuple[str, ...]) -> ColumnElement[bool]:
    email, tags = customers.c.email, func.lower(cast(customers.c.tags, Text))
    return or_(
        email.startswith("test@"),
        email.startswith("test+"),
        email.contains("+test@"),
        *(email.endswith(f"@{domain}", autoescape=True) for domain in domains),
        # Most people have no tag, and comparing is quicker than four searches.
        and_(tags != "[]", or_(*(_has_tag(tags, tag) for tag in _INTERNAL_TAGS))),
    )


def _has_ticket(which: ColumnElement[bool]) -> ColumnElement[bool]:
    held = select(tickets.c.customer_id).where(which, tickets.c.customer_id.is_not(None))
    return customer_scores.c.customer_id.in_(held)


def _awaits_refund() -> ColumnElement[bool]:
    sent_back = select(orders.c.customer_id).where(RETURNING, orders.c.customer_id.is_not(None))
    return customer_scores.c.customer_id.in_(sent_back)


def _is_in_experiment() -> ColumnElement[bool]:
    own = campaign_members.c
    taking_part = (
        select(own.customer_id)
        .join(campaigns, campaigns.c.id == own.campaign_id)
        .where(
            campaigns.c.state.in_(["approved", "running"]),
            own.arm.in_([int(Arm.TREATED), int(Arm.HELD_OUT)]),
        )
    )
    return customer_scores.c.customer_id.in_(taking_part)


def _was_contacted(since: datetime) -> ColumnElement[bool]:
    own = campaign_members.c
    contacted = select(own.customer_id).where(own.contacted_at >= literal(since, Instant()))
    return customer_scores.c.customer_id.in_(contacted)
