"""After a gap: read how reactions stand in Slack and take in what was missed.

Slack forgets an event about six minutes after it happened. What is missing is stored as if it had
just been told, so the same business keys keep every ticket single.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from services.ports import MessageReactions
from services.tickets.desk import REPAIR_GAP, Desk
from services.tickets.intake import Intake, ReactionAct
from storage import bookmarks, links, reactions
from storage.jobs import Job, NewJob

log = structlog.get_logger()

BOOKMARK = "slack.connected_until"
LOOK_BACK_SECONDS = 24 * 3600
LONGEST_LOOK_BACK_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Repair:
    """Compares Slack with what is stored."""

    desk: Desk
    intake: Intake

    async def run(self, job: Job) -> None:
        """Look at recent messages of every channel we are in, and at every live ticket's thread."""
        since = max(
            float(job.payload["since"]) - LOOK_BACK_SECONDS,
            time.time() - LONGEST_LOOK_BACK_SECONDS,
        )
        taken = 0
        seen: set[tuple[str, str]] = set()
        for channel in await self.desk.workspace.joined_channels():
            for message in await self.desk.workspace.reactions_since(channel, f"{since:.6f}"):
                seen.add((message.channel, message.ts))
                taken += await self._compare(job, message)
        async with self.desk.database.read() as connection:
            live = await links.live_since(connection, since)
        for link in live:
            for ts in filter(None, (link.root_ts, link.card_ts)):
                if link.card_channel is None and (link.channel, ts) not in seen:
                    message = await self.desk.workspace.reactions_on(link.channel, ts)
                    taken += await self._compare(job, message)
        log.info("gap.repaired", taken=taken, tickets=len(live))

    async def _compare(self, job: Job, message: MessageReactions) -> int:
        """Store every act that the stored state lacks; returns how many."""
        async with self.desk.database.read() as connection:
            stored = await reactions.of_message(connection, message.channel, message.ts)
            rules = await self.desk.channels.rules_in(connection, message.channel)
        # What was put before a channel's emoji were changed means what it meant then.
        acts = {row.emoji: row.act for row in stored}
        for emoji in message.users_by_emoji:
            if act := rules.emoji.act(emoji):
                acts[emoji] = act
        ours = {(row.emoji, row.actor) for row in stored if row.present}
        slacks = {
            (emoji, user)
            for emoji, users in message.users_by_emoji.items()
            for user in users
            if emoji in acts
        }
        gone = ours - slacks if message.is_complete else set()
        await self._take(job, message, acts, slacks - ours, added=True)
        await self._take(job, message, acts, gone, added=False)
        return len(slacks - ours) + len(gone)

    async def _take(
        self,
        job: Job,
        message: MessageReactions,
        acts: Mapping[str, str],
        changes: Iterable[tuple[str, str]],
        *,
        added: bool,
    ) -> None:
        for emoji, actor in sorted(changes):
            await self.intake.reaction(
                ReactionAct(
                    team=str(job.payload["team"]),
                    channel=message.channel,
                    ts=message.ts,
                    act=acts[emoji],
                    emoji=emoji,
                    actor=actor,
                    added=added,
                    event_ts=f"{message.read_at:.6f}",
                ),
                job.correlation_id or "gap",
            )


async def remember_connected(desk: Desk) -> None:
    """Note that we hear Slack now; the next gap starts here."""
    async with desk.database.transaction() as connection:
        await bookmarks.save(connection, BOOKMARK, f"{time.time():.6f}")


async def store(desk: Desk, since: float, team: str) -> None:
    """Have a gap repaired, and begin the next one now; a crash in between repairs it once more."""
    job = NewJob(REPAIR_GAP, f"gap:{since}", payload={"since": since, "team": team}, lane=1)
    async with desk.database.transaction() as connection:
        await desk.ledger.enqueue(connection, job)
        await bookmarks.save(connection, BOOKMARK, f"{time.time():.6f}")


async def connected_until(desk: Desk) -> float | None:
    """Tell when we last heard Slack, in seconds since 1970; None on the first start."""
    async with desk.database.read() as connection:
        value = await bookmarks.find(connection, BOOKMARK)
    return None if value is None else float(value)
