"""What people can ask for: grammar, help, action. No Slack, no SQL.

The same words answer a slash command, the terminal, a mention and a direct message.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from commands import campaign, customer, forecast, insights, regulars, tickets
from commands.campaign import CampaignRequest
from commands.customer import CustomerRequest
from commands.forecast import ForecastCommand
from commands.grammar import clean, limited, nearest
from commands.insights import InsightsRequest
from commands.people import Caller
from commands.regulars import RegularsRequest
from commands.tickets import TicketsRequest
from services.errors import WrongInputError

Request = (
    CustomerRequest
    | TicketsRequest
    | ForecastCommand
    | CampaignRequest
    | InsightsRequest
    | RegularsRequest
)

PARSERS: dict[str, Callable[[str], Request]] = {
    customer.NAME: customer.parse,
    tickets.NAME: tickets.parse,
    forecast.NAME: forecast.parse,
    campaign.NAME: campaign.parse,
    insights.NAME: insights.parse,
    regulars.NAME: regulars.parse,
}


class Services(
    customer.Services,
    tickets.Services,
    forecast.Services,
    campaign.Services,
    insights.Services,
    regulars.Services,
    Protocol,
):
    """What all commands together need of the services."""


class Result(Protocol):
    """An answer that can be told on a terminal and read by a machine."""

    def to_text(self) -> str: ...

    def to_json(self) -> Mapping[str, object]: ...


def parse(text: str) -> Request:
    """Read `/customer anna@example.com`; the slash may be left out."""
    name, _, rest = clean(text).removeprefix("/").partition(" ")
    parser = PARSERS.get(name.lower())
    if parser is None:
        raise WrongInputError(_unknown(name))
    return parser(limited(rest))


async def run(request: Request, caller: Caller, services: Services) -> Result:
    """Answer a request that was parsed."""
    match request:
        case CustomerRequest():
            return await customer.run(request, caller, services)
        case TicketsRequest():
            return await tickets.run(request, caller, services)
        case ForecastCommand():
            return await forecast.run(request, caller, services)
        case CampaignRequest():
            return await campaign.run(request, caller, services)
        case InsightsRequest():
            return await insights.run(request, caller, services)
        case RegularsRequest():
            return await regulars.run(request, caller, services)


async def answer(text: str, caller: Caller, services: Services) -> Result:
    """Parse and run."""
    return await run(parse(text), caller, services)


def _unknown(name: str) -> str:
    known = ", ".join(f"/{command}" for command in PARSERS)
    meant = nearest(name, PARSERS)
    said = f"There is no command /{name[:40]}." if name else "Nothing was asked."
    return f"{said} Did you mean /{meant}?" if meant else f"{said} Known: {known}."
