"""Campaigns as people see them, read from what is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.campaigns.plan import AudienceRules, Goal, Offer, Plan, State, Suppression
from services.errors import NotFoundError, WrongInputError
from storage import audit
from storage.campaigns import plans
from storage.campaigns.plans import StoredCampaign
from storage.database import Connection

SPOKEN = {
    State.DRAFT: "a draft",
    State.AWAITING_APPROVAL: "waiting for approval",
    State.APPROVED: "approved, not exported yet",
    State.RUNNING: "running",
    State.FINISHED: "finished",
    State.STOPPED: "stopped",
    State.ARCHIVED: "archived",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: an id for the audit log, and whether they are an admin."""

    id: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as people see it."""

    id: int
    plan: Plan
    state: State
    created_by: str
    submitted_by: str | None
    approved_by: str | None
    approved_at: datetime | None
    started_at: datetime | None
    ends_at: datetime | None
    card: tuple[str, str] | None
    """Channel and ts of the message that shows it."""
    counts: dict[str, int]
    """Frozen: treated, held_out, and each reason's name; empty before."""

    @property
    def is_undecided(self) -> bool:
        """It may still be changed, approved or discarded."""
        return self.state in {State.DRAFT, State.AWAITING_APPROVAL}

    @property
    def is_over(self) -> bool:
        """It may be archived."""
        return self.state in {State.FINISHED, State.STOPPED}

    @property
    def is_frozen(self) -> bool:
        return self.approved_at is not None

    @property
    def may_leave(self) -> bool:
        """Its list may be exported or delivered."""
        return self.state in {State.APPROVED, State.RUNNING}


async def stored_campaign(
    connection: Connection, campaign_id: int, *, lock: bool = False
) -> StoredCampaign:
    """Find a campaign; raises NotFoundError. With `lock` it stays so until the transaction ends."""
    stored = await plans.find(connection, campaign_id, lock=lock)
    if stored is None:
        raise NotFoundError(
            f"There is no campaign {campaign_id}. /campaign list shows those there are."
        )
    return stored


async def note(
    connection: Connection,
    by: Person,
    action: str,
    campaign_id: int,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write what was done to the audit log."""
    await audit.append(
        connection, actor=by.id, action=action, subject=f"campaign:{campaign_id}", detail=detail
    )


def wrong_state(stored: StoredCampaign, wanted: str) -> WrongInputError:
    """Say why something cannot be done."""
    state = State(stored.state)
    if state == wanted:
        return WrongInputError(f"Campaign {stored.id} is {state} already. Nothing was changed.")
    return WrongInputError(
        f"Campaign {stored.id} is {SPOKEN[state]} and cannot be {wanted}."
        f"{_way_out(state, wanted).format(stored.id)}"
    )


def _way_out(state: State, wanted: str) -> str:
    if wanted == "archived" and state in {State.APPROVED, State.RUNNING}:
        return " Stop it first: /campaign stop {}."
    if wanted == "exported" and state in {State.DRAFT, State.AWAITING_APPROVAL}:
        return " Approve it first: /campaign approve {}."
    return " /campaign copy {} plans the same anew." if wanted in {"exported", "changed"} else ""


def plan_of(stored: StoredCampaign) -> Plan:
    """Read what was decided."""
    return Plan(
        name=stored.name,
        goal=Goal(stored.goal),
        rules=AudienceRules.from_json(stored.rules),
        suppression=Suppression.from_json(stored.suppression),
        offer=Offer.from_json(stored.offer),
        holdout=stored.holdout_share,
        window_days=stored.window_days,
    )


def read(stored: StoredCampaign) -> Campaign:
    """Read a campaign and how far it is."""
    return Campaign(
        id=stored.id,
        plan=plan_of(stored),
        state=State(stored.state),
        created_by=stored.created_by,
        submitted_by=stored.submitted_by,
        approved_by=stored.approved_by,
        approved_at=stored.approved_at,
        started_at=stored.started_at,
        ends_at=stored.ends_at,
        card=(stored.channel, stored.card_ts) if stored.channel and stored.card_ts else None,
        counts=stored.counts,
    )
