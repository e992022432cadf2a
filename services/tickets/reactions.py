"""From an emoji on a message to the thread it acts on, if the person may do that."""

from uuid import uuid4

import structlog

from services.emoji import RESOLVE, TICKET
from services.errors import MessageGoneError, NotInChannelError
from services.ports import Thread
from services.tickets import triage
from services.tickets.desk import SYNC, Desk
from services.tickets.intake import ReactionAct, as_it_stands
from services.tickets.subjects import subject_of
from services.tickets.telling import is_first_today, refuse, tell
from storage import links, reactions
from storage.database import Connection
from storage.jobs import Job, NewJob
from storage.links import Link
from storage.reactions import Reaction

log = structlog.get_logger()


def sync_job(link: Link, job: Job) -> NewJob:
    """Build the job that brings Gorgias to the state then standing for this thread."""
    return NewJob(
        kind=SYNC,
        key=f"sync:{link.id}:{uuid4().hex}",
        order_key=link.order_key,
        payload={"link_id": link.id},
        correlation_id=job.correlation_id,
    )


async def take_reaction(desk: Desk, job: Job) -> None:
    """Find the thread an emoji acts on and have its ticket brought into step.

    What counts is how the emoji stands now, not what this one event said: events may come late,
    twice or in the wrong order.
    """
    act = ReactionAct(**job.payload)
    async with desk.database.read() as connection:
        standing = await reactions.current(connection, as_it_stands(act))
        link = await links.find_by_message(connection, act.channel, act.ts)
        if standing and standing.root_ts and link is None:
            link = await links.find(connection, act.channel, standing.root_ts)
    if standing is None or (standing.root_ts is None and not standing.present):
        return
    if link is None and standing.act == RESOLVE:
        await triage.offer(desk, job, standing)
        return
    if standing.root_ts is None and not await _may_act(desk, job, standing, link):
        return
    if link is not None:
        await _act_on(desk, job, standing, link)
    elif standing.act == TICKET:
        await _open_link(desk, job, act.team, standing)


async def _act_on(desk: Desk, job: Job, standing: Reaction, link: Link) -> None:
    async with desk.ledger.fenced(job) as connection:
        await reactions.accept(connection, standing, link.root_ts)
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


async def _open_link(desk: Desk, job: Job, team: str, standing: Reaction) -> None:
    """Resolve the root of a first 🎫, since the event does not say which thread it is in."""
    thread = await _read_thread(desk, job, standing)
    if thread is None:
        return
    if thread.messages[0].is_card:
        log.info("reaction.on_own_message")  # a hello or an answer of ours is nobody's trouble
        return
    early = await _early_checks(desk, standing, thread.root_ts)
    async with desk.ledger.fenced(job) as connection:
        link = await links.want(
            connection,
            team=team,
            channel=standing.channel,
            root_ts=thread.root_ts,
            subject=subject_of(thread),
        )
        await _accept_all(connection, [standing, *early], link)
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


async def _accept_all(connection: Connection, standing: list[Reaction], link: Link) -> None:
    for reaction in standing:
        await reactions.accept(connection, reaction, link.root_ts)


async def _early_checks(desk: Desk, ticket: Reaction, root_ts: str) -> list[Reaction]:
    """List the ✅ that overtook this 🎫 on their way here; older ones meant something else."""
    async with desk.database.read() as connection:
        early = await reactions.not_yet_accepted(
            connection,
            ticket.channel,
            root_ts,
            act=RESOLVE,
            after=ticket.event_ts,
        )
    return [
        check for check in early if await desk.people.is_agent(await desk.people.get(check.actor))
    ]


async def _may_act(desk: Desk, job: Job, standing: Reaction, link: Link | None) -> bool:
    """Refuse aloud, but apps, and a ✅ or 👀 without a ticket, are passed over in silence."""
    if link is None and standing.act != TICKET:
        return False
    person = await desk.people.get(standing.actor)
    if await desk.people.is_agent(person):
        return True
    if person.is_bot:
        return False
    root_ts = link.root_ts if link else standing.ts
    await refuse(desk, job, actor=standing.actor, channel=standing.channel, root_ts=root_ts)
    return False


async def _read_thread(desk: Desk, job: Job, standing: Reaction) -> Thread | None:
    try:
        return await desk.workspace.thread(standing.channel, standing.ts)
    except (MessageGoneError, NotInChannelError) as error:
        log.info("ticket.not_made", channel=standing.channel, reason=error.code)
        if isinstance(error, NotInChannelError) and not await is_first_today(
            desk, job, f"invite_hint:{standing.channel}"
        ):
            return None
        await tell(
            desk,
            job,
            actor=standing.actor,
            channel=standing.channel,
            root_ts=None,
            sentence=error.sentence,
        )
        return None
