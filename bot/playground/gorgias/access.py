"""What every route needs: the helpdesk, the switches and the record its path names."""

from aiohttp import web

from bot.playground.gorgias.checks import Record
from bot.playground.gorgias.errors import not_found
from bot.playground.gorgias.faults import Faults
from bot.playground.gorgias.state import Helpdesk

DESK: web.AppKey[Helpdesk] = web.AppKey("desk", Helpdesk)
FAULTS: web.AppKey[Faults] = web.AppKey("faults", Faults)


def desk_of(request: web.Request) -> Helpdesk:
    return request.app[DESK]


def number_in(request: web.Request, name: str) -> int:
    """Read an id from the path; what is no number names nothing."""
    given = request.match_info[name]
    if not given.isdecimal():
        raise not_found(given)
    return int(given)


def ticket_in(request: web.Request) -> Record:
    found = desk_of(request).tickets.get(number_in(request, "ticket_id"))
    if found is None:
        raise not_found("Ticket")
    return found
