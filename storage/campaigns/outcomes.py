"""What the members of a campaign ordered in its window, and who else wrote to them meanwhile."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, exists, func, select

from storage.campaigns.members import Arm
from storage.database import Connection
from storage.models import campaign_members, orders


class Buyer(NamedTuple):
    """Somebody who ordered in the window."""

    arm: int
    orders: int
    spend: int
    """Paid less refunds, minor units."""


async def buyers(
    connection: Connection, campaign_id: int, start: datetime, end: datetime
) -> list[Buyer]:
    """List who ordered from `start` until before `end`, treated and held out."""
    own = campaign_members.c
    counted = func.sum(case((orders.c.counts, 1), else_=0))
    query = (
        select(own.arm, counted, func.sum(orders.c.spend))
        .join(orders, orders.c.customer_id == own.customer_id)
        .where(
            own.campaign_id == campaign_id,
            own.arm.in_([int(Arm.TREATED), int(Arm.HELD_OUT)]),
            orders.c.placed_at >= start,
            orders.c.placed_at < end,
        )
        .group_by(own.arm, own.customer_id)
        .having(counted > 0)
    )
    return [
        Buyer(arm, int(count), int(spend)) for arm, count, spend in await connection.execute(query)
    ]


class Participant(NamedTuple):
    """Somebody drawn into an experiment: as known at the freeze, and whether they bought."""

    arm: int
    segment: int
    value: int
    """Expected spend in 365 days, minor units."""
    orders: float
    """Expected in the window, and so is `spend`."""
    spend: int
    bought: bool


async def participants(
    connection: Connection, campaign_id: int, start: datetime, end: datetime
) -> list[Participant]:
    """List both arms; who bought ordered from `start` until before `end`."""
    own = campaign_members.c
    bought = exists().where(
        orders.c.customer_id == own.customer_id,
        orders.c.counts,
        orders.c.placed_at >= start,
        orders.c.placed_at < end,
    )
    query = select(
        own.arm, own.segment, own.value_365, own.orders_in_window, own.value_in_window, bought
    ).where(own.campaign_id == campaign_id, own.arm.in_([int(Arm.TREATED), int(Arm.HELD_OUT)]))
    return [Participant._make(row) for row in await connection.execute(query)]


async def contaminated(
    connection: Connection, campaign_id: int, start: datetime, end: datetime
) -> dict[Arm, int]:
    """Count whom another campaign wrote to in the window, by arm."""
    own, other = campaign_members.c, campaign_members.alias("other")
    query = (
        select(own.arm, func.count(func.distinct(own.customer_id)))
        .join(other, other.c.customer_id == own.customer_id)
        .where(
            own.campaign_id == campaign_id,
            other.c.campaign_id != campaign_id,
            other.c.contacted_at >= start,
            other.c.contacted_at < end,
        )
        .group_by(own.arm)
    )
    found = {Arm(arm): count for arm, count in await connection.execute(query)}
    return {arm: found.get(arm, 0) for arm in (Arm.TREATED, Arm.HELD_OUT)}
