"""Store what people did before Slack is told that we heard it.

Each act has a business key made of the act itself: Slack has been seen delivering one act eleven
times under different event ids.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from services.channel_settings import ChannelSettings
from services.outages import stored_or_told
from services.tickets.desk import (
    TAKE_DELETION,
    TAKE_DEPARTURE,
    TAKE_EDIT,
    TAKE_FORM,
    TAKE_INVITATION,
    TAKE_PRESS,
    TAKE_REACTION,
    TAKE_REPLY,
    TAKE_SHORTCUT,
)
from storage import links, reactions
from storage.database import Connection, Database, Lane
from storage.jobs import Ledger, NewJob
from storage.links import Link
from storage.reactions import Reaction

FORM_CHANNEL = "form"
"""Stands for the channel of a ticket that was written into a form."""


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
    respond_to: str = ""
    """Where a question that only they see can be taken away again."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A message is gone from Slack."""

    team: str
    channel: str
    ts: str
    event_ts: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody changed the words of a message; `before` is the message as it was."""

    team: str
    channel: str
    ts: str
    event_ts: str
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody wrote in a thread."""

    team: str
    channel: str
    root_ts: str
    ts: str
    actor: str


@dataclass(frozen=True, slots=True)
class ShortcutUse:
    """Somebody used "Create ticket" on a message, which Slack handed over as `message`."""

    team: str
    channel: str
    ts: str
    thread_ts: str | None
    actor: str
    act_ts: str
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FormSent:
    """Somebody wrote a new ticket into the form. `message` is what it says, as one message.

    Without an `actor` a program sent it, whose key was checked when it was taken in.
    """

    team: str
    form_id: str
    actor: str
    act_ts: str
    subject: str
    message: dict[str, Any]
    customer_id: int | None
    priority: str
    tags: list[str]
    is_test: bool = False
    """Closed as soon as it is made."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The bot was invited into a channel."""

    team: str
    channel: str
    event_ts: str
    inviter: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """The bot can no longer act in a channel: `how` is removed or archived."""

    team: str
    channel: str
    event_ts: str
    how: str


