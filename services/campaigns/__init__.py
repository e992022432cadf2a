"""Campaigns as experiments: planned, dry-run, confirmed by a second person, exported, measured.

Nobody is written to by this bot. It says whom to write to, hands the list out once it is approved,
and counts afterwards what those on it did, against those who stayed silent by lot.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from services.campaigns import files, work
from services.campaigns.audiences import Audiences
from services.campaigns.figures import ListedPeople, Preview
from services.campaigns.files import Layout
from services.campaigns.freezing import freeze
from services.campaigns.plan import Plan, State
from services.campaigns.records import (
    SPOKEN,
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
from services.money import Money
from storage import purchases, shop_figures
from storage.campaigns import members, outcomes, plans
from storage.campaigns.audience import Reason
from storage.campaigns.members import Arm, Outcome
from storage.campaigns.plans import NewCampaign, StoredCampaign, StoredResult
from storage.database import Database, Lane
from storage.jobs import Ledger, NewJob

__all__ = ["Campaign", "Campaigns", "Person"]

RESULTS = "campaign.results"
"""The job that tells the result."""
DAY_MS = 86_400_000
FREEZE_SECONDS = 120
"""Whoever freezes an audience and says nothing for so long has died."""
EXPORT_ROWS = 2_000
LISTED = 20


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
            changed = await plans.change(
                connection,
                campaign_id,
                [State.DRAFT, State.AWAITING_APPROVAL],
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

    async def approve(self, campaign_id: int, by: Person) -> Campaign:
        """Draw the hold-out and freeze the audience.

        Raises NotAllowedError for who may not, and WrongInputError where nobody would be in.
        """
        stored = await self._claim(campaign_id, by)
        try:
            counts, run_id = await freeze(self.audiences, stored)
        except BaseException:
            # Whoever presses again need not wait until this one is taken for dead.
            async with self.database.transaction() as connection:
                await plans.change(connection, campaign_id, _UNDECIDED, freezing_since=None)
            raise
        async with self.database.transaction() as connection:
            version = await purchases.data_version(connection)
            await plans.change(
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
            await note(connection, by, "campaign.approve", campaign_id, counts)
            return read(await stored_campaign(connection, campaign_id))

    async def export(self, campaign_id: int, layout: Layout, by: Person) -> AsyncIterator[str]:
        """Write the approved list, some thousand lines at a time; the first one opens the window.

        Who unsubscribed since the audience was frozen is left out, and noted as withdrawn. Raises
        NotAllowedError, NotFoundError, WrongInputError before the first line.
        """
        stored = await self._exportable(campaign_id, by)
        yield files.header(layout)
        after, written = 0, 0
        while True:
            async with self.database.read(Lane.JOBS) as connection:
                page = await members.treated_page(
                    connection, campaign_id, after=after, limit=EXPORT_ROWS
                )
            if not page:
                break
            after = page[-1].customer_id
            kept = [each for each in page if each.has_consent and each.email]
            gone = [each.customer_id for each in page if not (each.has_consent and each.email)]
            yield files.lines(layout, kept, stored.name, self.audiences.insights.currency)
            now, between = datetime.now(UTC), (page[0].customer_id, page[-1].customer_id)
            async with self.database.transaction() as connection:
                await members.mark_all(
                    connection, campaign_id, between, gone, Outcome.EXPORTED, now
                )
                if gone:
                    await members.mark(connection, campaign_id, gone, Outcome.WITHDRAWN, now)
            written += len(kept)
        async with self.database.transaction() as connection:
            await note(
                connection,
                by,
                "campaign.export",
                campaign_id,
                {"layout": str(layout), "people": written},
            )

    async def has_closed(self, campaign_id: int) -> bool:
        """Tell whether the window is over and the orders of all of it are imported."""
        async with self.database.read(Lane.JOBS) as connection:
            stored = await stored_campaign(connection, campaign_id)
            known = await shop_figures.data_as_of(connection)
        if stored.ends_at is None or known is None:
            return False
        return stored.ends_at <= min(known, datetime.now(UTC))

    async def results(self, campaign_id: int, by: Person) -> Results:
        """Compare treated and held out until now; before the window closes this is a peek.

        Raises WrongInputError before anything was exported.
        """
        async with self.database.read(Lane.JOBS) as connection:
            stored = await stored_campaign(connection, campaign_id)
            if stored.started_at is None or stored.ends_at is None:
                raise WrongInputError(
                    f"Campaign {campaign_id} has no results yet: its list was not exported. "
                    f"It is {SPOKEN[State(stored.state)]}."
                )
            known = await shop_figures.data_as_of(connection)
            until = min(stored.ends_at, datetime.now(UTC), known or stored.started_at)
            bought = await outcomes.buyers(connection, campaign_id, stored.started_at, until)
            people = await members.count_arms(connection, campaign_id)
            reached = await members.count_contacted(connection, campaign_id)
            others = await outcomes.contaminated(
                connection, campaign_id, stored.started_at, stored.ends_at
            )
            peeks = await plans.count_peeks(connection, campaign_id)
        plan = plan_of(stored)
        pool = self.audiences.insights.pool
        compared = await pool.run(work.compare, people, bought, plan.offer, campaign_id)
        is_final = until >= stored.ends_at
        found = Results(
            campaign_id=campaign_id,
            plan=plan,
            started_at=stored.started_at,
            ends_at=stored.ends_at,
            until=until,
            is_final=is_final,
            peeks=peeks + (not is_final),
            treated=compared.treated,
            held_out=compared.held_out,
            buying=compared.buying,
            revenue=compared.revenue,
            margin=compared.margin,
            paid=compared.paid,
            cost=Money(round(plan.offer.contact_cost * reached), self.audiences.insights.currency),
            reached=reached,
            contaminated=others[Arm.HELD_OUT],
            currency=self.audiences.insights.currency,
        )
        await self._keep(found, by)
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
        return await self.draft(replace(plan, name=f"{plan.name} (copy)"[-120:]), by)

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
                raise WrongInputError("Somebody is approving this campaign right now.")
        return stored

    async def _exportable(self, campaign_id: int, by: Person) -> StoredCampaign:
        """Open the window with the first export."""
        if not by.is_admin:
            raise NotAllowedError("Only an admin may export the people of a campaign. Ask one.")
        now = datetime.now(UTC)
        async with self.database.transaction() as connection:
            stored = await stored_campaign(connection, campaign_id)
            if stored.state not in {State.APPROVED, State.RUNNING}:
                raise wrong_state(stored, "exported")
            if stored.started_at is None:
                await plans.change(
                    connection,
                    campaign_id,
                    [State.APPROVED],
                    state=str(State.RUNNING),
                    started_at=now,
                    ends_at=now + timedelta(days=stored.window_days),
                )
                await self.ledger.enqueue(connection, results_job(stored))
        return stored

    async def _keep(self, found: Results, by: Person) -> None:
        """Keep what was seen: each peek, and the final result once."""
        figures = {
            "treated": asdict(found.treated),
            "held_out": asdict(found.held_out),
            **{
                name: asdict(difference) if difference else None
                for name in ("buying", "revenue", "margin")
                for difference in (getattr(found, name),)
            },
            "paid": found.paid,
        }
        result = StoredResult(datetime.now(UTC), by.id, found.is_final, figures)
        async with self.database.transaction() as connection:
            if found.is_final and await plans.final_result(connection, found.campaign_id):
                return
            await plans.add_result(connection, found.campaign_id, result)
            if found.is_final:
                await plans.change(
                    connection,
                    found.campaign_id,
                    [State.RUNNING],
                    state=str(State.FINISHED),
                    ended_at=datetime.now(UTC),
                )

    async def _end(self, campaign_id: int, by: Person, state: State, action: str) -> Campaign:
        async with self.database.transaction() as connection:
            stored = await stored_campaign(connection, campaign_id)
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


def results_job(stored: StoredCampaign) -> NewJob:
    """Tell the result by itself when the window has closed."""
    return NewJob(
        RESULTS,
        f"{RESULTS}:{stored.id}",
        payload={"campaign": stored.id},
        lane=1,
        delay_ms=stored.window_days * DAY_MS,
    )


_UNDECIDED = (State.DRAFT, State.AWAITING_APPROVAL)
_BEFORE = {
    State.STOPPED: (*_UNDECIDED, State.APPROVED, State.RUNNING),
    State.ARCHIVED: (*_UNDECIDED, State.FINISHED, State.STOPPED),
}
