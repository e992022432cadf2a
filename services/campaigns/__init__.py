"""Campaigns as experiments: planned, dry-run, confirmed by a second person, exported, measured.

Nobody is written to by this bot. It says whom to write to, hands the list out once it is approved,
and counts afterwards what those on it did, against those who stayed silent by lot.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.campaigns import exports, measurements, windows, work
from services.campaigns.audiences import Audiences
from services.campaigns.channels import DELIVER, NO_ACCOUNT, SYSTEMS, Channel
from services.campaigns.figures import ListedPeople, Preview
from services.campaigns.files import Layout
from services.campaigns.freezing import freeze
from services.campaigns.plan import Plan, State, copied
from services.campaigns.records import (
    Campaign,
    Person,
    note,
    plan_of,
    read,
    stored_campaign,
    wrong_state,
)
from services.campaigns.results import Results
from services.errors import NotAllowedError, WrongInputError
from storage import purchases
from storage.campaigns import deliveries, plans
from storage.campaigns.audience_conditions import Reason
from storage.campaigns.plans import NewCampaign, StoredCampaign
from storage.database import Connection, Database, Lane
from storage.jobs import Ledger, NewJob

__all__ = ["Campaign", "Campaigns", "Person"]

FREEZE_SECONDS = 120
"""Whoever freezes an audience and says nothing for so long has died."""
LISTED = 20
BEING_APPROVED = "Somebody is approving this campaign right now. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Keeps the campaigns of one shop. Raises ExpectedError.

    Audiences of more than `alone_up_to` people need two persons: one who asks, another who
    approves. Whoever approves is an admin.
    """

    database: Database
    audiences: Audiences
    ledger: Ledger
    alone_up_to: int
    channels: frozenset[Channel] = frozenset()
    """The systems there are accounts for, beside files."""

    @property
    def currency(self) -> str:
        """The shop's."""
        return self.audiences.insights.currency

    async def preview(self, plan: Plan) -> Preview:
        """Dry-run a plan; nothing is stored and nothing leaves."""
        return await self.audiences.preview(plan)

    async def chart(self, preview: Preview) -> bytes:
        """Draw value by tenth of the audience as PNG; somebody must be in."""
        return await self.audiences.insights.pool.run(work.draw_tenths, preview)

    async def people(self, campaign_id: int, reason: int) -> ListedPeople:
        """Name the most valuable customers with a reason; 0: of those who are in."""
        plan = (await self.get(campaign_id)).plan
        found = await self.audiences.some_with(plan, Reason(reason))
        return ListedPeople(Reason(reason), tuple(found))

    async def draft(self, plan: Plan, by: Person) -> Campaign:
        """Keep a plan to decide on later."""
        new = NewCampaign(
            name=plan.name.strip(),
            goal=str(plan.goal),
            rules=plan.rules.to_json(),
            suppression=plan.suppression.to_json(),
            offer=plan.offer.to_json(),
            holdout_share=plan.holdout,
            seed=secrets.randbits(62),
            window_days=plan.window_days,
            created_by=by.id,
        )
        async with self.database.transaction() as connection:
            campaign_id = await plans.add(connection, new)
            return read(await stored_campaign(connection, campaign_id))

    async def change(self, campaign_id: int, plan: Plan, by: Person) -> Campaign:
        """Replace the plan of a draft; raises WrongInputError once it is approved."""
        async with self.database.transaction() as connection:
            await _held(connection, campaign_id)
            changed = await plans.change(
                connection,
                campaign_id,
                _UNDECIDED,
                name=plan.name.strip(),
                goal=str(plan.goal),
                rules=plan.rules.to_json(),
                suppression=plan.suppression.to_json(),
                offer=plan.offer.to_json(),
                holdout_share=plan.holdout,
                window_days=plan.window_days,
                state=str(State.DRAFT),
                submitted_by=None,
            )
            stored = await stored_campaign(connection, campaign_id)
            if not changed:
                raise wrong_state(stored, "changed")
            await note(connection, by, "campaign.change", campaign_id)
            return read(stored)

    async def get(self, campaign_id: int) -> Campaign:
        """Read a campaign; raises NotFoundError."""
        async with self.database.read(Lane.INTERACTIVE) as connection:
            return read(await stored_campaign(connection, campaign_id))

    async def newest(
        self, limit: int = LISTED, *, before: int | None = None, with_archived: bool = False
    ) -> list[Campaign]:
        """List the newest campaigns first, those older than `before`."""
        async with self.database.read(Lane.INTERACTIVE) as connection:
            found = await plans.newest(
                connection, limit, before=before, with_archived=with_archived
            )
        return [read(each) for each in found]

    async def card_is_at(self, campaign_id: int, channel: str, ts: str) -> None:
        """Note which message shows a campaign, so that its results come to the same place."""
        async with self.database.transaction() as connection:
            await plans.change(connection, campaign_id, list(State), channel=channel, card_ts=ts)

    async def submit(self, campaign_id: int, by: Person) -> Campaign:
        """Ask for a second person's confirmation."""
        async with self.database.transaction() as connection:
            changed = await plans.change(
                connection,
                campaign_id,
                [State.DRAFT],
                state=str(State.AWAITING_APPROVAL),
                submitted_by=by.id,
            )
            stored = await stored_campaign(connection, campaign_id)
            if not changed and stored.state != State.AWAITING_APPROVAL:
                raise wrong_state(stored, "put up for approval")
            if changed:
                await note(connection, by, "campaign.submit", campaign_id)
            return read(stored)

    async def approve(
        self, campaign_id: int, by: Person, began: Callable[[], Awaitable[object]] | None = None
    ) -> Campaign:
        """Draw the hold-out and freeze the audience; `began` is called when that begins.

        Raises NotAllowedError for who may not, and WrongInputError where nobody would be in.
        """
        stored = await self._claim(campaign_id, by)
        try:
            if began is not None:
                await began()
            counts, run_id = await freeze(self.audiences, stored)
        except BaseException:
            # Whoever presses again need not wait until this one is taken for dead.
            async with self.database.transaction() as connection:
                await plans.change(connection, campaign_id, _UNDECIDED, freezing_since=None)
            raise
        async with self.database.transaction() as connection:
            version = await purchases.data_version(connection)
            changed = await plans.change(
                connection,
                campaign_id,
                _UNDECIDED,
                state=str(State.APPROVED),
                approved_by=by.id,
                approved_at=datetime.now(UTC),
                freezing_since=None,
                model_run_id=run_id,
                data_version=version,
                counts=counts,
            )
            if not changed:
                raise wrong_state(await stored_campaign(connection, campaign_id), "approved")
            await note(connection, by, "campaign.approve", campaign_id, counts)
            return read(await stored_campaign(connection, campaign_id))

    async def export(self, campaign_id: int, layout: Layout, by: Person) -> AsyncIterator[str]:
        """Write the approved list, some thousand lines at a time; the first one opens the window.

        Who unsubscribed since the audience was frozen is left out, and noted as withdrawn. Raises
        NotAllowedError, NotFoundError, WrongInputError before the first line.
        """
        async with self.database.transaction() as connection:
            stored = await windows.open_to(connection, campaign_id, by)
            await windows.open_window(connection, self.ledger, stored)
        async for part in exports.written(self.database, stored, layout, self.currency):
            yield part
        async with self.database.read(Lane.JOBS) as connection:
            counts = await deliveries.count_outcomes(connection, campaign_id)
        detail = {"layout": str(layout), **counts.get(exports.CHANNELS[layout], {})}
        async with self.database.transaction() as connection:
            await note(connection, by, "campaign.export", campaign_id, detail)

    async def deliver(self, campaign_id: int, channel: Channel, by: Person) -> Campaign:
        """Have the approved list delivered to another system, from where it stopped before.

        Raises NotAllowedError, NotFoundError, and WrongInputError where there is no account, or
        where it was delivered or is being delivered already.
        """
        if channel not in self.channels:
            raise WrongInputError(NO_ACCOUNT[channel])
        job = delivery_job(campaign_id, channel, by)
        async with self.database.transaction() as connection:
            stored = await windows.open_to(connection, campaign_id, by)
            if not await self.ledger.enqueue(connection, job):
                await self._go_on(connection, job.key, channel)
            await note(connection, by, "campaign.deliver", campaign_id, {"channel": str(channel)})
        return read(stored)

    async def delivered(self, campaign_id: int) -> dict[str, dict[str, int]]:
        """Count by way of delivery and outcome; empty before anything left."""
        async with self.database.read(Lane.INTERACTIVE) as connection:
            return await deliveries.count_outcomes(connection, campaign_id)

    async def _go_on(self, connection: Connection, key: str, channel: Channel) -> None:
        known = await self.ledger.find(connection, key)
        if known is not None and known.state == "dead":
            await self.ledger.replay(connection, known.id)
            return
        is_over = known is not None and known.state == "done"
        state = "was delivered to" if is_over else "is on its way to"
        raise WrongInputError(
            f"This list {state} {SYSTEMS[channel]} already, so nothing was done. The message that "
            "was posted when it began says how far it is."
        )

    async def has_closed(self, campaign_id: int) -> bool:
        """Tell whether the window is over and the orders of all of it are imported."""
        return await measurements.has_closed(self.database, campaign_id)

    async def results(self, campaign_id: int, by: Person) -> Results:
        """Compare treated and held out until now; before the window closes this is a peek.

        Raises WrongInputError before anything was delivered.
        """
        insights = self.audiences.insights
        found = await measurements.measure(
            self.database, insights.pool, insights.currency, campaign_id
        )
        await measurements.keep(self.database, found, by)
        return found

    async def stop(self, campaign_id: int, by: Person) -> Campaign:
        """End a campaign before its time: nothing more is exported, and its people are free."""
        return await self._end(campaign_id, by, State.STOPPED, "campaign.stop")

    async def archive(self, campaign_id: int, by: Person) -> Campaign:
        """Take a campaign off the list."""
        return await self._end(campaign_id, by, State.ARCHIVED, "campaign.archive")

    async def duplicate(self, campaign_id: int, by: Person) -> Campaign:
        """Draft the same plan anew, with another lot."""
        plan = (await self.get(campaign_id)).plan
        return await self.draft(copied(plan), by)

    async def _claim(self, campaign_id: int, by: Person) -> StoredCampaign:
        async with self.database.transaction() as connection:
            stored = await stored_campaign(connection, campaign_id)
            if stored.state not in _UNDECIDED:
                raise wrong_state(stored, "approved")
            if not by.is_admin:
                raise NotAllowedError(
                    "Only an admin may approve a campaign. Ask one to press Approve."
                )
        preview = await self.preview(plan_of(stored))
        if not preview.size:
            raise WrongInputError("Nobody is left to write to, so there is nothing to approve.")
        asked_by = stored.submitted_by or stored.created_by
        if preview.size > self.alone_up_to and asked_by == by.id:
            raise NotAllowedError(
                f"{preview.size:,} people are more than one person decides on alone "
                f"({self.alone_up_to:,}). Ask another admin to approve."
            )
        now = datetime.now(UTC)
        async with self.database.transaction() as connection:
            silent = now - timedelta(seconds=FREEZE_SECONDS)
            if not await plans.claim_freeze(connection, campaign_id, now, silent):
                raise await _overtaken(connection, campaign_id)
        return stored

    async def _end(self, campaign_id: int, by: Person, state: State, action: str) -> Campaign:
        async with self.database.transaction() as connection:
            stored = await _held(connection, campaign_id)
            if stored.approved_at is not None and not by.is_admin:
                raise NotAllowedError("Only an admin may end an approved campaign. Ask one.")
            if not await plans.change(
                connection,
                campaign_id,
                _BEFORE[state],
                state=str(state),
                ended_at=datetime.now(UTC),
            ):
                raise wrong_state(stored, str(state))
            await note(connection, by, action, campaign_id)
            return read(await stored_campaign(connection, campaign_id))


