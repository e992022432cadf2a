"""Forecasts of the shop, and how good earlier ones were."""

import re
from typing import Annotated, Literal, cast

from aiohttp import web
from pydantic import AfterValidator, Field

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import Parameters
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import Whole, read_query
from bot.sidecar.route import Route, require
from commands.forecast import offers_of
from commands.forecast_answers import AccuracyAnswer, ForecastAnswer, StaffingAnswer
from commands.schemas.forecasts import AccuracyJson, ForecastJson, StaffingJson
from services.api_keys import Scope
from services.errors import NotFoundError, WrongInputError
from services.forecasts.request import (
    DEFAULT_HORIZON,
    LONGEST_PRODUCT,
    By,
    ForecastRequest,
    Horizon,
    Metric,
)
from services.forecasts.staffing import LONGEST_MINUTES, MOST_WORK_MINUTES, Service

READS = require(Scope.FORECASTS)
HORIZON = re.compile(r"([0-9]{1,4})([dwm])")
BY_HOUR = "hour"


def _horizon_text(text: str) -> str:
    if HORIZON.fullmatch(text) is None:
        raise ValueError("must be a number of days, weeks or months, such as 28d, 8w or 6m")
    return text


class ForecastQuery(Parameters):
    """What to forecast."""

    horizon: Annotated[
        str,
        AfterValidator(_horizon_text),
        Field(
            description="How far ahead: up to 366d, 104w or 24m",
            examples=["8w"],
            json_schema_extra={"pattern": f"^{HORIZON.pattern}$"},
        ),
    ] = DEFAULT_HORIZON.code
    by: Annotated[
        Literal["segment", "product", "channel", "country", "hour"] | None,
        Field(description="Parts that add up; tickets by hour say who has to answer them"),
    ] = None
    product: Annotated[
        str, Field(max_length=LONGEST_PRODUCT, description="SKU or words of a title, for units")
    ] = ""
    promo: Annotated[
        str | None,
        Field(
            max_length=1_000,
            description="Days of promotions, past ones too: 2026-11-27..2026-11-30, with commas",
        ),
    ] = None
    target: Annotated[
        Annotated[int, Whole(1, LONGEST_MINUTES)] | None,
        Field(description="Of tickets by hour: minutes within which 80% are begun"),
    ] = None
    work: Annotated[
        Annotated[int, Whole(1, MOST_WORK_MINUTES)] | None,
        Field(description="Of tickets by hour: minutes that one takes"),
    ] = None


async def forecast(request: web.Request) -> web.Response:
    metric = _metric(request)
    query = read_query(request, ForecastQuery)
    by_hour = query.by == BY_HOUR
    if (query.target or query.work) and not by_hour:
        raise WrongInputError("The parameters target and work go with by=hour.")
    if by_hour and metric is not Metric.TICKETS:
        raise WrongInputError("Only tickets can be divided by hour.")
    if query.product and metric is not Metric.UNITS:
        raise WrongInputError("The parameter product goes with units.")
    wanted = ForecastRequest(
        metric,
        _horizon(query.horizon),
        By(query.by) if query.by and not by_hour else None,
        query.product.strip(),
        offers_of(query.promo or ""),
    )
    forecasts = request.app[SERVICES].forecasts
    if by_hour:
        usual = Service()
        service = Service(query.target or usual.target_minutes, query.work or usual.work_minutes)
        staffing = await forecasts.staffing(wanted, service)
        return result_response(StaffingJson, StaffingAnswer(staffing).to_json())
    return result_response(ForecastJson, ForecastAnswer(await forecasts.report(wanted)).to_json())


async def accuracy(request: web.Request) -> web.Response:
    found = await request.app[SERVICES].forecasts.accuracy()
    return result_response(AccuracyJson, AccuracyAnswer(found).to_json())


def _metric(request: web.Request) -> Metric:
    name = request.match_info["metric"]
    if name not in set(Metric):
        raise NotFoundError(f"There is no such forecast. Known: {', '.join(Metric)}.")
    return Metric(name)


def _horizon(text: str) -> Horizon:
    found = HORIZON.fullmatch(text)
    if found is None:
        raise WrongInputError("The parameter horizon is such as 28d, 8w or 6m.")
    return Horizon(int(found[1]), cast('Literal["d", "w", "m"]', found[2]))


FORECAST_ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/v1/forecasts/accuracy",
        READS,
        accuracy,
        "How good earlier forecasts were",
        result=AccuracyJson,
    ),
    Route(
        "GET",
        "/api/v1/forecasts/{metric}",
        READS,
        forecast,
        "What to expect of the shop",
        query=ForecastQuery,
        result=ForecastJson | StaffingJson,
    ),
)
