"""The shapes in which records leave the API: compact in lists, full on their own."""

from bot.playground.gorgias.checks import Record
from bot.playground.gorgias.state import Helpdesk

EXCERPT_LENGTH = 200

# Fields of the full ticket that the list leaves out, and the other way round (schema of the docs).
ONLY_FULL = ("imported", "processed_datetime")
ONLY_COMPACT = ("priority",)
# What the record keeps for itself.
INTERNAL = ("arrived_at", "customer_id", "assignee_user_id", "assignee_team_id", "tag_ids")


def user(found: Record) -> Record:
    return {**found, "uri": f"/api/users/{found['id']}/"}


def customer(found: Record) -> Record:
    return {**found, "uri": f"/api/customers/{found['id']}/"}


def tag(desk: Helpdesk, found: Record) -> Record:
    usage = sum(1 for ticket in desk.tickets.values() if found["id"] in ticket["tag_ids"])
    return {**found, "usage": usage, "uri": f"/api/tags/{found['id']}/"}


def person(desk: Helpdesk, reference: Record | None) -> Record | None:
    """Show a stored `{kind, id}` as the person it points to."""
    if reference is None:
        return None
    known = desk.users if reference["kind"] == "user" else desk.customers
    found = known.get(reference["id"])
    if found is None:
        return None
    return {name: found[name] for name in ("id", "email", "name", "firstname", "lastname")}


def message(desk: Helpdesk, found: Record) -> Record:
    return {
        **found,
        "uri": f"/api/tickets/{found['ticket_id']}/messages/{found['id']}/",
        "sender": person(desk, found["sender"]),
        "receiver": person(desk, found["receiver"]),
    }


def compact_ticket(desk: Helpdesk, found: Record) -> Record:
    """Show a ticket as lists do: no messages, but their number, and the priority."""
    last = desk.messages[found["message_ids"][-1]] if found["message_ids"] else {}
    return {
        **_common(desk, found, without=ONLY_FULL),
        "assignee_team": _team(desk, found),
        "excerpt": (last.get("body_text") or "")[:EXCERPT_LENGTH],
        "messages_count": len(found["message_ids"]),
        "integrations": [],
        "last_sent_message_not_delivered": False,
    }


def full_ticket(desk: Helpdesk, found: Record) -> Record:
    """Show a ticket on its own: with messages, and without priority and team, as documented."""
    return {
        **_common(desk, found, without=ONLY_COMPACT),
        "messages": [message(desk, desk.messages[number]) for number in found["message_ids"]],
        "events": [],
        "satisfaction_survey": _survey(desk, found),
        "reply_options": {},
    }


def whole_ticket(desk: Helpdesk, found: Record) -> Record:
    """Show all there is, for the playground's page and for tests."""
    return {**compact_ticket(desk, found), **full_ticket(desk, found)}


def _common(desk: Helpdesk, found: Record, without: tuple[str, ...]) -> Record:
    hidden = {*INTERNAL, *without, "message_ids"}
    shown = {name: value for name, value in found.items() if name not in hidden}
    assignee = found["assignee_user_id"]
    owner = found["customer_id"]
    return {
        **shown,
        "uri": f"/api/tickets/{found['id']}/",
        "customer": _customer_in_ticket(desk, owner),
        "assignee_user": person(desk, {"kind": "user", "id": assignee} if assignee else None),
        "tags": [tag_in_ticket(desk.tags[number]) for number in found["tag_ids"]],
    }


def tag_in_ticket(found: Record) -> Record:
    uri = f"/api/tags/{found['id']}/"
    shown = {name: found[name] for name in ("id", "name", "decoration")}
    return {**shown, "uri": uri}


def _customer_in_ticket(desk: Helpdesk, number: int | None) -> Record | None:
    found = desk.customers.get(number) if number else None
    if found is None:
        return None
    names = ("id", "email", "name", "firstname", "lastname", "external_id", "meta")
    return {name: found[name] for name in names}


def _team(desk: Helpdesk, found: Record) -> Record | None:
    team = desk.teams.get(found["assignee_team_id"])
    return {"id": team["id"], "name": team["name"]} if team else None


def _survey(desk: Helpdesk, found: Record) -> Record | None:
    for survey in desk.surveys.values():
        if survey["ticket_id"] == found["id"]:
            return survey
    return None
