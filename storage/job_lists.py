"""Jobs as an operator looks at them: dead letters page by page, and standing work."""

from collections.abc import Sequence

from sqlalchemy import select, update

from storage.database import Connection, now_ms
from storage.jobs import SUMMARY, JobSummary
from storage.models import jobs


async def dead_page(connection: Connection, before: int | None, limit: int) -> list[JobSummary]:
    """List dead letters, newest first, that were stored before the job `before`."""
    query = select(*SUMMARY).where(jobs.c.state == "dead")
    if before is not None:
        query = query.where(jobs.c.id < before)
    rows = await connection.execute(query.order_by(jobs.c.id.desc()).limit(limit))
    return [JobSummary(*row) for row in rows]


async def standing(connection: Connection, kinds: Sequence[str]) -> list[JobSummary]:
    """List the jobs of these kinds that are not done."""
    query = select(*SUMMARY).where(jobs.c.kind.in_(kinds), jobs.c.state != "done")
    return [JobSummary(*row) for row in await connection.execute(query.order_by(jobs.c.id))]


async def hasten(connection: Connection, kinds: Sequence[str]) -> list[str]:
    """Make waiting jobs of these kinds due now; returns the kinds there were."""
    due = (
        update(jobs)
        .where(jobs.c.kind.in_(kinds), jobs.c.state == "ready")
        .values(run_at=now_ms())
        .returning(jobs.c.kind)
    )
    return sorted((await connection.execute(due)).scalars())
