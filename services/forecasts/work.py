"""What of a forecast is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.forecasts.report import Computed, ForecastReport, Refused
from services.forecasts.staffing import Service, Staffing
from services.forecasts.task import Task
from storage.tickets import HourCount


def compute(task: Task) -> Computed | Refused:
    """Forecast the whole and its parts, and make them add up."""
    from services.forecasts import engine

    return engine.compute(task)


def staff(
    report: ForecastReport, counted: list[HourCount], first_day: int, service: Service
) -> Staffing:
    """Divide tickets by hour of the week, and find the agents for each."""
    from services.forecasts import staffing

    return staffing.staff(report, counted, first_day, service)


def draw_staffing(found: Staffing) -> bytes:
    """Draw agents by hour of the week as PNG."""
    from services.forecasts import charts

    return charts.draw_staffing(found)


def draw(report: ForecastReport) -> bytes:
    """Draw the chart as PNG."""
    from services.forecasts import charts

    return charts.draw_forecast(report)
