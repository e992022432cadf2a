"""The one object that listeners, commands and the sidecar receive."""

from dataclasses import dataclass

from services.api_keys import ApiKeys
from services.campaigns import Campaigns
from services.channel_settings import ChannelSettings
from services.cursors import Cursors
from services.customer_pages import CustomerPages
from services.customers import Customers
from services.double_clicks import DoubleClicks
from services.forecasts import Forecasts
from services.gorgias import Gorgias
from services.insights import Insights
from services.model_runs import ModelRuns
from services.operations import Operations
from services.people import People
from services.ports import Surroundings, Workspace
from services.privacy import Privacy
from services.setup_checks import SetupChecks
from services.shop_glance import ShopGlance
from services.ticket_mirror import TicketMirror
from services.tickets.intake import Intake
from services.tickets.requests import TicketRequests
from services.work_list import WorkLists


@dataclass(frozen=True, slots=True)
class Services:
    """What the bot can do, built once in `bot.wiring`."""

    api_keys: ApiKeys
    campaigns: Campaigns
    channels: ChannelSettings
    cursors: Cursors
    customer_pages: CustomerPages
    customers: Customers
    double_clicks: DoubleClicks
    forecasts: Forecasts
    gorgias: Gorgias
    insights: Insights
    model_runs: ModelRuns
    operations: Operations
    intake: Intake
    people: People
    privacy: Privacy
    workspace: Workspace
    surroundings: Surroundings
    setup_checks: SetupChecks
    work_lists: WorkLists
    shop_glance: ShopGlance
    ticket_mirror: TicketMirror
    ticket_requests: TicketRequests
