"""What a sync leaves on the link for the card to say: done, waiting, refused, gone."""

from typing import Any
from uuid import uuid4

from services.tickets import creation
from services.tickets.desk import TELL_OUTAGE, Desk
from services.tickets.telling import tell
from services.tickets.wishes import Wish
from storage import links
from storage.database import Connection, now_ms
from storage.jobs import Job, NewJob
from storage.links import Link


async def changed(
    desk: Desk,
    job: Job,
    connection: Connection,
    link: Link,
    actor: str | None,
    **changes: Any,  # noqa: ANN401 - column values
) -> None:
    """Save a change of state and have the card say who made it."""
    await links.save(
        connection,
        link.id,
        changed_by=actor,
        changed_at=now_ms(),
        waiting_since=None,
        problem=None,
        **changes,
    )
    await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))


async def say_waiting(desk: Desk, job: Job, link: Link) -> None:
    """Let the thread know that its wish is stored; admins hear of an outage once."""
    if link.waiting_since is not None:
        return
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, waiting_since=now_ms())
        await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))
        await desk.ledger.enqueue_unless_waiting(
            connection,
            NewJob(
                kind=TELL_OUTAGE,
                key=f"outage:{link.id}:{uuid4().hex}",
                order_key="outage",
                payload={},
                lane=1,
                delay_ms=20_000,
                correlation_id=job.correlation_id,
            ),
        )


async def say_answered(desk: Desk, job: Job) -> None:
    """Take back "Gorgias is not answering" where nothing else had to change."""
    async with desk.ledger.fenced(job) as connection:
        link = await links.get(connection, job.payload["link_id"])
        if link.waiting_since is not None:
            await links.save(connection, link.id, waiting_since=None)
            await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))
        await desk.ledger.finish(connection, job)


async def say_problem(desk: Desk, job: Job, link: Link, sentence: str) -> None:
    state = "refused" if link.ticket_id is None else link.state
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, state=state, problem=sentence, waiting_since=None)
        await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))


async def say_gone(desk: Desk, job: Job, link: Link, wish: Wish, sentence: str) -> None:
    """Make no ticket of a message that vanished before there was one; its reporter hears it."""
    if link.ticket_id is None and wish.reporters:
        await tell(
            desk,
            job,
            actor=wish.reporters[0],
            channel=link.channel,
            root_ts=None,
            sentence=sentence,
        )
    async with desk.ledger.fenced(job) as connection:
        await links.save(connection, link.id, state="withdrawn", waiting_since=None)
        # Also where we know of no card: one may be on its way. Where there is none, none is posted.
        await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))
