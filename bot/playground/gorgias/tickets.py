"""Tickets: list, read, create, update, delete."""

import time

from aiohttp import web

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import FAULTS, desk_of, ticket_in
from bot.playground.gorgias.checks import (
    Field,
    Record,
    anything,
    body,
    boolean,
    choice,
    integer,
    json_object,
    list_of,
    moment,
    nullable,
    query,
    query_boolean,
    query_number,
    record,
    required,
    text,
)
from bot.playground.gorgias.enums import CHANNELS, PRIORITIES, STATUSES, VIAS
from bot.playground.gorgias.errors import bad_request
from bot.playground.gorgias.messages import MESSAGE_FIELDS, add_message, check_message
from bot.playground.gorgias.paging import page, paging_fields
from bot.playground.gorgias.people import PERSON_FIELDS, REFERENCE_FIELDS, get_or_create_customer
from bot.playground.gorgias.state import Helpdesk, now
from bot.playground.gorgias.tags import TAG_REFERENCE_FIELDS, check_tags, get_or_create_tags

WRITABLE_TIMES = (
    "opened_datetime",
    "closed_datetime",
    "updated_datetime",
    "trashed_datetime",
    "snooze_datetime",
    "last_message_datetime",
    "last_received_message_datetime",
)
CUSTOM_VALUE_FIELDS = {"id": required(integer), "value": nullable(anything)}
UPDATE_FIELDS = {
    "status": Field(choice(*STATUSES)),
    "priority": Field(choice(*PRIORITIES)),
    "channel": Field(choice(*CHANNELS)),
    "via": Field(choice(*VIAS)),
    "from_agent": Field(boolean),
    "customer": nullable(record(PERSON_FIELDS)),
    "assignee_user": nullable(record(REFERENCE_FIELDS)),
    "assignee_team": nullable(record(REFERENCE_FIELDS)),
    "subject": nullable(text(998)),
    "external_id": nullable(text(255)),
    "language": nullable(text(2)),
    "meta": nullable(json_object),
    "tags": Field(list_of(record(TAG_REFERENCE_FIELDS))),
    "custom_fields": Field(list_of(record(CUSTOM_VALUE_FIELDS))),
    "spam": Field(boolean),
    "is_unread": Field(boolean),
    **{name: nullable(moment) for name in WRITABLE_TIMES},
}
CREATE_FIELDS = {
    **{name: field for name, field in UPDATE_FIELDS.items() if name != "is_unread"},
    "channel": required(choice(*CHANNELS)),
    "via": required(choice(*VIAS)),
    "from_agent": required(boolean),
    "created_datetime": nullable(moment),
    "messages": required(list_of(record(MESSAGE_FIELDS), shortest=1, longest=500)),
}
LIST_FIELDS = {
    **paging_fields("created_datetime", "updated_datetime"),
    "customer_id": Field(query_number(1)),
    "external_id": Field(text()),
    "ticket_ids": Field(list_of(query_number(1), shortest=1, longest=100)),
    "trashed": Field(query_boolean),
}


async def list_tickets(request: web.Request) -> web.Response:
    parameters = query(request, LIST_FIELDS, "ticket_ids")
    desk = desk_of(request)
    lag = request.app[FAULTS].switches.list_lag_seconds
    found = [
        ticket
        for ticket in desk.tickets.values()
        if _wanted(ticket, parameters) and time.time() - ticket["arrived_at"] >= lag
    ]
    return page(request, parameters, found, lambda ticket: shapes.compact_ticket(desk, ticket))


def _wanted(ticket: Record, parameters: Record) -> bool:
    for name in ("customer_id", "external_id"):
        if name in parameters and ticket[name] != parameters[name]:
            return False
    if "ticket_ids" in parameters and ticket["id"] not in parameters["ticket_ids"]:
        return False
    return parameters.get("trashed", True) or ticket["trashed_datetime"] is None


async def get_ticket(request: web.Request) -> web.Response:
    query(request, {"relationships": Field(choice("custom_fields"))})
    return web.json_response(shapes.full_ticket(desk_of(request), ticket_in(request)))


async def create_ticket(request: web.Request) -> web.Response:
    query(request, {})
    desk = desk_of(request)
    given = await body(request, CREATE_FIELDS)
    for position, message in enumerate(given["messages"]):
        check_message(desk, message, f"messages.{position}.")
    owner = _requester(given)
    if owner is None and request.app[FAULTS].switches.customer_required:
        raise bad_request(customer="Missing data for required field.")
    ticket = add_ticket(desk, given, owner)
    return web.json_response(shapes.full_ticket(desk, ticket), status=201)


