"""Tickets made from Slack and by programs: the list, one of them, a new one."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import (
    Cursor,
    Limit,
    Parameters,
    id_in_path,
    next_cursor,
    number_in_path,
    position,
)
from bot.sidecar.auth import caller_of
from bot.sidecar.errors import correlation_id
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import read_body, read_query, refuse_query
from bot.sidecar.route import Route, require
from commands.grammar import clean, has_words
from commands.schemas.tickets import TicketJson, TicketPageJson, TicketRequestJson
from commands.tickets import TicketAnswer, line_json
from listeners.markup import escape_mrkdwn
from services.api_keys import Scope
from services.errors import WrongInputError
from services.tickets.requests import REFERENCE, Requester, TicketRequest
from services.tickets.subjects import LONGEST, shorten
from services.work_list import Which

READS, WRITES = require(Scope.TICKETS), require(Scope.TICKETS_WRITE)
IDEMPOTENCY_HEADER = "Idempotency-Key"
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
LONGEST_MESSAGE = 30_000
MOST_TAGS = 10
LONGEST_TAG = 50


class Sort(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    URGENT = "urgent"


class TicketsQuery(Parameters):
    """Which open tickets first."""

    sort: Annotated[
        Sort,
        Field(
            description="newest: made here, newest first; urgent: all of Gorgias, by money at risk"
        ),
    ] = Sort.NEWEST
    limit: Limit = 20
    cursor: Cursor = None


class TicketBody(BaseModel):
    """A new ticket: an internal note for the team, sent to nobody."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: Annotated[str, Field(min_length=1, max_length=500)]
    message: Annotated[str, Field(min_length=1, max_length=LONGEST_MESSAGE)]
    customer: Annotated[
        str,
        Field(
            max_length=200,
            description="E-mail, phone, order number, id or name of one customer; empty: whoever "
            "the message names",
        ),
    ] = ""
    priority: Literal["low", "normal", "high", "critical"] = "normal"
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST_TAG)]],
        Field(max_length=MOST_TAGS),
    ] = []


async def page(request: web.Request) -> web.Response:
    query = read_query(request, TicketsQuery)
    place = await position(request, query.cursor)
    after = 0 if place is None else int(place[0])
    lists = request.app[SERVICES].work_lists
    if query.sort is Sort.URGENT:
        found = await lists.page(Which.URGENT, "", after, query.limit)
        items, place = found.items, [after + query.limit] if found.left else None
    else:
        items, last = await lists.open_after(after or None, query.limit)
        place = None if last is None else [last]
    answer: TicketPageJson = {
        "tickets": [line_json(item) for item in items],
        "next_cursor": await next_cursor(request, place),
    }
    return result_response(TicketPageJson, answer)


async def show(request: web.Request) -> web.Response:
    lists = request.app[SERVICES].work_lists
    reference = id_in_path(request, "ticket")
    if reference.startswith(REFERENCE):
        card = await lists.requested(reference)
    else:
        card = await lists.ticket(number_in_path(request, "ticket"))
    return result_response(TicketJson, TicketAnswer(card, await lists.permalink(card)).to_json())


async def create(request: web.Request) -> web.Response:
    """Store the ticket to be made, and answer where to look how far it is."""
    refuse_query(request)
    key = _idempotency_key(request)
    body = await read_body(request, TicketBody)
    by = Requester(caller_of(request).owner, key, correlation_id(request))
    reference = await request.app[SERVICES].ticket_requests.create(_asked(body), by)
    url = f"/api/v1/tickets/{reference}"
    answer: TicketRequestJson = {"reference": reference, "url": url}
    response = result_response(TicketRequestJson, answer, status=202)
    response.headers["Location"] = url
    return response


def _idempotency_key(request: web.Request) -> str:
    given = request.headers.getall(IDEMPOTENCY_HEADER, [])
    if len(given) != 1 or not IDEMPOTENCY_KEY.fullmatch(given[0]):
        raise WrongInputError(
            f"Send one {IDEMPOTENCY_HEADER} of 1 to 255 visible ASCII characters, a new one for "
            "each new ticket, so that sending it again makes no second ticket."
        )
    return given[0]


def _asked(body: TicketBody) -> TicketRequest:
    for name, text in (("subject", body.subject), ("message", body.message)):
        if not has_words(text):
            raise WrongInputError(f"The field {name} has nothing that can be seen.")
    tags = (_plain(tag) for tag in body.tags)
    return TicketRequest(
        subject=shorten(_plain(body.subject), LONGEST),
        text=escape_mrkdwn(body.message),
        customer=_plain(body.customer),
        priority=body.priority,
        tags=tuple(dict.fromkeys(tag for tag in tags if has_words(tag))),
    )


def _plain(text: str) -> str:
    return clean(escape_mrkdwn(text))


TICKET_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/v1/tickets",
        READS,
        page,
        "Open tickets",
        query=TicketsQuery,
        result=TicketPageJson,
    ),
    Route(
        "GET",
        "/api/v1/tickets/{id}",
        READS,
        show,
        "One ticket, by its number in Gorgias or the reference of its request",
        result=TicketJson,
    ),
    Route(
        "POST",
        "/api/v1/tickets",
        WRITES,
        create,
        "Ask for a ticket",
        body=TicketBody,
        result=TicketRequestJson,
        status=202,
        idempotent=True,
    ),
)
