"""Bring Gorgias to the state that then stands in Slack.

A sync never replays events. It reads which emoji stand, compares them with what the last sync saw,
and does what is missing; doing it again changes nothing.
"""

from datetime import UTC, datetime
from typing import Any

import structlog

from services.errors import GorgiasUnavailableError, MessageGoneError, NotInChannelError
from services.gorgias import NOT_FOUND, GorgiasRefusedError
from services.gorgias_tickets import Ticket
from services.tickets import creation, outcomes
from services.tickets.desk import OURS, Desk
from services.tickets.fields import PRESSED, follow_fields, fresh_press
from services.tickets.telling import tell_in_thread
from services.tickets.wishes import Wish, wish_of
from storage import links, reactions
from storage.jobs import Job
from storage.links import Link

log = structlog.get_logger()

STATE_AFTER = {"closed": "resolved", "open": "open"}


async def sync(desk: Desk, job: Job) -> None:
    """Create, withdraw, restore, resolve or re-open, whichever is missing."""
    link, wish = await _read(desk, job)
    if link.state == "offered":
        return
    try:
        if link.ticket_id is None:
            await _without_ticket(desk, job, link, wish)
            link, wish = await _read(desk, job)
        if link.ticket_id is not None:
            await _with_ticket(desk, job, link, wish)
        await outcomes.say_answered(desk, job)
    except GorgiasUnavailableError:
        await outcomes.say_waiting(desk, job, link)
        raise
    except GorgiasRefusedError as error:
        if error.http_status == NOT_FOUND and await _is_gone(desk, link):
            await _decline(desk, job, link)
            async with desk.ledger.fenced(job) as connection:
                await desk.ledger.enqueue_unless_waiting(connection, creation.follow_job(link, job))
            return
        await outcomes.say_problem(desk, job, link, error.sentence)
        raise
    except (MessageGoneError, NotInChannelError) as error:
        await outcomes.say_gone(desk, job, link, wish, error.sentence)


async def _read(desk: Desk, job: Job) -> tuple[Link, Wish]:
    async with desk.database.read() as connection:
        link = await links.get(connection, job.payload["link_id"])
        standing = await reactions.of_thread(connection, link.channel, link.root_ts)
    wish = wish_of(standing, link.acts)
    if wish.ticket and list(wish.reporters) != link.reported_by and wish.reporters:
        async with desk.ledger.fenced(job) as connection:
            await links.save(connection, link.id, reported_by=list(wish.reporters))
            link = await links.get(connection, link.id)
            if link.ticket_id is not None:
                await desk.ledger.enqueue_unless_waiting(connection, creation.card_job(link, job))
    return link, wish


async def _without_ticket(desk: Desk, job: Job, link: Link, wish: Wish) -> None:
    if wish.ticket:
        await creation.create(desk, job, link)
    elif link.intent_at is not None and await creation.adopt_earlier(desk, job, link):
        log.info("ticket.adopted_to_withdraw", link_id=link.id)
    elif link.state != "withdrawn":
        async with desk.ledger.fenced(job) as connection:
            await outcomes.changed(
                desk,
                job,
                connection,
                link,
                wish.withdrawn_by,
                state="withdrawn",
                intent_at=None,
                settle_until=None,
            )


async def _with_ticket(desk: Desk, job: Job, link: Link, wish: Wish) -> None:
    if link.state == "withdrawn":
        if not wish.ticket:
            await _decline(desk, job, link)
            return
        await _restore(desk, job, link, wish)
        link = await _fresh(desk, link)
    elif not wish.ticket and link.acts.get("kept_ts") != wish.withdrawn_ts:
        if await _withdraw(desk, job, link, wish):
            await _decline(desk, job, link, but=wish.withdrawn_by)
            return
        link = await _fresh(desk, link)
    await _follow_checks(desk, job, link, wish)
    await follow_fields(desk, job, link, wish.claimed_by)


async def _withdraw(desk: Desk, job: Job, link: Link, wish: Wish) -> bool:
    """Put an untouched ticket into the trash, at most ten minutes after its creation.

    False when it has to stay.
    """
    ticket = await _ticket(desk, link)
    late = _seconds_after_creation(link, wish.withdrawn_ts) > desk.options.withdraw_seconds
    if ticket is not None and not ticket.trashed and (late or not untouched(ticket, link)):
        await _keep(desk, job, link, wish, late=late)
        return False
    if ticket is not None and not ticket.trashed:
        now = datetime.now(UTC).isoformat()
        await desk.gorgias.update_ticket(ticket.id, {"trashed_datetime": now})
    async with desk.ledger.fenced(job) as connection:
        await outcomes.changed(
            desk,
            job,
            connection,
            link,
            wish.withdrawn_by,
            state="withdrawn",
        )
        await links.merge_acts(connection, link.id, checks=wish.checks)
    log.info("ticket.withdrawn", ticket_id=link.ticket_id)
    return True


async def _decline(desk: Desk, job: Job, link: Link, but: str | None = None) -> None:
    """Tell who pressed a button of a ticket that is in the trash, and forget what they wished.

    Remembered, it would be carried out when the ticket comes back, and nobody would know why.
    """
    fresh = {field: press for field in PRESSED if (press := fresh_press(link, field))}
    sentence = f"Ticket {link.ticket_id} was withdrawn, so nothing was changed."
    for actor in sorted({str(press["by"]) for press in fresh.values()} - {but}):
        await tell_in_thread(desk, job, link, actor, sentence)
    if fresh:
        followed = {f"{field}_followed": press["ts"] for field, press in fresh.items()}
        async with desk.ledger.fenced(job) as connection:
            await links.merge_acts(connection, link.id, **followed)


