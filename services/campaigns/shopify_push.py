"""An approved list as a tag that its customers get in Shopify."""

import asyncio
import time
from dataclasses import dataclass

from services.campaigns.pushes import Push, now
from services.shopify import LONGEST_TAG, Shopify
from storage.campaigns.deliveries import Outcome, Recipient

AT_ONCE = 8
PAGE = 40
STEP_SECONDS = 4.0
"""After so long it shows how far it is, and lets the process end if that was asked."""


@dataclass(frozen=True, slots=True)
class ShopifyPush:
    """Adds one tag to each customer; nobody loses a tag."""

    shopify: Shopify

    def target(self, push: Push) -> str:
        """Name the tag."""
        return f"Shopify customers with the tag “{tag_of(push)}”."

    async def step(self, push: Push) -> bool:
        """Tag some dozen after another, for some seconds."""
        until = time.monotonic() + STEP_SECONDS
        while time.monotonic() < until:
            people = await push.next_people(PAGE) if push.may_go_on else []
            if not people:
                return True
            await self._tag(push, people)
        return False

    async def _tag(self, push: Push, people: list[Recipient]) -> None:
        tag, turn = tag_of(push), asyncio.Semaphore(AT_ONCE)

        async def outcome(person: Recipient) -> tuple[Outcome, str]:
            if not person.may_be_written_to:
                return Outcome.WITHDRAWN, ""
            if not person.source_id:
                return Outcome.REFUSED, "not known to Shopify: imported without a customer id"
            async with turn:
                problem = await self.shopify.add_tag(person.source_id, tag)
            return (Outcome.REFUSED, problem) if problem else (Outcome.TAGGED, "")

        # All of them end before one's failure is told: who was tagged is tagged again later.
        ended = await asyncio.gather(*map(outcome, people), return_exceptions=True)
        found: dict[int, tuple[Outcome, str]] = {}
        for person, end in zip(people, ended, strict=True):
            if isinstance(end, BaseException):
                raise end
            found[person.customer_id] = end
        async with push.ledger.fenced(push.job) as connection:
            await push.delivery.note(connection, found, now())
            if any(said is Outcome.TAGGED for said, _ in found.values()):
                await push.has_reached_somebody(connection)
            await push.remember(connection, after=people[-1].customer_id)


def tag_of(push: Push) -> str:
    """Give the tag; Shopify separates tags by commas and allows forty characters."""
    name = " ".join(push.campaign.plan.name.replace(",", " ").split())
    return f"regulars-{push.campaign.id} {name}"[:LONGEST_TAG].strip()
