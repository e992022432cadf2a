"""What every part of ticketing works with."""

from dataclasses import dataclass
from datetime import tzinfo

from services.channel_settings import ChannelSettings
from services.customers import Customers
from services.gorgias import Gorgias
from services.people import People
from services.ports import Workspace
from storage.database import Database
from storage.jobs import Ledger

OURS = "slack:"
"""Every message we write into a ticket carries an external id that starts like this."""

SYNC = "ticket.sync"
FOLLOW = "ticket.follow"
RELAY = "message.relay"
CARD = "card.sync"
AUDIT = "ticket.audit"
TAKE_REACTION = "reaction.take"
TAKE_PRESS = "press.take"
TAKE_DELETION = "deletion.take"
TAKE_REPLY = "reply.take"
TAKE_EDIT = "edit.take"
TELL_OUTAGE = "outage.tell"
SET_CUSTOMER = "customer.set"
REPAIR_GAP = "gap.repair"
TAKE_SHORTCUT = "shortcut.take"
TAKE_FORM = "form.take"
TAKE_INVITATION = "invitation.take"
TAKE_DEPARTURE = "departure.take"


@dataclass(frozen=True, slots=True)
class Options:
    """What a shop sets."""

    api_user_email: str
    """The Gorgias user whose key we use; notes are theirs when a colleague is unknown there."""
    zone: tzinfo
    """In which the shop's days begin."""
    withdraw_seconds: float = 600
    """How long after its creation an untouched ticket may be withdrawn."""
    audit_after_seconds: float = 120
    admins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that ticketing is made of."""

    database: Database
    ledger: Ledger
    gorgias: Gorgias
    workspace: Workspace
    people: People
    customers: Customers
    channels: ChannelSettings
    options: Options


class LaterError(Exception):
    """Not yet: try again after `seconds`. Says nothing about failure and counts no attempt."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
