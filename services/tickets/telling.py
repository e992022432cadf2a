"""Tell one person, privately, what did not happen and what to do; keep a record if they hear it."""

import structlog

from services.tickets.desk import Desk
from storage import audit
from storage.jobs import Job

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
