"""How Slack reaches us: every trigger, one line each, in the order in which Bolt tries them.

Events and the buttons of `listeners.inbox` are not here: they are stored before they are
acknowledged, and done by jobs (`services.tickets.jobs`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from slack_bolt.app.async_app import AsyncApp

from listeners import tickets
from listeners.errors import Listener, guarded
from listeners.views import tickets as ticket_view


@dataclass(frozen=True, slots=True)
class Trigger:
    """One thing a person can do in Slack, and what listens to it."""

    kind: Literal["command", "action", "view", "shortcut"]
    name: str
    listener: Listener


TRIGGERS: tuple[Trigger, ...] = (
    Trigger("action", ticket_view.ADD_CUSTOMER, tickets.open_name_customer),
    Trigger("action", ticket_view.OPEN_TICKET, tickets.acknowledge),
    Trigger("view", ticket_view.NAME_CUSTOMER_MODAL, tickets.name_customer),
)


def register(app: AsyncApp) -> None:
    """Tell Bolt of every trigger, in order."""
    doors: dict[str, Callable[..., Callable[..., object]]] = {
        "command": app.command,
        "action": app.action,
        "view": app.view,
        "shortcut": app.shortcut,
    }
    for trigger in TRIGGERS:
        doors[trigger.kind](trigger.name)(guarded(trigger.listener))
