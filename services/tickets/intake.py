"""Store what people did before Slack is told that we heard it.

Each act has a business key made of the act itself: Slack has been seen delivering one act eleven
times under different event ids.
"""

from dataclasses import asdict, dataclass
from typing import Self

from services.tickets.desk import (
    CLAIM,
    RESOLVE,
    TAKE_DELETION,
    TAKE_PRESS,
    TAKE_REACTION,
    TAKE_REPLY,
    TICKET,
)
from storage import links, reactions
from storage.database import Database, Lane
from storage.jobs import Ledger, NewJob
from storage.reactions import Reaction


@dataclass(frozen=True, slots=True)
class ReactionAct:
    """Somebody added or removed an emoji that means something."""

    team: str
    channel: str
    ts: str
    act: str
    emoji: str
    actor: str
    added: bool
    event_ts: str


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button on a card, or sent a form that it opened."""

    team: str
    channel: str
    ts: str
    """The card's own message."""
    action: str
    actor: str
    act_ts: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message is gone from Slack."""

    team: str
    channel: str
    ts: str
    event_ts: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody wrote in a thread."""

    team: str
    channel: str
    root_ts: str
    ts: str
    actor: str


@dataclass(frozen=True, slots=True)
class Intake:
    """Every method commits before it returns; if it raises, nothing may be acknowledged."""

    database: Database
    ledger: Ledger

    async def reaction(self, act: ReactionAct, correlation_id: str) -> None:
        """Store an emoji that means something, and how it stands now."""
        verb = "added" if act.added else "removed"
        key = f"{act.team}:{act.channel}:{act.ts}:{verb}:{act.emoji}:{act.actor}:{act.event_ts}"
        job = NewJob(
            kind=TAKE_REACTION,
            key=f"reaction:{key}",
            order_key=f"message:{act.channel}:{act.ts}",
            payload=asdict(act),
            correlation_id=correlation_id,
        )
        async with self.database.transaction(Lane.INTAKE) as connection:
            if await self.ledger.enqueue(connection, job):
                await reactions.record(connection, as_it_stands(act))

    async def press(self, press: Press, correlation_id: str) -> None:
        """Store a press of a button on a card."""
        job = NewJob(
            kind=TAKE_PRESS,
            key=f"press:{press.channel}:{press.ts}:{press.action}:{press.actor}:{press.act_ts}",
            order_key=f"message:{press.channel}:{press.ts}",
            payload=asdict(press),
            correlation_id=correlation_id,
        )
        async with self.database.transaction(Lane.INTAKE) as connection:
            await self.ledger.enqueue(connection, job)

    async def deletion(self, deletion: Deletion, correlation_id: str) -> None:
        """Store a deletion if we hold a copy of the message."""
        async with self.database.transaction(Lane.INTAKE) as connection:
            link = await links.find_by_copy(
                connection, deletion.channel, deletion.ts
            ) or await links.find(connection, deletion.channel, deletion.ts)
            if link is None:
                return
            job = NewJob(
                kind=TAKE_DELETION,
                key=f"deletion:{deletion.channel}:{deletion.ts}",
                order_key=link.order_key,
                payload={"link_id": link.id, **asdict(deletion)},
                correlation_id=correlation_id,
            )
            await self.ledger.enqueue(connection, job)

    async def reply(self, reply: Reply, correlation_id: str) -> None:
        """Store a reply if its thread has a ticket, or is about to get one."""
        async with self.database.transaction(Lane.INTAKE) as connection:
            link = await links.find(connection, reply.channel, reply.root_ts)
            if link is None or link.state == "withdrawn":
                return
            job = NewJob(
                kind=TAKE_REPLY,
                key=f"reply:{reply.channel}:{reply.ts}",
                order_key=link.order_key,
                payload={"link_id": link.id, **asdict(reply)},
                correlation_id=correlation_id,
            )
            await self.ledger.enqueue(connection, job)


def as_it_stands(act: ReactionAct) -> Reaction:
    """Turn an act into the state it leaves behind, not yet accepted."""
    return Reaction(
        channel=act.channel,
        ts=act.ts,
        act=act.act,
        emoji=act.emoji,
        actor=act.actor,
        present=act.added,
        event_ts=act.event_ts,
        root_ts=None,
    )


@dataclass(frozen=True, slots=True)
class Emoji:
    """Which emoji mean what; names without colons and skin tones."""

    ticket: frozenset[str]
    resolve: frozenset[str]
    claim: frozenset[str]
    mark: str
    """What the bot puts on a message that has a ticket."""

    @classmethod
    def named(
        cls,
        ticket: tuple[str, ...],
        resolve: tuple[str, ...],
        claim: tuple[str, ...],
    ) -> Self:
        return cls(frozenset(ticket), frozenset(resolve), frozenset(claim), ticket[0])

    def act(self, name: str) -> str | None:
        """Tell what this emoji means; None: nothing to us."""
        plain = name.partition("::")[0]
        for act, names in ((TICKET, self.ticket), (RESOLVE, self.resolve), (CLAIM, self.claim)):
            if plain in names:
                return act
        return None
