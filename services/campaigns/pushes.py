"""Delivering an approved list to another system, as a job that goes on where it stopped.

Each step is small, and what is known after it is written with its effect in one transaction. What
is called twice because of a crash has the effect of once: Klaviyo updates by e-mail address, and
adding a tag again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from services.campaigns.board import Board, Place
from services.campaigns.channels import OUTCOME_WORDS, SYSTEMS, Channel
from services.campaigns.records import Campaign, read, stored_campaign
from services.campaigns.windows import DELIVERABLE, open_window
from services.errors import ExpectedError, UnavailableError
from services.tickets.desk import LaterError
from storage.campaigns import deliveries, members
from storage.campaigns.deliveries import Delivery, Outcome, Recipient
from storage.campaigns.members import Arm
from storage.database import Connection, Database, Lane
from storage.jobs import Job, Ledger

log = structlog.get_logger()

STOPPED = "⏹ Stopped, for the campaign is not running any more."


@dataclass(frozen=True, slots=True)
class Push:
    """One delivery under way: the campaign, where to note what happens, and the job's memo."""

    database: Database
    ledger: Ledger
    job: Job
    campaign: Campaign

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.campaign.id, Channel(self.job.payload["channel"]))

    @property
    def may_go_on(self) -> bool:
        """The campaign was not stopped, and its window is open; what is under way is ended."""
        return self.campaign.state in DELIVERABLE

    @property
    def after(self) -> int:
        """Everybody up to this customer is done with."""
        return int(self.job.memo.get("after") or 0)

    async def next_people(self, limit: int) -> list[Recipient]:
        """List those who come next."""
        async with self.database.read(Lane.JOBS) as connection:
            return await deliveries.recipients(
                connection, self.campaign.id, after=self.after, limit=limit
            )

    async def remember(self, connection: Connection, **memo: Any) -> None:  # noqa: ANN401 - JSON
        """Write how far it is; call it inside `fenced`. Whoever got on is tried again soon."""
        if "after" in memo:
            self.job.attempts = 0
        await self.ledger.checkpoint(connection, self.job, **memo)

    async def has_reached_somebody(self, connection: Connection) -> None:
        """Open the window in which orders count, if it is not open yet."""
        stored = await stored_campaign(connection, self.campaign.id)
        await open_window(connection, self.ledger, stored)


class System(Protocol):
    """Another system that takes the list."""

    async def step(self, push: Push) -> bool:
        """Go one step on; tells whether everybody is done with.

        Raises LaterError to wait for the other side, and `services.errors`.
        """

    def target(self, push: Push) -> str:
        """Name what people will find there."""


class NoAccount:
    """The account was taken out of the settings while a delivery was under way."""

    async def step(self, push: Push) -> bool:
        """Refuse."""
        name = SYSTEMS[push.delivery.channel]
        raise ExpectedError(f"There is no account of {name} in the settings any more.")

    def target(self, push: Push) -> str:
        """Name the system."""
        return SYSTEMS[push.delivery.channel]


@dataclass(frozen=True, slots=True)
class Pushes:
    """Runs deliveries to the systems there are accounts for."""

    database: Database
    ledger: Ledger
    systems: Mapping[Channel, System]
    board: Board

    async def run(self, job: Job) -> None:
        """Go one step on, show it, and come again at once until everybody is done with."""
        async with self.database.read(Lane.JOBS) as connection:
            campaign = read(await stored_campaign(connection, int(job.payload["campaign"])))
        push = Push(self.database, self.ledger, job, campaign)
        system = self.systems.get(push.delivery.channel) or NoAccount()
        try:
            is_over = await system.step(push)
        except ExpectedError as error:
            await self._show(push, _trouble(error))
            raise
        except LaterError:
            await self._show(push, f"⏳ {system.target(push)}")
            raise
        if not is_over:
            await self._show(push, f"⏳ {system.target(push)}")
            raise LaterError(0.0, "Goes on.")
        headline = f"✅ {system.target(push)}" if push.may_go_on else STOPPED
        await self._show(push, headline, with_reasons=True)
        log.info("campaign.delivered", campaign=campaign.id, channel=str(push.delivery.channel))

    async def _show(self, push: Push, headline: str, *, with_reasons: bool = False) -> None:
        """Change the one message, and the card when the campaign began to run meanwhile.

        That Slack cannot show it is no reason to stop.
        """
        try:
            text = "\n".join([headline, *await self._figures(push, with_reasons=with_reasons)])
            if text == push.job.memo.get("shown"):
                return
            at = push.job.memo.get("message")
            shown: Place | None = (at[0], at[1]) if at else None
            place = await self.board.show_progress(
                push.campaign, str(push.job.payload["by"]), push.job.key, text, shown
            )
            async with self.database.read(Lane.JOBS) as connection:
                now = read(await stored_campaign(connection, push.campaign.id))
                delivered = await deliveries.count_outcomes(connection, push.campaign.id)
            if now.state is not push.campaign.state or with_reasons:
                await self.board.redraw(now, delivered)
        except ExpectedError as error:
            log.warning("campaign.progress_not_shown", error=type(error).__name__)
            return
        async with self.ledger.fenced(push.job) as connection:
            await push.remember(connection, message=place, shown=text)

    async def _figures(self, push: Push, *, with_reasons: bool) -> list[str]:
        delivery = push.delivery
        async with self.database.read(Lane.JOBS) as connection:
            arms = await members.count_arms(connection, delivery.campaign_id)
            counted = await deliveries.count_outcomes(connection, delivery.campaign_id)
            reasons = (
                await deliveries.count_problems(connection, delivery.campaign_id, delivery.channel)
                if with_reasons
                else []
            )
        counts, people = counted.get(str(delivery.channel), {}), arms[Arm.TREATED]
        done = sum(count for outcome, count in counts.items() if outcome != Outcome.SENT)
        share = f" ({done / people:.0%})" if people else ""
        told = [
            f"{counts[name]:,} {words}" for name, words in OUTCOME_WORDS.items() if name in counts
        ]
        lines = [f"{done:,} of {people:,} done{share}" + "".join(f", {each}" for each in told)]
        return [
            *lines,
            *(f"{count:,} refused: {why or 'no reason given'}" for why, count in reasons),
        ]


def _trouble(error: ExpectedError) -> str:
    if isinstance(error, UnavailableError):
        return f"⏳ {error.sentence} I keep trying; nothing is lost."
    return (
        f"⚠️ {error.sentence} Put that right, then press the same button again: it goes on where "
        "it stopped."
    )


def now() -> datetime:
    """Give the time that outcomes carry."""
    return datetime.now(UTC)
