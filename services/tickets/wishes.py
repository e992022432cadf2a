"""What people want of a ticket, read from emoji that stand and buttons that were pressed."""

from dataclasses import dataclass
from typing import Any

from services.emoji import CLAIM, RESOLVE, TICKET
from storage.reactions import Reaction


@dataclass(frozen=True, slots=True)
class Wish:
    """What stands in Slack: should there be a ticket, is it done, and who said so last."""

    ticket: bool
    reporters: tuple[str, ...]
    checks: int
    withdrawn_by: str | None
    withdrawn_ts: str
    checked_by: str | None
    unchecked_by: str | None
    claimed_by: str | None


def wish_of(standing: list[Reaction], acts: dict[str, Any]) -> Wish:
    """Read the wish from the reactions of a thread, oldest first.

    A shortcut or a form asks for a ticket too. An Undo outweighs everything before it.
    """
    undone = str(acts.get("undone_ts") or "")
    tickets = [reaction for reaction in standing if reaction.act == TICKET]
    checks = [reaction for reaction in standing if reaction.act == RESOLVE]
    claims = [reaction for reaction in standing if reaction.act == CLAIM and reaction.present]
    live = [reaction for reaction in tickets if reaction.present and reaction.event_ts > undone]
    gone = [reaction for reaction in tickets if not reaction.present]
    removed = max(gone, key=lambda reaction: reaction.event_ts, default=None)
    removed_ts = removed.event_ts if removed else ""
    undone_by = str(acts.get("undone_by") or "") or None
    put = [reaction for reaction in checks if reaction.present]
    taken = [reaction for reaction in checks if not reaction.present]
    asked: dict[str, Any] = acts.get("asked") or {}
    is_asked = str(asked.get("ts") or "") > undone
    reporters = [str(asked["by"])] if is_asked and asked["by"] else []
    reporters += [reaction.actor for reaction in live]
    return Wish(
        ticket=bool(live) or is_asked,
        reporters=tuple(dict.fromkeys(reporters)),
        checks=len({reaction.actor for reaction in put}),
        withdrawn_by=removed.actor if removed and removed_ts > undone else undone_by,
        withdrawn_ts=max(undone, removed_ts),
        checked_by=put[-1].actor if put else None,
        unchecked_by=taken[-1].actor if taken else None,
        claimed_by=claims[-1].actor if claims else None,
    )