async def _held(connection: Connection, campaign_id: int) -> StoredCampaign:
    """Find a campaign that nobody else changes until the transaction ends.

    Raises WrongInputError while its audience is drawn: by the plan that was approved, and for a
    campaign that is still there.
    """
    stored = await stored_campaign(connection, campaign_id, lock=True)
    since = stored.freezing_since
    if since is not None and since > datetime.now(UTC) - timedelta(seconds=FREEZE_SECONDS):
        raise WrongInputError(BEING_APPROVED)
    return stored


async def _overtaken(connection: Connection, campaign_id: int) -> WrongInputError:
    """Say what kept a campaign from being approved: somebody did it, or is about to."""
    stored = await stored_campaign(connection, campaign_id)
    is_undecided = stored.state in _UNDECIDED
    return WrongInputError(BEING_APPROVED) if is_undecided else wrong_state(stored, "approved")


def delivery_job(campaign_id: int, channel: Channel, by: Person) -> NewJob:
    """Deliver a list once; one list after another goes to the same system."""
    return NewJob(
        DELIVER,
        f"{DELIVER}:{campaign_id}:{channel}",
        payload={"campaign": campaign_id, "channel": str(channel), "by": by.id},
        order_key=f"{DELIVER}:{channel}",
        lane=1,
    )


_UNDECIDED = (State.DRAFT, State.AWAITING_APPROVAL)
_BEFORE = {
    State.STOPPED: (*_UNDECIDED, State.APPROVED, State.RUNNING),
    State.ARCHIVED: (*_UNDECIDED, State.FINISHED, State.STOPPED),
}
