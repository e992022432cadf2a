"""The API: everything the bot knows, for other programs, by the same service calls as in Slack."""

from dataclasses import replace

from bot.sidecar.api.campaigns import CAMPAIGN_ROUTES
from bot.sidecar.api.customers import CUSTOMER_ROUTES
from bot.sidecar.api.forecasts import FORECAST_ROUTES
from bot.sidecar.api.insights import INSIGHT_ROUTES
from bot.sidecar.api.tickets import TICKET_ROUTES

V1, ALIAS = "/api/v1/", "/api/mcp/"

API_ROUTES = (
    *CUSTOMER_ROUTES,
    *FORECAST_ROUTES,
    *INSIGHT_ROUTES,
    *CAMPAIGN_ROUTES,
    *TICKET_ROUTES,
)

ALIAS_ROUTES = tuple(
    replace(route, path=route.path.replace(V1, ALIAS, 1), is_alias=True) for route in API_ROUTES
)
"""The same answers at the addresses of older clients."""
