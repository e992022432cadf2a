"""Tell one person, privately, what did not happen and what to do; keep a record if they hear it."""

from datetime import datetime

import structlog

from services.tickets.desk import Desk
from storage import audit, bookmarks
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

MAY_NOT = (
    "Only full members of this team's support can make or change tickets, so nothing was changed. "
    "Ask a colleague in support to do it."
)


async def refuse(desk: Desk, job: Job, *, actor: str, channel: str, root_ts: str) -> None:
    """Say that this person may not; the sentence holds no customer data."""
    await tell(desk, job, actor=actor, channel=channel, root_ts=root_ts, sentence=MAY_NOT)


async def tell(
    desk: Desk,
    job: Job,
    *,
    actor: str,
    channel: str,
    root_ts: str | None,
    sentence: str,
) -> None:
    """Tell `actor` in the thread, the channel or a direct message; the audit log keeps the fact."""
    reached = await desk.workspace.tell(actor, channel, root_ts, sentence)
    async with desk.ledger.fenced(job) as connection:
        await audit.append(
            connection,
            actor=actor,
            action=f"{job.kind}.refused",
            subject=f"{channel}:{root_ts}",
            detail={"told": reached},
        )
    log.info("person.told", job_kind=job.kind, reached=reached)


async def tell_in_thread(desk: Desk, job: Job, link: Link, actor: str, sentence: str) -> None:
    """Tell `actor` where the ticket was asked for."""
    channel, root_ts = link.channel, link.root_ts
    await tell(desk, job, actor=actor, channel=channel, root_ts=root_ts, sentence=sentence)


async def was_told_today(desk: Desk, job: Job, occasion: str) -> bool:
    """Whether something that is said at most once a day was said, by another job than this."""
    async with desk.database.read() as connection:
        told = await bookmarks.find(connection, occasion)
    return told is not None and told.startswith(_today(desk)) and told != _stamp(desk, job)


async def is_first_today(desk: Desk, job: Job, occasion: str) -> bool:
    """Take today's turn to say something; a job that is tried again keeps its turn."""
    if await was_told_today(desk, job, occasion):
        return False
    async with desk.ledger.fenced(job) as connection:
        await bookmarks.save(connection, occasion, _stamp(desk, job))
    return True


def _today(desk: Desk) -> str:
    return datetime.now(desk.options.zone).date().isoformat()


def _stamp(desk: Desk, job: Job) -> str:
    return f"{_today(desk)} {job.id}"
