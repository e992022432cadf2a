"""The bot's life in channels: invited, removed, archived; one sentence to who can act."""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Self

import structlog

from services.tickets.creation import card_job
from services.tickets.desk import Desk
from services.tickets.intake import Departure, Invitation
from services.tickets.telling import is_first_today
from storage import bookmarks, links
from storage.database import Connection, now_ms
from storage.jobs import Job

log = structlog.get_logger()

JOINED, REMOVED, ARCHIVED = "joined", "removed", "archived"
WEEKS_LOOKED_AT = 4
EVERYDAY_A_WEEK = 10
"""From how many uses a week an emoji is everyday language in a channel."""

SAME_ACT_SECONDS = 600
"""Slack may tell of one act in two ways; within this time the same is not new."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How we stand in a channel, who invited us, and how it was called then."""

    standing: str = JOINED
    inviter: str = ""
    name: str = ""
    since: float = 0.0

    @classmethod
    async def read(cls, connection: Connection, channel: str) -> Self:
        """Read what is known of a channel; joined is what an unknown one was."""
        kept = await bookmarks.find(connection, _bookmark(channel))
        return cls(**json.loads(kept)) if kept else cls()

    def is_recently(self, standing: str) -> bool:
        """Whether this is how we stand, and became so just now."""
        return self.standing == standing and time.time() - self.since < SAME_ACT_SECONDS

    async def write(self, connection: Connection, channel: str) -> None:
        """Remember it."""
        kept = json.dumps(asdict(self), ensure_ascii=False)
        await bookmarks.save(connection, _bookmark(channel), kept)


async def take_invitation(desk: Desk, job: Job) -> None:
    """Say hello once, and move cards out of direct messages into their threads."""
    invitation = Invitation(**job.payload)
    async with desk.database.read() as connection:
        known = await Presence.read(connection, invitation.channel)
        elsewhere = await links.with_card_elsewhere(connection, invitation.channel)
    is_known = known.is_recently(JOINED)
    presence = Presence(
        inviter=invitation.inviter,
        name=(await desk.workspace.channel_name(invitation.channel) or "")[:80],
        since=time.time(),
    )
    async with desk.ledger.fenced(job) as connection:
        await presence.write(connection, invitation.channel)
    if not is_known:
        await desk.workspace.greet(invitation.channel, await _hello(desk, invitation.channel))
    for link in elsewhere:
        if link.card_ts is not None and link.card_channel is not None:
            await desk.workspace.retire_card(link.card_channel, link.card_ts, link.channel)
        async with desk.ledger.fenced(job) as connection:
            await links.save(
                connection,
                link.id,
                card_channel=None,
                card_ts=None,
                # The thread may still show the card from before we had to leave: look first.
                card_intent_at=now_ms(),
                card_digest=None,
            )
            if link.state != "offered":
                await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
    if not is_known:
        await _warn_of_everyday_emoji(desk, job, invitation.channel, invitation.inviter)


async def _warn_of_everyday_emoji(desk: Desk, job: Job, channel: str, inviter: str) -> None:
    """Tell who invited us if people here use an emoji of ours for something else all the time.

    Only how often is counted; nothing of what was written is read or kept.
    """
    if not inviter or not await is_first_today(desk, job, f"everyday_emoji:{channel}"):
        return
    emoji = (await desk.channels.rules(channel)).emoji
    since = time.time() - WEEKS_LOOKED_AT * 7 * 24 * 3600
    uses: Counter[str] = Counter()
    for message in await desk.workspace.reactions_since(channel, f"{since:.6f}"):
        uses.update({name: len(users) for name, users in message.users_by_emoji.items()})
    everyday = [
        f":{name}: (about {uses[name] // WEEKS_LOOKED_AT} times a week)"
        for _, names in emoji.meanings()
        for name in names
        if uses[name] // WEEKS_LOOKED_AT >= EVERYDAY_A_WEEK
    ]
    if everyday:
        await desk.workspace.tell_directly(
            inviter,
            f"In the channel you invited me to, people already use {' and '.join(everyday)}. On a "
            "message with a ticket I take it as meant for the ticket. To use another emoji there, "
            "an admin types /regulars settings in the channel.",
        )
    log.info("channel.emoji_counted", everyday=len(everyday))


async def take_departure(desk: Desk, job: Job) -> None:
    """Tell who invited us, else the admins, once, what stopped working and how to mend it."""
    departure = Departure(**job.payload)
    async with desk.database.read() as connection:
        known = await Presence.read(connection, departure.channel)
        count = await links.count_open_in(connection, departure.channel)
    if known.is_recently(departure.how):
        return
    name = known.name or await desk.workspace.channel_name(departure.channel) or ""
    where = f"#{name}" if name else "a private channel"
    told: list[str] = list(job.memo.get("told") or [])
    for person in await _who_can_act(desk, known.inviter):
        if person not in told:
            await desk.workspace.tell_directly(person, _sentence(departure.how, where, count))
            told.append(person)
            async with desk.ledger.fenced(job) as connection:
                await desk.ledger.checkpoint(connection, job, told=told)
    async with desk.ledger.fenced(job) as connection:
        gone = Presence(departure.how, known.inviter, name, time.time())
        await gone.write(connection, departure.channel)
        await desk.ledger.finish(connection, job)
    log.info("channel.left", channel=departure.channel, how=departure.how, open_tickets=count)


async def _hello(desk: Desk, channel: str) -> str:
    emoji = (await desk.channels.rules(channel)).emoji
    return (
        f"Hello! React :{emoji.mark}: on any message here to make it a Gorgias ticket, "
        f":{emoji.claim[0]}: to take it and :{emoji.resolve[0]}: on the first message to "
        "resolve it. `/customer` tells you who somebody is, `/regulars` everything else."
    )


async def _who_can_act(desk: Desk, inviter: str) -> list[str]:
    if inviter and await desk.people.is_agent(await desk.people.get(inviter)):
        return [inviter]
    return sorted(await desk.workspace.admins() | desk.options.admins)


def _sentence(how: str, where: str, count: int) -> str:
    tickets = "1 open ticket" if count == 1 else f"{count:,} open tickets"
    kept = f" Its {tickets} stay in Gorgias and in /tickets open." if count else ""
    if how == ARCHIVED:
        return f"{where} was archived, so reactions there no longer do anything.{kept}"
    return (
        f"I was removed from {where}, so reactions there no longer make or resolve tickets.{kept} "
        f"To have me back, type /invite @regulars in {where}."
    )


def _bookmark(channel: str) -> str:
    return f"channel:{channel}"