async def _keep(desk: Desk, job: Job, link: Link, wish: Wish, *, late: bool) -> None:
    reason = "it is more than ten minutes old" if late else "somebody has already worked on it"
    async with desk.ledger.fenced(job) as connection:
        await links.merge_acts(connection, link.id, kept_ts=wish.withdrawn_ts)
    if wish.withdrawn_by:
        resolve = (await desk.channels.rules(link.channel)).emoji.resolve[0]
        sentence = (
            f"Ticket {link.ticket_id} stays, because {reason}. "
            f"React :{resolve}: on the first message to resolve it instead."
        )
        await tell_in_thread(desk, job, link, wish.withdrawn_by, sentence)


async def _restore(desk: Desk, job: Job, link: Link, wish: Wish) -> None:
    """Take a withdrawn ticket out of the trash rather than make a second one."""
    ticket = await _ticket(desk, link)
    if ticket is None:
        async with desk.ledger.fenced(job) as connection:
            await links.save(connection, link.id, state="wanted", ticket_id=None, intent_at=None)
        await creation.create(desk, job, await _fresh(desk, link))
        return
    if ticket.trashed:
        ticket = await desk.gorgias.update_ticket(ticket.id, {"trashed_datetime": None})
    actor = wish.reporters[-1] if wish.reporters else None
    async with desk.ledger.fenced(job) as connection:
        await outcomes.changed(
            desk, job, connection, link, actor, state=creation.ticket_state(ticket)
        )
    log.info("ticket.restored", ticket_id=link.ticket_id)


async def _follow_checks(desk: Desk, job: Job, link: Link, wish: Wish) -> None:
    """Resolve at a new ✅, re-open when the last one is gone; buttons state a wish of their own."""
    seen = int(link.acts.get("checks") or 0)
    pressed = fresh_press(link, "status")
    wanted, actor = (pressed["value"], pressed["by"]) if pressed else (None, None)
    if wish.checks > seen:
        wanted, actor = "closed", wish.checked_by
    elif wish.checks == 0 and seen > 0:
        wanted, actor = "open", wish.unchecked_by
    if wanted is not None and STATE_AFTER[wanted] != link.state:
        state = await _set_status(desk, job, link, wanted)
        log.info("ticket.status_changed", ticket_id=link.ticket_id, state=state)
        changes = {
            "state": state,
            "ours": {**link.ours, "status": "open" if state == "open" else "closed"},
        }
        async with desk.ledger.fenced(job) as connection:
            await outcomes.changed(desk, job, connection, link, actor, **changes)
            await links.merge_acts(connection, link.id, **_followed(wish, pressed))
    elif wish.checks != seen or pressed:
        async with desk.ledger.fenced(job) as connection:
            await links.merge_acts(connection, link.id, **_followed(wish, pressed))


def _followed(wish: Wish, pressed: dict[str, Any] | None) -> dict[str, Any]:
    acts: dict[str, Any] = {"checks": wish.checks}
    return {**acts, "status_followed": pressed["ts"]} if pressed else acts


async def _set_status(desk: Desk, job: Job, link: Link, wanted: str) -> str:
    """Set the status unless it is so already; returns the state it is in afterwards."""
    ticket = await _ticket(desk, link)
    if ticket is None:
        raise GorgiasRefusedError(NOT_FOUND)
    if ticket.status == wanted:
        return creation.ticket_state(ticket)
    sent = job.memo.get("status_sent")
    if sent is not None and _moved_on(ticket, wanted, str(sent)):
        return creation.ticket_state(ticket)
    async with desk.ledger.fenced(job) as connection:
        await desk.ledger.checkpoint(
            connection, job, status_sent=f"{wanted}@{datetime.now(UTC).isoformat()}"
        )
    return creation.ticket_state(await desk.gorgias.update_ticket(ticket.id, {"status": wanted}))


def _moved_on(ticket: Ticket, wanted: str, sent: str) -> bool:
    """Whether our close arrived and an agent re-opened since, so that we must not close again."""
    status, _, at = sent.partition("@")
    if status != wanted or wanted != "closed" or ticket.closed_at is None:
        return False
    return ticket.closed_at >= datetime.fromisoformat(at)


def untouched(ticket: Ticket, link: Link) -> bool:
    """No message, assignee, tag or status but ours."""
    foreign = [
        message for message in ticket.messages if not (message.external_id or "").startswith(OURS)
    ]
    return (
        not foreign
        and not ticket.has_assignee
        and ticket.status == link.ours.get("status", "open")
        and sorted(ticket.tags) == sorted(link.ours.get("tags") or [])
    )


async def _is_gone(desk: Desk, link: Link) -> bool:
    return link.ticket_id is not None and await desk.gorgias.get_ticket(link.ticket_id) is None


async def _ticket(desk: Desk, link: Link) -> Ticket | None:
    if link.ticket_id is None:
        raise LookupError(f"Link {link.id} has no ticket.")
    return await desk.gorgias.get_ticket(link.ticket_id)


async def _fresh(desk: Desk, link: Link) -> Link:
    async with desk.database.read() as connection:
        return await links.get(connection, link.id)


def _seconds_after_creation(link: Link, event_ts: str) -> float:
    if link.ticket_created_at is None or not event_ts:
        return 0.0
    return float(event_ts) - link.ticket_created_at.timestamp()
