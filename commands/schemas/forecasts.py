"""Forecasts of the shop: amounts in major units, dates the first days of periods."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from commands.schemas.parts import Currency, Day, Moment, Share


class BoundsJson(TypedDict):
    """80 % and 95 % prediction intervals."""

    lo80: float
    hi80: float
    lo95: float
    hi95: float


class StepJson(BoundsJson):
    """One period."""

    step: int
    date: Day
    point: float
    naive: Annotated[float, Field(description="The last season repeated")]
    last_year: float | None


class PartJson(BoundsJson):
    """One part of the whole; the points of all parts add up to it."""

    name: str
    total: float
    points: list[float]


class DriverJson(TypedDict):
    """What moves the forecast: an effect of .1 is a tenth more."""

    kind: Literal["trend", "season", "holiday", "promotion"]
    name: str
    effect: float
    date: Day | None


class BacktestJson(TypedDict):
    """The same forecast on the past, beside repeating the last season."""

    windows: int
    steps: int
    wape: float
    total_error: float
    naive_wape: float
    naive_total_error: float
    coverage80: Share
    coverage95: Share


ForecastJson = TypedDict(
    "ForecastJson",
    {
        "metric": str,
        "what": str,
        "asked": Annotated[str, Field(description="As it is typed after /forecast")],
        "currency": Annotated[Currency | None, Field(description="null: a count")],
        "horizon": str,
        "by": str | None,
        "frequency": Literal["D", "W", "M"],
        "from": Day,
        "until": Day,
        "total": float,
        "lo80": float,
        "hi80": float,
        "lo95": float,
        "hi95": float,
        "steps": list[StepJson],
        "parts": list[PartJson],
        "drivers": list[DriverJson],
        "backtest": BacktestJson | None,
        "worse_than_naive": bool,
        "season_known": bool,
        "last_year_total": float | None,
        "data_until": Day,
        "data_as_of": Moment | None,
        "notes": list[str],
        "alt_text": str,
    },
)


class HourJson(TypedDict):
    """One hour of a usual week; weekday 0 is Monday."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    hour: Annotated[int, Field(ge=0, le=23)]
    tickets: float
    agents: int
    agents_busy: int


class StaffingJson(TypedDict):
    """Agents needed in each of the 168 hours of a week, Monday 0:00 first."""

    metric: Literal["tickets"]
    by: Literal["hour"]
    tickets_a_week: float
    target_minutes: int
    work_minutes: int
    share: Share
    hours: list[HourJson]
    profile_from: Day
    assumptions: str
    forecast: ForecastJson


OutcomeJson = TypedDict(
    "OutcomeJson",
    {
        "asked": str,
        "from": Day,
        "until": Day,
        "total": float,
        "lo80": float,
        "hi80": float,
        "lo95": float,
        "hi95": float,
        "actual": float,
        "naive": float,
        "error": float | None,
        "naive_error": float | None,
    },
)


class AccuracyJson(TypedDict):
    """How good earlier forecasts were; errors are shares of what happened."""

    shown: int
    finished: int
    error: float | None
    naive_error: float | None
    inside80: int
    inside95: int
    forecasts: list[OutcomeJson]
