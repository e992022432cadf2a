"""Who is to be written to, and what became of each of them in each way of delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, String, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.campaigns.members import Arm
from storage.database import Connection
from storage.models import Instant, campaign_members, campaign_outcomes, customers

LONGEST_PROBLEM = 255


class Channel(StrEnum):
    """A way in which a list leaves."""

    KLAVIYO_FILE = "klaviyo_file"
    MAILCHIMP_FILE = "mailchimp_file"
    KLAVIYO = "klaviyo"
    SHOPIFY = "shopify"


class Outcome(StrEnum):
    """What became of the delivery to one person."""

    SENT = "sent"  # on its way; the other side has not said yet
    EXPORTED = "exported"  # stands in a file that somebody fetched
    ACCEPTED = "accepted"  # a marketing system took the profile
    TAGGED = "tagged"
    REFUSED = "refused"  # the other side did not take it
    WITHDRAWN = "withdrawn"  # no consent any more since the audience was frozen


REACHED = (Outcome.EXPORTED, Outcome.ACCEPTED, Outcome.TAGGED)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to, as stored today; amounts as expected at the freeze."""

    customer_id: int
    source_id: str | None
    email: str | None
    phone: str | None
    name: str
    country: str | None
    consent: str
    segment: int
    """Position in `services.analytics.segments.SEGMENTS`."""
    value: int
    """Expected spend in 365 days, minor units."""

    @property
    def may_be_written_to(self) -> bool:
        """Still subscribed, and with an address."""
        return self.consent == "subscribed" and bool(self.email)


async def recipients(
    connection: Connection, campaign_id: int, *, after: int = 0, limit: int = 1_000
) -> list[Recipient]:
    """List the treated in the order of their ids, from behind `after`; the erased are gone."""
    own, person = campaign_members.c, customers.c
    query = (
        select(
            *(own.customer_id, person.source_id, person.email, person.phone, person.name),
            *(person.country, person.consent, own.segment, own.value_365),
        )
        .join(customers, person.id == own.customer_id)
        .where(own.campaign_id == campaign_id, own.arm == Arm.TREATED, own.customer_id > after)
        .where(person.id > after)  # else PostgreSQL reads the customers from the first one on
        .order_by(own.customer_id)
        .limit(limit)
    )
    return [Recipient(*row) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way in which one campaign's list leaves."""

    campaign_id: int
    channel: Channel

    async def note_all(
        self,
        connection: Connection,
        between: tuple[int, int],
        outcome: Outcome,
        at: datetime,
        left_out: Mapping[int, tuple[Outcome, str]],
    ) -> None:
        """Note an outcome for all the treated whose ids lie between two, which count too.

        Those `left_out` get theirs.
        """
        await self._put(connection, between, outcome, at)
        await self.note(connection, left_out, at)
        if outcome in REACHED:
            await self._contacted(connection, between, outcome, at)

    async def note(
        self,
        connection: Connection,
        outcomes: Mapping[int, tuple[Outcome, str]],
        at: datetime,
    ) -> None:
        """Note what became of some, and of each why; call it with some thousand at most."""
        rows = [
            {
                **self._key,
                "customer_id": customer_id,
                "outcome": str(outcome),
                "at": at,
                "problem": problem[:LONGEST_PROBLEM] or None,
            }
            for customer_id, (outcome, problem) in outcomes.items()
        ]
        if rows:
            await connection.execute(_replacing(_insert(connection)), rows)
        for reached in {outcome for outcome, _ in outcomes.values()} & set(REACHED):
            await self._contacted(connection, (min(outcomes), max(outcomes)), reached, at)

    async def accept(
        self, connection: Connection, between: tuple[int, int], outcome: Outcome, at: datetime
    ) -> None:
        """Note that the other side took all who were on their way, between two ids."""
        own = campaign_outcomes.c
        await connection.execute(
            update(campaign_outcomes)
            .where(
                own.campaign_id == self.campaign_id,
                own.channel == str(self.channel),
                own.customer_id.between(*between),
                own.outcome == str(Outcome.SENT),
            )
            .values(outcome=str(outcome), at=at)
        )
        await self._contacted(connection, between, outcome, at)

    async def ids(
        self, connection: Connection, between: tuple[int, int], outcome: Outcome
    ) -> list[int]:
        """List whom an outcome befell, between two ids, in order."""
        return list(await connection.scalars(self._with(between, outcome)))

    @property
    def _key(self) -> dict[str, object]:
        return {"campaign_id": self.campaign_id, "channel": str(self.channel)}

    def _with(self, between: tuple[int, int], outcome: Outcome) -> Select[tuple[int]]:
        own = campaign_outcomes.c
        return (
            select(own.customer_id)
            .where(
                own.campaign_id == self.campaign_id,
                own.channel == str(self.channel),
                own.customer_id.between(*between),
                own.outcome == str(outcome),
            )
            .order_by(own.customer_id)
        )

    async def _put(
        self, connection: Connection, between: tuple[int, int], outcome: Outcome, at: datetime
    ) -> None:
        own = campaign_members.c
        rows = select(
            own.campaign_id,
            literal(str(self.channel), String()),
            own.customer_id,
            literal(str(outcome), String()),
            literal(at, Instant()),
            literal(None, String()),
        ).where(
            own.campaign_id == self.campaign_id,
            own.arm == Arm.TREATED,
            own.customer_id.between(*between),
        )
        names = ["campaign_id", "channel", "customer_id", "outcome", "at", "problem"]
        await connection.execute(_replacing(_insert(connection).from_select(names, rows)))

    async def _contacted(
        self, connection: Connection, between: tuple[int, int], outcome: Outcome, at: datetime
    ) -> None:
        """Remember the first time that anything reached them."""
        own = campaign_members.c
        await connection.execute(
            update(campaign_members)
            .where(
                own.campaign_id == self.campaign_id,
                own.contacted_at.is_(None),
                own.customer_id.in_(self._with(between, outcome).order_by(None)),
            )
            .values(contacted_at=at)
        )


async def count_outcomes(connection: Connection, campaign_id: int) -> dict[str, dict[str, int]]:
    """Count by channel and outcome."""
    own = campaign_outcomes.c
    query = (
        select(own.channel, own.outcome, func.count())
        .where(own.campaign_id == campaign_id)
        .group_by(own.channel, own.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for channel, outcome, count in await connection.execute(query):
        found.setdefault(channel, {})[outcome] = count
    return found


async def count_problems(
    connection: Connection, campaign_id: int, channel: Channel, limit: int = 5
) -> list[tuple[str, int]]:
    """Count why people were refused, the most frequent reasons first."""
    own = campaign_outcomes.c
    query = (
        select(func.coalesce(own.problem, ""), func.count())
        .where(
            own.campaign_id == campaign_id,
            own.channel == str(channel),
            own.outcome == str(Outcome.REFUSED),
        )
        .group_by(own.problem)
        .order_by(func.count().desc(), own.problem)
        .limit(limit)
    )
    return [(reason, count) for reason, count in await connection.execute(query)]


def _insert(connection: Connection) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(campaign_outcomes)
    return postgresql.insert(campaign_outcomes)


def _replacing(rows: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    new = rows.excluded
    return rows.on_conflict_do_update(
        index_elements=["campaign_id", "channel", "customer_id"],
        set_={"outcome": new.outcome, "at": new.at, "problem": new.problem},
    )
