"""Messages of a ticket: replies, customers' words and internal notes."""

from aiohttp import web

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import desk_of, number_in, ticket_in
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
    query_number,
    record,
    required,
    size,
    text,
)
from bot.playground.gorgias.enums import CHANNELS, VIAS
from bot.playground.gorgias.errors import bad_request, not_found
from bot.playground.gorgias.paging import page, paging_fields
from bot.playground.gorgias.people import PERSON_FIELDS, find_user, get_or_create_customer
from bot.playground.gorgias.state import Helpdesk, now

ADDRESS_FIELDS = {"name": nullable(text()), "address": nullable(text())}
SOURCE_FIELDS = {
    "type": Field(text()),
    "from": Field(record(ADDRESS_FIELDS)),
    "to": Field(list_of(record(ADDRESS_FIELDS))),
    "cc": Field(list_of(record(ADDRESS_FIELDS))),
    "bcc": Field(list_of(record(ADDRESS_FIELDS))),
    "extra": nullable(json_object),
}
ATTACHMENT_FIELDS = {
    "url": required(text()),
    "name": nullable(text()),
    "content_type": required(text()),
    "size": nullable(size),
    "public": Field(boolean),
    "extra": nullable(anything),
}
TEXTS = ("body_text", "body_html", "stripped_text", "stripped_html", "subject")
TIMES = ("sent_datetime", "created_datetime", "failed_datetime", "opened_datetime")
NULL_AT_FIRST = (
    "external_id",
    "message_id",
    "integration_id",
    "rule_id",
    "source",
    "actions",
    "headers",
    "meta",
    "last_sending_error",
    "replied_by",
    "replied_to",
)
MESSAGE_FIELDS = {
    "channel": required(choice(*CHANNELS)),
    "via": required(choice(*VIAS)),
    "from_agent": required(boolean),
    **{name: nullable(text()) for name in TEXTS},
    **{name: nullable(moment) for name in (*TIMES, "deleted_datetime")},
    "public": Field(boolean),
    "sender": nullable(record(PERSON_FIELDS)),
    "receiver": nullable(record(PERSON_FIELDS)),
    "source": nullable(record(SOURCE_FIELDS)),
    "attachments": nullable(list_of(record(ATTACHMENT_FIELDS))),
    "external_id": nullable(text(255)),
    "message_id": nullable(text()),
    "integration_id": nullable(integer),
    "mention_ids": Field(list_of(integer)),
    "macros": nullable(list_of(json_object)),
    "headers": nullable(json_object),
    "meta": nullable(json_object),
}


def check_message(desk: Helpdesk, given: Record, prefix: str = "") -> None:
    """Refuse what the fields alone cannot tell: wrong people, notes to customers, bad mentions."""
    note = given["channel"] == "internal-note"
    if note and not given["from_agent"]:
        raise bad_request(**{f"{prefix}from_agent": "An internal note is always from an agent."})
    if given["from_agent"] and find_user(desk, given.get("sender") or {}) is None:
        raise bad_request(**{f"{prefix}sender": "The sender must be a user."})
    author = None if given["from_agent"] else (given.get("sender") or {}).get("id")
    if author is not None and author not in desk.customers:
        raise bad_request(**{f"{prefix}sender": "Customer does not exist."})
    if not given["from_agent"] and given.get("receiver"):
        raise bad_request(**{f"{prefix}receiver": "An incoming message has no receiver."})
    mentioned = given.get("mention_ids", [])
    if mentioned and not note:
        raise bad_request(**{f"{prefix}mention_ids": "Only internal notes can mention users."})
    if any(number not in desk.users for number in mentioned):
        raise bad_request(**{f"{prefix}mention_ids": "User does not exist."})
    if given["channel"] == "email" and _is_to_be_sent(given):
        sender = (given.get("source") or {}).get("from", {})
        if not sender.get("address"):
            raise bad_request(**{f"{prefix}source": "An e-mail needs source.from.address."})


def _is_to_be_sent(given: Record) -> bool:
    outgoing = given["from_agent"] and given["channel"] != "internal-note"
    return bool(outgoing and given.get("public", True) and not given.get("sent_datetime"))


def add_message(desk: Helpdesk, ticket: Record, given: Record) -> Record:
    """Put a checked message into its ticket and do what Gorgias does then."""
    at = now()
    note = given["channel"] == "internal-note"
    sender, receiver = _people(desk, ticket, given)
    message: Record = {
        "id": desk.next_id("message"),
        "ticket_id": ticket["id"],
        **dict.fromkeys((*TEXTS, *TIMES, "deleted_datetime")),
        **dict.fromkeys(NULL_AT_FIRST),
        "attachments": [],
        "macros": [],
        "mention_ids": [],
        "intents": [],
        "is_retriable": False,
        **given,
        "public": given.get("public", True) and not note,
        "sender": sender,
        "receiver": receiver,
    }
    message["attachments"] = message["attachments"] or []
    message["created_datetime"] = message["created_datetime"] or at
    message["stripped_text"] = message["stripped_text"] or message["body_text"]
    message["stripped_html"] = message["stripped_html"] or message["body_html"]
    desk.messages[message["id"]] = message
    ticket["message_ids"].append(message["id"])
    if _is_to_be_sent(given):
        _send(desk, ticket, message)
    _touch(ticket, message, at)
    desk.changed()
    return message


