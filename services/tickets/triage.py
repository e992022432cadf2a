"""A ✅ without a ticket in a triage channel: ask its author alone, at most once a day."""

import structlog

from services.errors import MessageGoneError, NotInChannelError
from services.ports import Thread
from services.tickets.desk import Desk
from services.tickets.telling import is_first_today, was_told_today
from storage.jobs import Job
from storage.reactions import Reaction

log = structlog.get_logger()


async def offer(desk: Desk, job: Job, check: Reaction) -> None:
    """Ask whether to create and resolve; silence wherever that makes no sense."""
    if not (await desk.channels.rules(check.channel)).is_triage:
        return
    if not await desk.people.is_agent(await desk.people.get(check.actor)):
        return
    occasion = f"triage:{check.actor}"
    if await was_told_today(desk, job, occasion):
        return
    thread = await _thread(desk, check)
    if thread is None or thread.root_ts != check.ts or thread.messages[0].is_card:
        return
    if await is_first_today(desk, job, occasion):
        reached = await desk.workspace.offer_ticket(check.actor, check.channel, check.ts)
        log.info("triage.offered", reached=reached)


async def _thread(desk: Desk, check: Reaction) -> Thread | None:
    try:
        return await desk.workspace.thread(check.channel, check.ts)
    except (MessageGoneError, NotInChannelError) as error:
        log.info("triage.not_offered", reason=error.code)
        return None