@dataclass(frozen=True, slots=True)
class Intake:
    """Every method commits before it returns; if it raises, nothing may be acknowledged.

    Raises NotStoredError while the database cannot be reached or is too busy.
    """

    database: Database
    ledger: Ledger
    channels: ChannelSettings
    edit_note_seconds: float = 60

    async def meaning(
        self, channel: str, ts: str, emoji: str, actor: str, *, added: bool
    ) -> str | None:
        """Tell what an emoji means in a channel; None: nothing.

        One taken away means what it meant when it was put, even if the channel's settings have
        changed since.
        """
        async with stored_or_told(), self.database.statements(Lane.INTAKE) as connection:
            rules = await self.channels.rules_in(connection, channel)
            act = rules.emoji.act(emoji)
            if act is None and not added:
                stored = await reactions.of_message(connection, channel, ts)
                theirs = (row.act for row in stored if (row.emoji, row.actor) == (emoji, actor))
                act = next(theirs, None)
        return act

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
        async with self._storing() as connection:
            await reactions.record_with_job(connection, as_it_stands(act), job)
            self.ledger.tell_after_commit(connection)

    async def rehearse(self) -> None:
        """Do what a reaction takes on every connection for it, and take it back.

        So the first envelopes wait neither for connections to be opened nor for statements to be
        compiled, here and in the server.
        """
        act = ReactionAct("", "", "", "ticket", "", "", added=True, event_ts="")
        job = NewJob(TAKE_REACTION, "rehearsal", asdict(act))

        async def reaction(connection: Connection) -> None:
            await self.channels.rules_in(connection, act.channel)
            await reactions.record_with_job(connection, as_it_stands(act), job)

        await self.database.rehearse(Lane.INTAKE, reaction)

    async def press(self, press: Press, correlation_id: str) -> None:
        """Store a press of a button on a card."""
        job = NewJob(
            kind=TAKE_PRESS,
            key=f"press:{press.channel}:{press.ts}:{press.action}:{press.actor}:{press.act_ts}",
            order_key=f"message:{press.channel}:{press.ts}",
            payload=asdict(press),
            correlation_id=correlation_id,
        )
        async with self._storing() as connection:
            await self.ledger.enqueue(connection, job)

    async def shortcut(self, use: ShortcutUse, correlation_id: str) -> None:
        """Store the use of the shortcut on a message."""
        key = f"shortcut:{use.channel}:{use.ts}:{use.actor}:{use.act_ts}"
        await self._store(
            TAKE_SHORTCUT, key, f"message:{use.channel}:{use.ts}", use, correlation_id
        )

    async def form(self, form: FormSent, correlation_id: str) -> bool:
        """Store a new ticket's form; False when this very form was sent before."""
        key = f"form:{form.form_id}"
        return await self._store(TAKE_FORM, key, key, form, correlation_id)

    async def invitation(self, invitation: Invitation, correlation_id: str) -> None:
        """Store that we were invited."""
        key = f"invitation:{invitation.channel}:{invitation.event_ts}"
        order_key = f"channel:{invitation.channel}"
        await self._store(TAKE_INVITATION, key, order_key, invitation, correlation_id)

    async def departure(self, departure: Departure, correlation_id: str) -> None:
        """Store that a channel is closed to us."""
        key = f"departure:{departure.channel}:{departure.how}:{departure.event_ts}"
        order_key = f"channel:{departure.channel}"
        await self._store(TAKE_DEPARTURE, key, order_key, departure, correlation_id)

    async def _store(
        self,
        kind: str,
        key: str,
        order_key: str,
        act: ShortcutUse | FormSent | Invitation | Departure,
        correlation_id: str,
    ) -> bool:
        job = NewJob(
            kind=kind,
            key=key,
            order_key=order_key,
            payload=asdict(act),
            correlation_id=correlation_id,
        )
        async with self._storing() as connection:
            return await self.ledger.enqueue(connection, job)

    @asynccontextmanager
    async def _storing(self) -> AsyncGenerator[Connection]:
        """Open what one statement is stored by."""
        intake = self.database.transaction(Lane.INTAKE, one_statement=True)
        async with stored_or_told(), intake as connection:
            yield connection

    async def deletion(self, deletion: Deletion, correlation_id: str) -> None:
        """Store a deletion if we hold a copy of the message."""
        async with stored_or_told(), self.database.transaction(Lane.INTAKE) as connection:
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

    async def edit(self, edit: Edit, correlation_id: str) -> None:
        """Store an edit if a ticket holds a copy of the message.

        The edits of one minute are one job, done when the minute is over.
        """
        minute, into_minute = divmod(float(edit.event_ts), self.edit_note_seconds)
        async with stored_or_told(), self.database.transaction(Lane.INTAKE) as connection:
            link = await links.find_by_copy(connection, edit.channel, edit.ts)
            if link is None or link.state == "withdrawn":
                return
            job = NewJob(
                kind=TAKE_EDIT,
                key=f"edit:{edit.channel}:{edit.ts}:{minute:.0f}",
                order_key=f"edit:{edit.channel}:{edit.ts}",
                payload={"link_id": link.id, **asdict(edit)},
                delay_ms=int((self.edit_note_seconds + 1 - into_minute) * 1000),
                correlation_id=correlation_id,
            )
            await self.ledger.enqueue(connection, job)

    async def reply(self, reply: Reply, correlation_id: str) -> None:
        """Store a reply if its thread has a ticket, or is about to get one."""
        async with stored_or_told(), self.database.transaction(Lane.INTAKE) as connection:
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


def is_shown_nowhere(link: Link) -> bool:
    """Whether a program asked for the ticket, or a person whom Slack does not let us write to."""
    return link.channel == FORM_CHANNEL and link.card_channel is None


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