def _people(
    desk: Helpdesk,
    ticket: Record,
    given: Record,
) -> tuple[Record | None, Record | None]:
    owner = ticket["customer_id"]
    requester = {"kind": "customer", "id": owner} if owner else None
    if given["from_agent"]:
        sender = find_user(desk, given.get("sender") or {})
        receiver = requester if given["channel"] != "internal-note" else None
        return ({"kind": "user", "id": sender["id"]} if sender else None), receiver
    if given.get("sender"):
        author = get_or_create_customer(desk, given["sender"], "sender")
        return {"kind": "customer", "id": author["id"]}, None
    return requester, None


def _send(desk: Helpdesk, ticket: Record, message: Record) -> None:
    """Record what a real account would now have delivered to a customer."""
    message["sent_datetime"] = now()
    receiver = shapes.person(desk, message["receiver"])
    desk.emails_sent.append(
        {
            "ticket_id": ticket["id"],
            "message_id": message["id"],
            "channel": message["channel"],
            "via": message["via"],
            "to": receiver["email"] if receiver else None,
            "body_text": message["body_text"],
            "at": message["sent_datetime"],
        },
    )


def _touch(ticket: Record, message: Record, at: str) -> None:
    ticket["updated_datetime"] = at
    ticket["last_message_datetime"] = message["created_datetime"]
    if not message["from_agent"]:
        ticket["last_received_message_datetime"] = message["created_datetime"]
        ticket["is_unread"] = True


async def list_messages(request: web.Request) -> web.Response:
    fields = {**paging_fields("created_datetime"), "ticket_id": Field(query_number(1))}
    parameters = query(request, fields)
    desk = desk_of(request)
    wanted = parameters.get("ticket_id")
    found = [
        message
        for message in desk.messages.values()
        if wanted is None or message["ticket_id"] == wanted
    ]
    return page(request, parameters, found, lambda message: shapes.message(desk, message))


async def list_ticket_messages(request: web.Request) -> web.Response:
    parameters = query(request, paging_fields("created_datetime"))
    desk, ticket = desk_of(request), ticket_in(request)
    found = [desk.messages[number] for number in ticket["message_ids"]]
    return page(request, parameters, found, lambda message: shapes.message(desk, message))


async def get_message(request: web.Request) -> web.Response:
    query(request, {})
    desk = desk_of(request)
    return web.json_response(shapes.message(desk, _message_in(request)))


async def create_message(request: web.Request) -> web.Response:
    query(request, {"action": Field(choice("force", "retry", "cancel"))})
    desk, ticket = desk_of(request), ticket_in(request)
    given = await body(request, MESSAGE_FIELDS)
    check_message(desk, given)
    if not given["from_agent"] and not given.get("sender") and not ticket["customer_id"]:
        raise bad_request(sender="The sender must be a customer.")
    message = add_message(desk, ticket, given)
    return web.json_response(shapes.message(desk, message), status=201)


async def update_message(request: web.Request) -> web.Response:
    query(request, {"action": Field(choice("force", "retry", "cancel"))})
    desk, message = desk_of(request), _message_in(request)
    given = await body(request, MESSAGE_FIELDS)
    check_message(desk, {**message, **given})
    people = {"sender", "receiver"}
    message.update({name: value for name, value in given.items() if name not in people})
    desk.changed()
    return web.json_response(shapes.message(desk, message), status=202)


async def delete_message(request: web.Request) -> web.Response:
    query(request, {})
    desk, message = desk_of(request), _message_in(request)
    desk.tickets[message["ticket_id"]]["message_ids"].remove(message["id"])
    del desk.messages[message["id"]]
    desk.changed()
    return web.Response(status=204)


def _message_in(request: web.Request) -> Record:
    ticket = ticket_in(request)
    number = number_in(request, "message_id")
    if number not in ticket["message_ids"]:
        raise not_found("Message")
    return desk_of(request).messages[number]


def routes() -> list[web.RouteDef]:
    one = "/api/tickets/{ticket_id}/messages/{message_id}"
    return [
        web.get("/api/messages", list_messages),
        web.get("/api/tickets/{ticket_id}/messages", list_ticket_messages),
        web.post("/api/tickets/{ticket_id}/messages", create_message),
        web.get(one, get_message),
        web.put(one, update_message),
        web.delete(one, delete_message),
    ]
