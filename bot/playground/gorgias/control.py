"""The playground's own door: what people do in the helpdesk, its faults, its state."""

import asyncio
import contextlib
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import FAULTS, desk_of
from bot.playground.gorgias.checks import (
    Check,
    Field,
    Record,
    anything,
    body,
    boolean,
    choice,
    clean,
    integer,
    list_of,
    nullable,
    required,
    text,
)
from bot.playground.gorgias.enums import CHANNELS
from bot.playground.gorgias.errors import ApiError, bad_request, not_found
from bot.playground.gorgias.gate import Gate
from bot.playground.gorgias.messages import MESSAGE_FIELDS, add_message, check_message
from bot.playground.gorgias.state import Helpdesk
from bot.playground.gorgias.tickets import UPDATE_FIELDS, change_ticket
from bot.playground.gorgias.uploads import file_response
from bot.playground.local_pages import DOOR, cors

PREFIX = "/play/gorgias"
SUPPORT_ADDRESS = "support@playground.test"
STREAMS: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("streams")
GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)

_ANY_CHANNEL: Check = choice(*CHANNELS)
REPLY_FIELDS = {
    "ticket_id": required(integer),
    "user_id": nullable(integer),
    "text": required(text()),
    "from_agent": required(boolean),
    "channel": Field(_ANY_CHANNEL),
}
TICKET_FIELDS = {
    "id": required(integer),
    "status": Field(anything),
    "priority": Field(anything),
    "assignee": nullable(anything),
    "tags": Field(list_of(text())),
}


async def state(request: web.Request) -> web.Response:
    desk = desk_of(request)
    snapshot = {
        "revision": desk.revision,
        "tickets": [shapes.whole_ticket(desk, ticket) for ticket in desk.tickets.values()],
        "customers": list(desk.customers.values()),
        "users": list(desk.users.values()),
        "tags": list(desk.tags.values()),
        "surveys": list(desk.surveys.values()),
        "emails_sent": desk.emails_sent,
    }
    return _done(snapshot)


async def reply(request: web.Request) -> web.Response:
    """Write as an agent (a real e-mail leaves, a note stays) or as the ticket's customer."""
    desk = desk_of(request)
    given = await body(request, REPLY_FIELDS)
    ticket = _ticket(request, given["ticket_id"])
    message: Record = {
        "channel": given.get("channel", "email"),
        "via": "helpdesk" if given["from_agent"] else "email",
        "from_agent": given["from_agent"],
        "body_text": given["text"],
    }
    if given["from_agent"]:
        message["sender"] = {"id": given.get("user_id") or desk.api_user["id"]}
        message["source"] = {"type": message["channel"], "from": {"address": SUPPORT_ADDRESS}}
    elif ticket["customer_id"] is None:
        raise bad_request(ticket_id="This ticket has no customer who could write.")
    cleaned = clean(MESSAGE_FIELDS, message)
    check_message(desk, cleaned)
    added = add_message(desk, ticket, cleaned)
    if not given["from_agent"] and ticket["status"] == "closed":
        change_ticket(desk, ticket, {"status": "open"})
    return _done({"message": shapes.message(desk, added)})


async def change(request: web.Request) -> web.Response:
    """Work on a ticket as an agent does in the helpdesk."""
    desk = desk_of(request)
    given = await body(request, TICKET_FIELDS)
    ticket = _ticket(request, given.pop("id"))
    if "assignee" in given:
        number = given.pop("assignee")
        given["assignee_user"] = {"id": number} if number is not None else None
    if "tags" in given:
        given["tags"] = [{"name": name} for name in given["tags"]]
    change_ticket(desk, ticket, clean(UPDATE_FIELDS, given))
    return _done({"ticket": shapes.whole_ticket(desk, ticket)})


async def get_faults(request: web.Request) -> web.Response:
    return _done(request.app[FAULTS].as_json())


async def set_faults(request: web.Request) -> web.Response:
    faults = request.app[FAULTS]
    try:
        changes = await request.json()
        faults.merge(changes)
    except (TypeError, ValueError) as error:
        raise ApiError(400, str(error)) from None
    request.app[GATE].bucket.resize(faults.switches.limit, faults.switches.window)
    desk_of(request).changed()
    return _done(faults.as_json())


async def stream(request: web.Request) -> web.StreamResponse:
    """Tell the page of every change; it then fetches the state again."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    response.headers["Cache-Control"] = "no-cache"
    response.headers.update(cors(request))
    await response.prepare(request)
    teller = asyncio.create_task(_tell(response, desk_of(request)))
    request.app[STREAMS].add(teller)
    try:
        await asyncio.wait([teller])
    finally:
        teller.cancel()
        request.app[STREAMS].discard(teller)
    return response


async def _tell(response: web.StreamResponse, desk: Helpdesk) -> None:
    seen = desk.revision
    with contextlib.suppress(ConnectionResetError):
        while True:
            await response.write(f'data: {{"revision": {seen}}}\n\n'.encode())
            seen = await desk.wait_for_change(seen)


async def end_streams(app: web.Application) -> None:
    for teller in app[STREAMS]:
        teller.cancel()


async def get_log(request: web.Request) -> web.Response:
    return _done({"calls": list(request.app[GATE].calls)})


async def clear_log(request: web.Request) -> web.Response:
    request.app[GATE].calls.clear()
    return _done({})


async def get_file(request: web.Request) -> web.Response:
    """Give a file to the page, which has no API key."""
    found = desk_of(request).files.get(request.match_info["key"])
    if found is None:
        raise not_found("File")
    return file_response(found)


def _ticket(request: web.Request, number: int) -> Record:
    found = desk_of(request).tickets.get(number)
    if found is None:
        raise not_found("Ticket")
    return found


def _done(answer: dict[str, Any]) -> web.Response:
    return web.json_response({"ok": True, **answer})


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse control calls in the playground's shape instead of Gorgias'."""
    try:
        return await handler(request)
    except ApiError as error:
        if not request.path.startswith(DOOR):
            raise
        reasons = "; ".join(f"{name}: {reason}" for name, reason in error.reasons.items())
        sentence = f"{error.message} {reasons}".strip()
        return web.json_response({"ok": False, "error": sentence}, status=error.status)


def routes() -> list[web.RouteDef]:
    return [
        web.get(f"{PREFIX}/state", state),
        web.post(f"{PREFIX}/reply", reply),
        web.post(f"{PREFIX}/ticket", change),
        web.get(f"{PREFIX}/faults", get_faults),
        web.post(f"{PREFIX}/faults", set_faults),
        web.get(f"{PREFIX}/stream", stream),
        web.get(f"{PREFIX}/log", get_log),
        web.delete(f"{PREFIX}/log", clear_log),
        web.get(PREFIX + "/files/{key}", get_file),
    ]
