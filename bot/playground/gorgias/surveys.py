"""Satisfaction surveys: at most one for a ticket."""

from aiohttp import web

from bot.playground.gorgias.access import desk_of, number_in
from bot.playground.gorgias.checks import (
    Check,
    Field,
    Invalid,
    Record,
    body,
    integer,
    json_object,
    moment,
    nullable,
    query,
    query_number,
    required,
    text,
)
from bot.playground.gorgias.errors import bad_request, not_found
from bot.playground.gorgias.paging import page, paging_fields
from bot.playground.gorgias.state import Helpdesk, now

BEST_SCORE = 5


def score(value: object) -> object:
    number = integer(value)
    if not isinstance(number, int) or not 1 <= number <= BEST_SCORE:
        raise Invalid({"": "Must be between 1 and 5."})
    return number


_TIME: Check = moment
SURVEY_FIELDS = {
    "ticket_id": required(integer),
    "customer_id": required(integer),
    "score": nullable(score),
    "body_text": nullable(text(1000)),
    "created_datetime": nullable(_TIME),
    "sent_datetime": nullable(_TIME),
    "scored_datetime": nullable(_TIME),
    "should_send_datetime": nullable(_TIME),
    "meta": nullable(json_object),
}
LIST_FIELDS = {
    **paging_fields("created_datetime", "scored_datetime"),
    "ticket_id": Field(query_number(1)),
}


async def list_surveys(request: web.Request) -> web.Response:
    parameters = query(request, LIST_FIELDS)
    wanted = parameters.get("ticket_id")
    found = [
        survey
        for survey in desk_of(request).surveys.values()
        if wanted is None or survey["ticket_id"] == wanted
    ]
    return page(request, parameters, found, dict)


async def get_survey(request: web.Request) -> web.Response:
    query(request, {})
    return web.json_response(_survey_in(request))


async def create_survey(request: web.Request) -> web.Response:
    query(request, {})
    desk = desk_of(request)
    given = await body(request, SURVEY_FIELDS)
    _check_references(desk, given)
    if any(known["ticket_id"] == given["ticket_id"] for known in desk.surveys.values()):
        raise bad_request(ticket_id="This ticket has a survey already.")
    survey = _whole(desk.next_id("survey"), given)
    desk.surveys[survey["id"]] = survey
    desk.changed()
    return web.json_response(survey, status=201)


async def replace_survey(request: web.Request) -> web.Response:
    """Replace all fields: what is not sent again is empty afterwards, as in the real API."""
    query(request, {})
    desk, survey = desk_of(request), _survey_in(request)
    given = await body(request, SURVEY_FIELDS)
    _check_references(desk, given)
    desk.surveys[survey["id"]] = _whole(survey["id"], given)
    desk.changed()
    return web.json_response(desk.surveys[survey["id"]])


def _check_references(desk: Helpdesk, given: Record) -> None:
    if given["ticket_id"] not in desk.tickets:
        raise bad_request(ticket_id="Ticket does not exist.")
    if given["customer_id"] not in desk.customers:
        raise bad_request(customer_id="Customer does not exist.")


def _whole(number: int, given: Record) -> Record:
    survey = {"id": number, **dict.fromkeys(SURVEY_FIELDS), **given}
    survey["created_datetime"] = survey["created_datetime"] or now()
    return survey


def _survey_in(request: web.Request) -> Record:
    found = desk_of(request).surveys.get(number_in(request, "survey_id"))
    if found is None:
        raise not_found("Survey")
    return found


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/satisfaction-surveys", list_surveys),
        web.post("/api/satisfaction-surveys", create_survey),
        web.get("/api/satisfaction-surveys/{survey_id}", get_survey),
        web.put("/api/satisfaction-surveys/{survey_id}", replace_survey),
    ]
