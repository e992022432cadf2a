"""The other doors to a ticket: a shortcut, a form, and the question in a triage channel."""

import structlog

from services.emoji import RESOLVE
from services.errors import MessageGoneError, NotInChannelError
from services.tickets.creation import card_job
from services.tickets.desk import Desk
from services.tickets.intake import FORM_CHANNEL, FormSent, Press, ShortcutUse
from services.tickets.reactions import sync_job
from services.tickets.subjects import subject_of
from services.tickets.telling import refuse, tell
from storage import audit, links, reactions
from storage.jobs import Job

log = structlog.get_logger()

OWN_MESSAGE = (
    "That message is my own, so no ticket was made. Use Create ticket on what a colleague wrote."
)


async def take_shortcut(desk: Desk, job: Job) -> None:
    """Make a ticket of a message, also where the bot cannot read."""
    use = ShortcutUse(**job.payload)
    if not await desk.people.is_agent(await desk.people.get(use.actor)):
        await refuse(desk, job, actor=use.actor, channel=use.channel, root_ts=use.ts)
        return
    try:
        thread = await desk.workspace.thread(use.channel, use.ts)
    except MessageGoneError as error:
        await tell(
            desk, job, actor=use.actor, channel=use.channel, root_ts=None, sentence=error.sentence
        )
        return
    except NotInChannelError:
        await _offer(desk, job, use)
        return
    if thread.messages[0].is_card:
        await tell(
            desk, job, actor=use.actor, channel=use.channel, root_ts=None, sentence=OWN_MESSAGE
        )
        return
    async with desk.ledger.fenced(job) as connection:
        link = await links.want(
            connection,
            team=use.team,
            channel=use.channel,
            root_ts=thread.root_ts,
            subject=subject_of(thread),
        )
        await links.merge_acts(connection, link.id, asked={"by": use.actor, "ts": use.act_ts})
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


async def _offer(desk: Desk, job: Job, use: ShortcutUse) -> None:
    """Say what is in the way, and offer to file this one message all the same."""
    direct = await desk.workspace.direct_channel(use.actor)
    if direct is None:
        log.info("shortcut.person_unreachable")
        return
    thread = await desk.workspace.told_thread(use.message)
    async with desk.ledger.fenced(job) as connection:
        link = await links.want(
            connection,
            team=use.team,
            channel=use.channel,
            root_ts=use.thread_ts or use.ts,
            subject=subject_of(thread),
            state="offered",
        )
        if link.ticket_id is None and link.card_ts is None:
            await links.save(connection, link.id, source=use.message, card_channel=direct)
        await links.merge_acts(connection, link.id, asked={"by": use.actor, "ts": use.act_ts})
        await desk.ledger.enqueue_unless_waiting(connection, card_job(link, job))
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


async def take_form(desk: Desk, job: Job) -> None:
    """Make a ticket of what somebody wrote into the form; the card goes to them directly."""
    form = FormSent(**job.payload)
    direct = None
    if form.actor:
        if not await desk.people.is_agent(await desk.people.get(form.actor)):
            await refuse(desk, job, actor=form.actor, channel=form.actor, root_ts="")
            return
        direct = await desk.workspace.direct_channel(form.actor)
    async with desk.ledger.fenced(job) as connection:
        link = await links.want(
            connection,
            team=form.team,
            channel=FORM_CHANNEL,
            root_ts=form.form_id,
            subject=form.subject,
        )
        await links.save(
            connection,
            link.id,
            source=form.message,
            card_channel=direct,
            customer_id=form.customer_id,
            priority=form.priority,
            ours={"tags": form.tags},
        )
        acts = {"asked": {"by": form.actor, "ts": form.act_ts}}
        if form.is_test:
            acts["status"] = {"value": "closed", "by": form.actor, "ts": form.act_ts}
        await links.merge_acts(connection, link.id, **acts)
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.finish(connection, job)


async def create_and_resolve(desk: Desk, job: Job, press: Press) -> None:
    """Make the ticket and let the ✅ that stand on its message resolve it."""
    root_ts = press.value
    if not await desk.people.is_agent(await desk.people.get(press.actor)):
        await refuse(desk, job, actor=press.actor, channel=press.channel, root_ts=root_ts)
        return
    try:
        thread = await desk.workspace.thread(press.channel, root_ts)
    except (MessageGoneError, NotInChannelError) as error:
        await tell(
            desk,
            job,
            actor=press.actor,
            channel=press.channel,
            root_ts=None,
            sentence=error.sentence,
        )
        return
    await desk.workspace.dismiss(press.respond_to)
    async with desk.ledger.fenced(job) as connection:
        link = await links.want(
            connection,
            team=press.team,
            channel=press.channel,
            root_ts=thread.root_ts,
            subject=subject_of(thread),
        )
        for check in await reactions.not_yet_accepted(
            connection, press.channel, root_ts, act=RESOLVE, after=""
        ):
            if check.actor == press.actor:
                await reactions.accept(connection, check, link.root_ts)
        wish = {"by": press.actor, "ts": press.act_ts}
        await links.merge_acts(connection, link.id, asked=wish, status={"value": "closed", **wish})
        await audit.append(
            connection, actor=press.actor, action=press.action, subject=link.external_id
        )
        await desk.ledger.enqueue_unless_waiting(connection, sync_job(link, job))
        await desk.ledger.forget(connection, job, "respond_to")
        await desk.ledger.finish(connection, job)
