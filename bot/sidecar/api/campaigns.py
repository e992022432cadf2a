"""Campaigns: dry runs, the list, how far each is, what it brought. Nobody is named."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import (
    Cursor,
    Limit,
    Parameters,
    next_cursor,
    number_in_path,
    position,
)
from bot.sidecar.auth import caller_of
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import read_body, read_query
from bot.sidecar.route import Route, require
from commands.campaign import CampaignRequest, plan_of
from commands.campaign_json import campaign_json, preview_json, results_json
from commands.schemas.campaigns import CampaignJson, CampaignPageJson, PreviewJson, ResultsJson
from services.api_keys import Scope
from services.campaigns import Person
from services.campaigns.plan import LARGEST_HOLDOUT, LONGEST_NAME, LONGEST_WINDOW_DAYS, Goal

READS = require(Scope.CAMPAIGNS)
LONGEST_WORDS = 200

Text = Annotated[str | None, Field(min_length=1, max_length=LONGEST_WORDS)]
Words = Annotated[list[Annotated[str, Field(max_length=100, pattern="^[^,]+$")]] | None, Field()]
Amount = Annotated[float | None, Field(ge=0, le=1e9)]
Days = Annotated[int | None, Field(ge=0, le=3_650)]


class PlanQuery(Parameters):
    """A plan in the words of `/campaign`; lists with commas, shares as 20 % or 0.2."""

    goal: Annotated[Goal, Field(description="What it is for; decides what is usual")]
    name: Text = None
    product: Annotated[Text, Field(description="SKU, for cross-sell")] = None
    segment: Text = None
    churn: Text = None
    min_value: Text = None
    max_value: Text = None
    min_days: Text = None
    max_days: Text = None
    bought: Text = None
    country: Text = None
    tag: Text = None
    margin: Text = None
    discount: Text = None
    cost: Text = None
    lift: Text = None
    holdout: Text = None
    window: Text = None
    contacted: Text = None


class PlanBody(BaseModel):
    """A plan; what is left out is what is usual for the goal. Money in major units."""

    model_config = ConfigDict(extra="forbid", strict=True)

    goal: Annotated[Goal, Field(strict=False, description="What it is for")]
    name: Annotated[str | None, Field(min_length=1, max_length=LONGEST_NAME)] = None
    product: Annotated[str | None, Field(max_length=255, description="SKU, for cross-sell")] = None
    segment: Words = None
    churn: Words = None
    min_value: Amount = None
    max_value: Amount = None
    min_days: Days = None
    max_days: Days = None
    bought: Annotated[Words, Field(description="SKUs: at least one of them")] = None
    country: Words = None
    tag: Words = None
    margin: Annotated[float | None, Field(ge=0, lt=1)] = None
    discount: Annotated[float | None, Field(ge=0, lt=1)] = None
    cost: Annotated[Amount, Field(description="Of writing to one person")] = None
    lift: Annotated[float | None, Field(gt=0, lt=1)] = None
    holdout: Annotated[float | None, Field(ge=0, le=LARGEST_HOLDOUT)] = None
    window: Annotated[int | None, Field(ge=1, le=LONGEST_WINDOW_DAYS)] = None
    contacted: Annotated[int | None, Field(ge=0, le=365)] = None


class CampaignsQuery(Parameters):
    """Which page of the list."""

    limit: Limit = 20
    cursor: Cursor = None


async def recommend(request: web.Request) -> web.Response:
    return await _dry_run(request, read_query(request, PlanQuery))


async def recommend_body(request: web.Request) -> web.Response:
    return await _dry_run(request, await read_body(request, PlanBody))


async def _dry_run(request: web.Request, asked: PlanQuery | PlanBody) -> web.Response:
    given = asked.model_dump(exclude_none=True, exclude={"goal"})
    options = tuple((name, _typed(value)) for name, value in given.items())
    campaigns = request.app[SERVICES].campaigns
    currency = campaigns.audiences.insights.currency
    plan = plan_of(CampaignRequest("plan", goal=asked.goal, options=options), currency)
    return result_response(PreviewJson, preview_json(await campaigns.preview(plan)))


async def page(request: web.Request) -> web.Response:
    query = read_query(request, CampaignsQuery)
    place = await position(request, query.cursor)
    campaigns = request.app[SERVICES].campaigns
    found = await campaigns.newest(query.limit + 1, before=None if place is None else int(place[0]))
    shown = found[: query.limit]
    currency = campaigns.audiences.insights.currency
    answer: CampaignPageJson = {
        "campaigns": [campaign_json(each, currency) for each in shown],
        "next_cursor": await next_cursor(
            request, [shown[-1].id] if len(found) > query.limit else None
        ),
    }
    return result_response(CampaignPageJson, answer)


async def show(request: web.Request) -> web.Response:
    campaigns = request.app[SERVICES].campaigns
    found = await campaigns.get(number_in_path(request, "campaign"))
    currency = campaigns.audiences.insights.currency
    return result_response(CampaignJson, campaign_json(found, currency))


async def results(request: web.Request) -> web.Response:
    """Each look before the window closes counts as a peek, whoever looks."""
    asker = Person(caller_of(request).actor, is_admin=False)
    number = number_in_path(request, "campaign")
    found = await request.app[SERVICES].campaigns.results(number, asker)
    return result_response(ResultsJson, results_json(found))


def _typed(value: Any) -> str:  # noqa: ANN401 - JSON
    """Write a value as a person would type it."""
    return ",".join(value) if isinstance(value, list) else f"{value}"


CAMPAIGN_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/v1/campaigns/recommend",
        READS,
        recommend,
        "Dry-run a plan: whom it would write to, whom not and why",
        query=PlanQuery,
        result=PreviewJson,
    ),
    Route(
        "POST",
        "/api/v1/campaigns/recommend",
        READS,
        recommend_body,
        "The same with the plan as JSON; nothing is stored",
        body=PlanBody,
        result=PreviewJson,
    ),
    Route(
        "GET",
        "/api/v1/campaigns",
        READS,
        page,
        "Campaigns, newest first",
        query=CampaignsQuery,
        result=CampaignPageJson,
    ),
    Route("GET", "/api/v1/campaigns/{id}", READS, show, "One campaign", result=CampaignJson),
    Route(
        "GET",
        "/api/v1/campaigns/{id}/results",
        READS,
        results,
        "What a campaign brought, against who was held out",
        result=ResultsJson,
    ),
)