def _requester(given: Record) -> Record | None:
    """Whom the ticket is about: as told, else whoever wrote the first incoming message."""
    if given.get("customer"):
        return dict(given["customer"])
    for message in given["messages"]:
        if not message["from_agent"] and message.get("sender"):
            return dict(message["sender"])
    if any(not message["from_agent"] for message in given["messages"]):
        raise bad_request(**{"messages.0.sender": "The sender must be a customer."})
    return None


def add_ticket(desk: Helpdesk, given: Record, owner: Record | None) -> Record:
    """Make a ticket of checked fields; nothing is kept if a reference in them is unknown."""
    changes = _resolved(desk, {**given, "customer": owner})
    messages = changes.pop("messages")
    at = now()
    ticket: Record = {
        "id": desk.next_id("ticket"),
        "arrived_at": time.time(),
        **dict.fromkeys(("external_id", "subject", "language", "meta", "summary")),
        **dict.fromkeys(("custom_fields", "processed_datetime", *WRITABLE_TIMES)),
        **dict.fromkeys(("customer_id", "assignee_user_id", "assignee_team_id")),
        **dict.fromkeys(("spam", "imported"), False),
        "status": "open",
        "priority": "normal",
        "tag_ids": [],
        "message_ids": [],
        "is_unread": not given["from_agent"],
        **changes,
    }
    ticket["created_datetime"] = ticket.get("created_datetime") or at
    if ticket["status"] == "closed":
        ticket["closed_datetime"] = ticket["closed_datetime"] or at
    desk.tickets[ticket["id"]] = ticket
    for message in messages:
        add_message(desk, ticket, message)
    ticket["updated_datetime"] = given.get("updated_datetime") or ticket["updated_datetime"]
    return ticket


async def update_ticket(request: web.Request) -> web.Response:
    query(request, {})
    desk, ticket = desk_of(request), ticket_in(request)
    given = await body(request, UPDATE_FIELDS)
    change_ticket(desk, ticket, given)
    return web.json_response(shapes.full_ticket(desk, ticket), status=200)


def change_ticket(desk: Helpdesk, ticket: Record, given: Record) -> None:
    """Apply a partial update: only the fields given change; tags are replaced as a whole."""
    changes = _resolved(desk, given)
    status = changes.get("status", ticket["status"])
    if status != ticket["status"]:
        closed = now() if status == "closed" else None
        changes.setdefault("closed_datetime", closed)
    ticket.update({"updated_datetime": now(), **changes})
    desk.changed()


def _resolved(desk: Helpdesk, given: Record) -> Record:
    """Turn the references of a body into ids, refusing unknown ones before anything is made."""
    changes = dict(given)
    check_tags(desk, given.get("tags", []), "tags")
    for kind, known in (("user", desk.users), ("team", desk.teams)):
        if f"assignee_{kind}" in changes:
            number = (changes.pop(f"assignee_{kind}") or {}).get("id")
            if number is not None and number not in known:
                raise bad_request(**{f"assignee_{kind}": f"{kind.title()} does not exist."})
            changes[f"assignee_{kind}_id"] = number
    if "customer" in changes:
        person = changes.pop("customer")
        owner = get_or_create_customer(desk, person, "customer") if person else None
        changes["customer_id"] = owner["id"] if owner else None
    if "tags" in changes:
        tags = get_or_create_tags(desk, changes.pop("tags"))
        changes["tag_ids"] = [tag["id"] for tag in tags]
    if "custom_fields" in changes:
        values = changes["custom_fields"]
        changes["custom_fields"] = {str(value["id"]): value for value in values}
    return changes


async def delete_ticket(request: web.Request) -> web.Response:
    query(request, {})
    desk, ticket = desk_of(request), ticket_in(request)
    for number in ticket["message_ids"]:
        del desk.messages[number]
    del desk.tickets[ticket["id"]]
    desk.changed()
    return web.Response(status=204)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/tickets", list_tickets),
        web.post("/api/tickets", create_ticket),
        web.get("/api/tickets/{ticket_id}", get_ticket),
        web.put("/api/tickets/{ticket_id}", update_ticket),
        web.delete("/api/tickets/{ticket_id}", delete_ticket),
    ]
