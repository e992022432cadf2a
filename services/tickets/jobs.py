"""Which job kind is done by what."""

from collections.abc import Awaitable, Callable

from services.tickets import cards, channels, doors, news, notes, presses, reactions, sync, upkeep
from services.tickets.desk import (
    AUDIT,
    CARD,
    FOLLOW,
    RELAY,
    SET_CUSTOMER,
    SYNC,
    TAKE_DELETION,
    TAKE_DEPARTURE,
    TAKE_EDIT,
    TAKE_FORM,
    TAKE_INVITATION,
    TAKE_PRESS,
    TAKE_REACTION,
    TAKE_REPLY,
    TAKE_SHORTCUT,
    TELL_OUTAGE,
    Desk,
)
from storage.jobs import Job

JobListener = Callable[[Desk, Job], Awaitable[None]]

JOBS: dict[str, JobListener] = {
    TAKE_REACTION: reactions.take_reaction,
    TAKE_PRESS: presses.take_press,
    TAKE_SHORTCUT: doors.take_shortcut,
    TAKE_FORM: doors.take_form,
    TAKE_INVITATION: channels.take_invitation,
    TAKE_DEPARTURE: channels.take_departure,
    TAKE_DELETION: notes.note_deletion,
    TAKE_REPLY: notes.note_reply,
    TAKE_EDIT: notes.note_edit,
    SYNC: sync.sync,
    FOLLOW: news.follow,
    RELAY: news.relay,
    SET_CUSTOMER: presses.set_customer,
    CARD: cards.show_card,
    AUDIT: upkeep.audit_creation,
    TELL_OUTAGE: upkeep.tell_outage,
}
