"""When orders begin to count for a campaign: with the first person whom anything reaches."""

from datetime import UTC, datetime, timedelta

from services.campaigns.plan import State
from services.campaigns.records import Person, stored_campaign, wrong_state
from services.errors import NotAllowedError
from storage.campaigns import plans
from storage.campaigns.plans import StoredCampaign
from storage.database import Connection
from storage.jobs import Ledger, NewJob

RESULTS = "campaign.results"
"""The job that tells the result."""
DAY_MS = 86_400_000
DELIVERABLE = frozenset({State.APPROVED, State.RUNNING})


async def open_to(connection: Connection, campaign_id: int, by: Person) -> StoredCampaign:
    """Find a campaign whose people may leave now.

    Raises NotAllowedError for who may not see them, WrongInputError in any other state.
    """
    if not by.is_admin:
        raise NotAllowedError("Only an admin may export the people of a campaign. Ask one.")
    stored = await stored_campaign(connection, campaign_id)
    if stored.state not in DELIVERABLE:
        raise wrong_state(stored, "exported")
    return stored


async def open_window(connection: Connection, ledger: Ledger, stored: StoredCampaign) -> bool:
    """Let the campaign run from now; tells whether it did not before."""
    now = datetime.now(UTC)
    opened = await plans.change(
        connection,
        stored.id,
        [State.APPROVED],
        state=str(State.RUNNING),
        started_at=now,
        ends_at=now + timedelta(days=stored.window_days),
    )
    if opened:
        await ledger.enqueue(connection, _results_job(stored))
    return opened


def _results_job(stored: StoredCampaign) -> NewJob:
    """Tell the result by itself when the window has closed."""
    return NewJob(
        RESULTS,
        f"{RESULTS}:{stored.id}",
        payload={"campaign": stored.id},
        lane=1,
        delay_ms=stored.window_days * DAY_MS,
    )
