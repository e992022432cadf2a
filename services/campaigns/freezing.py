"""Who is in which arm: drawn once, written down, and the same ever after."""

from typing import Any

import numpy as np
import structlog

from services.campaigns.audiences import Audiences
from services.campaigns.figures import split
from services.campaigns.plan import Plan
from services.campaigns.records import plan_of
from services.errors import WrongInputError
from storage.campaigns import audience, members
from storage.campaigns.audience import Candidate
from storage.campaigns.audience_conditions import Reason
from storage.campaigns.members import Arm
from storage.campaigns.plans import StoredCampaign
from storage.database import Lane

log = structlog.get_logger()


async def freeze(audiences: Audiences, stored: StoredCampaign) -> tuple[dict[str, int], int]:
    """Write who is in which arm; what an interrupted attempt left is deleted first.

    Returns the counts of arms and reasons, and the model run. Raises WrongInputError where nobody
    would be written to.
    """
    database = audiences.database
    while True:
        async with database.transaction() as connection:
            if not await members.delete_members(connection, stored.id):
                break
    plan = plan_of(stored)
    asked = await audiences.question(plan)
    found: list[Candidate] = []
    async with database.read(Lane.JOBS) as connection:
        async for batch in audience.members(connection, asked.query):
            found += batch
    columns = _columns(found, plan, stored.seed)
    size, start = len(found), 0
    while start < size:
        async with database.transaction() as connection:
            rows = slice(start, start + members.batch_rows(connection))
            await members.insert_members(
                connection, stored.id, {name: column[rows] for name, column in columns.items()}
            )
            start = rows.stop
    async with database.transaction() as connection:
        await members.settle(connection)
    counts = _counts(columns)
    log.info("campaign.frozen", campaign=stored.id, people=size)
    if not counts["treated"]:
        raise WrongInputError("Nobody is left to write to, so there is nothing to approve.")
    return counts, asked.run.id


def _counts(columns: dict[str, Any]) -> dict[str, int]:
    arms, reasons = columns["arm"], columns["reason"]
    left_out = {
        each.name.lower(): int((reasons == each).sum()) for each in Reason if each is not Reason.IN
    }
    return {
        "treated": int((arms == Arm.TREATED).sum()),
        "held_out": int((arms == Arm.HELD_OUT).sum()),
        **{name: count for name, count in left_out.items() if count},
    }


def _columns(found: list[Candidate], plan: Plan, seed: int) -> dict[str, Any]:
    """Draw who stays silent among those who are in; the seed makes the draw repeatable."""
    reason = np.array([each.reason for each in found], dtype=np.int16)
    arm = np.full(len(found), int(Arm.LEFT_OUT), dtype=np.int16)
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(reason == Reason.IN))
    treated, _ = split(chosen.size, plan.holdout)
    arm[chosen[:treated]] = int(Arm.TREATED)
    arm[chosen[treated:]] = int(Arm.HELD_OUT)
    return {
        "customer_id": np.array([each.customer_id for each in found], dtype=np.int64),
        "arm": arm,
        "reason": reason,
        "segment": np.array([each.segment for each in found], dtype=np.int16),
        "value_365": np.array([each.value for each in found], dtype=np.int64),
        "orders_in_window": np.array([each.orders for each in found], dtype=np.float32),
        "value_in_window": np.array([round(each.spend) for each in found], dtype=np.int64),
    }
