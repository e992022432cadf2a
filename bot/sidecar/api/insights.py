"""What the orders hold: figures of the shop, nobody's name."""

from typing import Annotated

from aiohttp import web
from pydantic import BeforeValidator, Field

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import Parameters, Share, Truth
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import Whole, read_query
from bot.sidecar.route import Route, require
from commands.event_names import read_event
from commands.insight_answers import (
    AffinityAnswer,
    ChurnAnswer,
    CohortsAnswer,
    ProductsAnswer,
    SeasonalAnswer,
    SegmentsAnswer,
)
from commands.schemas.insights import (
    AffinityJson,
    ChurnTotalsJson,
    CohortsJson,
    ProductsJson,
    SeasonalJson,
    SegmentsJson,
)
from services.api_keys import Scope
from services.campaigns.plan import SEGMENT_NAMES
from services.insights.request import (
    LONGEST_MONTHS,
    MOST,
    USUAL_FINDINGS,
    USUAL_TOP,
    AffinityRequest,
    ChurnRequest,
    CohortRequest,
    Cut,
    ProductOrder,
    ProductsRequest,
    SeasonalRequest,
    SegmentCut,
    SegmentsRequest,
)

READS = require(Scope.INSIGHTS)
LONGEST_PRODUCT = 100
MOST_PRODUCTS = 1_000


def _segment(value: object) -> object:
    if value not in SEGMENT_NAMES:
        raise ValueError(f"must be {', '.join(SEGMENT_NAMES)}")
    return value


SegmentName = Annotated[
    str,
    BeforeValidator(_segment),
    Field(json_schema_extra={"enum": list(SEGMENT_NAMES)}),
]
Months = Annotated[int, Whole(1, LONGEST_MONTHS)]


class CohortsQuery(Parameters):
    """Which cohorts."""

    by: Annotated[Cut | None, Field(description="Also each part by itself")] = None
    months: Annotated[Months | None, Field(description="List only the newest so many")] = None


class AffinityQuery(Parameters):
    """What is bought together, at least how often."""

    product: Annotated[
        str, Field(max_length=LONGEST_PRODUCT, description="SKU or words of a title; empty: all")
    ] = ""
    rules: Annotated[Truth, Field(description="Look for sets of any length instead of pairs")] = (
        False
    )
    min_count: Annotated[
        Annotated[int, Whole(1, MOST)] | None,
        Field(description="Usually 20 orders, with a minimum support 1"),
    ] = None
    min_support: Share | None = None
    min_confidence: Share | None = None
    months: Annotated[Months | None, Field(description="Look only at the last so many")] = None
    limit: Annotated[int, Whole(1, USUAL_FINDINGS)] = USUAL_FINDINGS


class SegmentsQuery(Parameters):
    """Of whom."""

    by: Annotated[SegmentCut | None, Field(description="Also each part by itself")] = None


class ChurnQuery(Parameters):
    """Of whom."""

    segment: Annotated[SegmentName | None, Field(description="Usually all customers")] = None


class ProductsQuery(Parameters):
    """Which products first."""

    sort: ProductOrder = ProductOrder.REVENUE
    months: Annotated[Months | None, Field(description="Look only at the last so many")] = None
    limit: Annotated[int, Whole(1, MOST_PRODUCTS)] = USUAL_TOP


class SeasonalQuery(Parameters):
    """Which event."""

    event: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Such as black friday or christmas, or days: 2026-06-01..2026-06-07",
        ),
    ]


async def cohorts(request: web.Request) -> web.Response:
    query = read_query(request, CohortsQuery)
    found = await request.app[SERVICES].insights.cohorts(CohortRequest(query.by, query.months))
    return result_response(CohortsJson, CohortsAnswer(found).to_json())


async def affinity(request: web.Request) -> web.Response:
    query = read_query(request, AffinityQuery)
    wanted = AffinityRequest(
        product=query.product.strip(),
        min_count=query.min_count,
        min_support=query.min_support,
        min_confidence=query.min_confidence,
        with_rules=query.rules,
        months=query.months,
        top=query.limit,
    )
    found = await request.app[SERVICES].insights.affinity(wanted)
    return result_response(AffinityJson, AffinityAnswer(found).to_json())


async def churn(request: web.Request) -> web.Response:
    query = read_query(request, ChurnQuery)
    place = None if query.segment is None else SEGMENT_NAMES.index(query.segment)
    wanted = ChurnRequest(top=0, segment=place)
    found = await request.app[SERVICES].insights.churn(wanted)
    return result_response(ChurnTotalsJson, ChurnAnswer(found).totals_json())


async def segments(request: web.Request) -> web.Response:
    query = read_query(request, SegmentsQuery)
    found = await request.app[SERVICES].insights.segments(SegmentsRequest(query.by))
    return result_response(SegmentsJson, SegmentsAnswer(found).to_json())


async def products(request: web.Request) -> web.Response:
    query = read_query(request, ProductsQuery)
    wanted = ProductsRequest(query.sort, query.months, query.limit)
    found = await request.app[SERVICES].insights.products(wanted)
    return result_response(ProductsJson, ProductsAnswer(found).to_json())


async def seasonal(request: web.Request) -> web.Response:
    event = read_event(read_query(request, SeasonalQuery).event.strip())
    found = await request.app[SERVICES].insights.seasonal(SeasonalRequest(event))
    return result_response(SeasonalJson, SeasonalAnswer(found).to_json())


INSIGHT_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/v1/segments",
        READS,
        segments,
        "How many customers are in each segment",
        query=SegmentsQuery,
        result=SegmentsJson,
    ),
    Route(
        "GET",
        "/api/v1/customers/segments",
        READS,
        segments,
        "The same beside the customers",
        query=SegmentsQuery,
        result=SegmentsJson,
        is_alias=True,
    ),
    Route(
        "GET",
        "/api/v1/insights/cohorts",
        READS,
        cohorts,
        "Who came back, by month of first order",
        query=CohortsQuery,
        result=CohortsJson,
    ),
    Route(
        "GET",
        "/api/v1/insights/affinity",
        READS,
        affinity,
        "What is bought together",
        query=AffinityQuery,
        result=AffinityJson,
    ),
    Route(
        "GET",
        "/api/v1/insights/churn",
        READS,
        churn,
        "What is expected to be lost, by segment and churn band",
        query=ChurnQuery,
        result=ChurnTotalsJson,
    ),
    Route(
        "GET",
        "/api/v1/insights/products",
        READS,
        products,
        "What each product brought, and who came back for it",
        query=ProductsQuery,
        result=ProductsJson,
    ),
    Route(
        "GET",
        "/api/v1/insights/seasonal",
        READS,
        seasonal,
        "What an event of the year did, by segment",
        query=SeasonalQuery,
        result=SeasonalJson,
    ),
)
