"""Customers: who they are, what they ordered, what to expect of them."""

from datetime import datetime
from typing import Annotated, cast

from aiohttp import web
from pydantic import Field

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import Cursor, Limit, Parameters, id_in_path, next_cursor, position
from bot.sidecar.parts import SERVICES, SETTINGS
from bot.sidecar.requests import read_query
from bot.sidecar.route import Route, require
from commands.customer import CustomerAnswer, order_json
from commands.schemas.customers import (
    ChurnRiskJson,
    CustomerJson,
    FoundJson,
    FoundPageJson,
    LtvForecastJson,
    NextPurchaseJson,
    OrderPageJson,
)
from commands.score_json import churn_risk_json, ltv_forecast_json, next_purchase_json
from services import periods
from services.api_keys import Scope
from services.customer_pages import FoundCustomer, How, SearchPlace
from services.customer_scores import Explanation
from services.customers import Customer
from services.errors import WrongInputError
from storage.orders import OrderPlace, Period

READS = require(Scope.CUSTOMERS)
SHORTEST = 2


class SearchQuery(Parameters):
    """Whom to look for."""

    q: Annotated[
        str,
        Field(
            min_length=SHORTEST,
            max_length=200,
            description="E-mail, phone, order number (#1042), customer id or name, as in Slack. "
            "Every character stands for itself",
        ),
    ]
    limit: Limit = 20
    cursor: Cursor = None


class OrdersQuery(Parameters):
    """Which orders: of a period, or all."""

    since: Annotated[
        str | None,
        Field(
            alias="from",
            max_length=40,
            description="First day, or moment: 2026-11-27 or 2026-11-27T09:30:00+01:00",
        ),
    ] = None
    until: Annotated[
        str | None,
        Field(alias="to", max_length=40, description="Last day, or the moment before which"),
    ] = None
    zone: Annotated[
        str | None,
        Field(
            max_length=periods.LONGEST_ZONE,
            description="IANA time zone of days and of times without an offset; usually the shop's",
        ),
    ] = None
    limit: Limit = 20
    cursor: Cursor = None


async def search(request: web.Request) -> web.Response:
    query = read_query(request, SearchQuery)
    text = query.q.strip()
    if len(text) < SHORTEST:
        raise WrongInputError(f"The parameter q must have at least {SHORTEST} characters.")
    place = await position(request, query.cursor)
    after = None if place is None else SearchPlace(cast("How", place[0]), int(place[1]))
    page = await request.app[SERVICES].customer_pages.search(text, query.limit, after)
    found: FoundPageJson = {
        "customers": [_found_json(each) for each in page.found],
        "next_cursor": await next_cursor(
            request, [page.next.how, page.next.customer_id] if page.next else None
        ),
    }
    return result_response(FoundPageJson, found)


async def show(request: web.Request) -> web.Response:
    wanted = id_in_path(request, "customer")
    profile = await request.app[SERVICES].customers.profile_with_id(wanted)
    return result_response(CustomerJson, CustomerAnswer(profile).to_json())


async def orders(request: web.Request) -> web.Response:
    query = read_query(request, OrdersQuery)
    period = _period(query, request.app[SETTINGS].shop_time_zone)
    customer = await _customer(request)
    place = await position(request, query.cursor)
    after = None if place is None else OrderPlace(_at(place[0]), int(place[1]))
    pages = request.app[SERVICES].customer_pages
    page = await pages.orders(customer, query.limit, after, period)
    found: OrderPageJson = {
        "customer_id": _shown_id(customer),
        "currency": page.currency,
        "total": page.total,
        "orders": [order_json(line) for line in page.lines],
        "next_cursor": await next_cursor(
            request, [page.next.placed_at.isoformat(), page.next.id] if page.next else None
        ),
    }
    return result_response(OrderPageJson, found)


async def churn_risk(request: web.Request) -> web.Response:
    return result_response(ChurnRiskJson, churn_risk_json(*await _explained(request)))


async def ltv_forecast(request: web.Request) -> web.Response:
    return result_response(LtvForecastJson, ltv_forecast_json(*await _explained(request)))


async def next_purchase(request: web.Request) -> web.Response:
    customer = await _customer(request)
    customers = request.app[SERVICES].customers
    explanation = await customers.explain(customer.id)
    products = await customers.likely_next(customer.id)
    answer = next_purchase_json(_shown_id(customer), explanation, products)
    return result_response(NextPurchaseJson, answer)


async def _explained(request: web.Request) -> tuple[str, Explanation]:
    customer = await _customer(request)
    explanation = await request.app[SERVICES].customers.explain(customer.id)
    return _shown_id(customer), explanation


async def _customer(request: web.Request) -> Customer:
    return await request.app[SERVICES].customers.with_id(id_in_path(request, "customer"))


def _shown_id(customer: Customer) -> str:
    return customer.source_id or str(customer.id)


def _at(text: str | int) -> datetime:
    return datetime.fromisoformat(str(text))


def _period(query: OrdersQuery, shop_zone: str) -> Period:
    zone = periods.zone_named(shop_zone if query.zone is None else query.zone)
    since = until = None
    if query.since is not None:
        since = periods.moment(query.since, zone, "from", is_end=False)
    if query.until is not None:
        until = periods.moment(query.until, zone, "to", is_end=True)
    if since and until and since > until:
        raise WrongInputError("The parameter from must not come after to.")
    return Period(since, until)


def _found_json(found: FoundCustomer) -> FoundJson:
    customer = found.customer
    return {
        "customer_id": _shown_id(customer),
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "country": customer.country,
        "orders": found.orders,
        "spend": float(found.spend.major),
        "currency": found.spend.currency,
        "last_order_at": found.last_order_at.isoformat() if found.last_order_at else None,
    }


CUSTOMER_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/v1/customers/search",
        READS,
        search,
        "Find customers",
        query=SearchQuery,
        result=FoundPageJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/{id}",
        READS,
        show,
        "One customer: orders, spend, tickets, scores",
        result=CustomerJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/{id}/orders",
        READS,
        orders,
        "Orders of one customer, newest first",
        query=OrdersQuery,
        result=OrderPageJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/{id}/churn-risk",
        READS,
        churn_risk,
        "Whether a customer will order again in time, and why",
        result=ChurnRiskJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/{id}/ltv-forecast",
        READS,
        ltv_forecast,
        "What a customer should spend in a year, and why",
        result=LtvForecastJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/{id}/next-purchase",
        READS,
        next_purchase,
        "When a customer should order next, and why",
        result=NextPurchaseJson,
    ),
)
