"""An approved list as a Klaviyo list: made once, filled by bulk imports, each looked up to its end.

Before an import is sent, it is written down who is in it. If its answer is lost, it is looked for
among the imports into our list before it is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.campaigns import files
from services.campaigns.plan import SEGMENT_NAMES
from services.campaigns.pushes import Push, now
from services.errors import UnavailableError
from services.klaviyo import ImportProblem, Klaviyo, profiles_that_fit
from services.money import Money
from services.tickets.desk import LaterError
from storage.campaigns.deliveries import Outcome, Recipient

Json = dict[str, Any]

SETTLE_SECONDS = 3.0
"""How long an import may still turn up whose answer was lost."""
POLL_SECONDS = 1.0
MARKED_ROWS = 2_000
"""So many outcomes are written in one transaction; on SQLite others wait meanwhile."""
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KlaviyoPush:
    """Fills a list of its own for each campaign."""

    klaviyo: Klaviyo
    currency: str

    def target(self, push: Push) -> str:
        """Name the list."""
        return f"Klaviyo list “{list_name(push)}”. Importing subscribes nobody and sends nothing."

    async def step(self, push: Push) -> bool:
        """Make the list, send an import, or look how far one is."""
        list_id = push.job.memo.get("list")
        if list_id is None:
            list_id = await self._make_list(push) if push.may_go_on else ""
        batch: Json | None = push.job.memo.get("batch")
        if batch is None:
            return await self._send(push, list_id)
        job_id = batch["job"] or await self._find_or_resend(push, list_id, batch)
        job = await self.klaviyo.import_job(job_id)
        if not job.is_over:
            raise LaterError(POLL_SECONDS, "Klaviyo is importing.")
        if job.status == "cancelled":
            async with push.ledger.fenced(push.job) as connection:
                await push.remember(connection, batch=None)
            raise UnavailableError("Klaviyo cancelled an import, which is sent again.")
        problems = await self.klaviyo.import_problems(job_id) if job.failed else []
        await self._settle(push, batch, problems)
        return False

    async def _make_list(self, push: Push) -> str:
        name = list_name(push)
        found = None
        if push.job.memo.get("list_begun"):
            found = await self.klaviyo.find_list(name)
        else:
            async with push.ledger.fenced(push.job) as connection:
                await push.remember(connection, list_begun=True)
        list_id = found or await self.klaviyo.create_list(name)
        async with push.ledger.fenced(push.job) as connection:
            await push.remember(connection, list=list_id)
        return list_id

    async def _send(self, push: Push, list_id: str) -> bool:
        """Send those who come next; tells whether nobody is left."""
        people = await push.next_people(self.klaviyo.most_profiles) if push.may_go_on else []
        if not people:
            return True
        profiles = [self._profile(each, push) for each in people]
        people = people[: profiles_that_fit(profiles)]
        kept = [each for each in people if each.may_be_written_to]
        between = (people[0].customer_id, people[-1].customer_id)
        await self._mark_sent(push, people)
        batch = {"between": between, "at": now().isoformat(), "job": None}
        async with push.ledger.fenced(push.job) as connection:
            await push.remember(connection, batch=batch)
        if not kept:
            await self._settle(push, batch, [])
            return False
        await self._import(push, list_id, batch, kept)
        return False

    async def _import(
        self, push: Push, list_id: str, batch: Json, people: Sequence[Recipient]
    ) -> str:
        profiles = [self._profile(each, push) for each in people]
        job_id = await self.klaviyo.import_profiles(list_id, profiles)
        async with push.ledger.fenced(push.job) as connection:
            known = [*push.job.memo.get("imports", ()), job_id]
            await push.remember(connection, batch={**batch, "job": job_id}, imports=known)
        return job_id

    async def _find_or_resend(self, push: Push, list_id: str, batch: Json) -> str:
        """Adopt the import whose answer was lost, or send it again if there is none."""
        sent_at = datetime.fromisoformat(batch["at"])
        waited = (datetime.now(UTC) - sent_at).total_seconds()
        if waited < SETTLE_SECONDS:
            raise LaterError(SETTLE_SECONDS - waited, "An earlier import may still be arriving.")
        known = set(push.job.memo.get("imports", ()))
        found = await self.klaviyo.imports_into(list_id, sent_at - CLOCK_SKEW)
        if lost := [each for each in found if each not in known]:
            async with push.ledger.fenced(push.job) as connection:
                await push.remember(
                    connection, batch={**batch, "job": lost[0]}, imports=[*known, *lost]
                )
            return lost[0]
        first, last = batch["between"]
        people = [
            each
            for each in await push.next_people(self.klaviyo.most_profiles)
            if first <= each.customer_id <= last
        ]
        await self._mark_sent(push, people)
        kept = [each for each in people if each.may_be_written_to]
        again = {**batch, "at": now().isoformat()}
        async with push.ledger.fenced(push.job) as connection:
            await push.remember(connection, batch=again)
        return await self._import(push, list_id, again, kept)

    async def _mark_sent(self, push: Push, people: Sequence[Recipient]) -> None:
        """Note who is about to be sent, and who is not because they withdrew."""
        for start in range(0, len(people), MARKED_ROWS):
            part = people[start : start + MARKED_ROWS]
            gone = {
                each.customer_id: (Outcome.WITHDRAWN, "")
                for each in part
                if not each.may_be_written_to
            }
            between = (part[0].customer_id, part[-1].customer_id)
            async with push.ledger.fenced(push.job) as connection:
                await push.delivery.note_all(connection, between, Outcome.SENT, now(), gone)

    async def _settle(self, push: Push, batch: Json, problems: Sequence[ImportProblem]) -> None:
        """Note what became of everybody in an import, and go on behind it."""
        first, last = batch["between"]
        async with push.database.read() as connection:
            sent = await push.delivery.ids(connection, (first, last), Outcome.SENT)
        refused = await self._refused(push, sent, problems) if problems else {}
        async with push.ledger.fenced(push.job) as connection:
            await push.delivery.note(connection, refused, now())
        for start in range(0, len(sent), MARKED_ROWS):
            part = sent[start : start + MARKED_ROWS]
            async with push.ledger.fenced(push.job) as connection:
                await push.delivery.accept(connection, (part[0], part[-1]), Outcome.ACCEPTED, now())
        async with push.ledger.fenced(push.job) as connection:
            if len(sent) > len(refused):
                await push.has_reached_somebody(connection)
            await push.remember(connection, after=last, batch=None)

    async def _refused(
        self, push: Push, sent: Sequence[int], problems: Sequence[ImportProblem]
    ) -> dict[int, tuple[Outcome, str]]:
        """Find whom Klaviyo means: by e-mail address, else by the place among those sent."""
        people = await push.next_people(self.klaviyo.most_profiles)
        by_email = {(each.email or "").lower(): each.customer_id for each in people}
        found: dict[int, tuple[Outcome, str]] = {}
        for problem in problems:
            who = by_email.get(problem.email or "")
            if who is None and problem.place is not None and problem.place < len(sent):
                who = sent[problem.place]
            if who is not None:
                found[who] = (Outcome.REFUSED, problem.reason)
        return found

    def _profile(self, person: Recipient, push: Push) -> Json:
        first, last = files.names(person.name)
        phone = files.phone(person.phone)
        said: Json = {
            "email": person.email,
            "external_id": person.source_id or str(person.customer_id),
            "first_name": first,
            "last_name": last,
            "phone_number": phone,
            "location": {"country": person.country} if person.country else None,
            "properties": {
                "Regulars Campaign": push.campaign.plan.name,
                "Regulars Segment": SEGMENT_NAMES[person.segment],
                "Regulars Expected Value": float(Money(person.value, self.currency).major),
            },
        }
        return {name: value for name, value in said.items() if value}


def list_name(push: Push) -> str:
    """Name the list so that no other campaign, and no other installation, has the same."""
    approved = push.campaign.approved_at or push.campaign.started_at or now()
    return f"{push.campaign.plan.name} (Regulars {push.campaign.id}, {approved:%Y-%m-%d %H:%M:%S})"
