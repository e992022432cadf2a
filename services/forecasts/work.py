"""What of a forecast is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.forecasts.report import Computed, ForecastReport, Refused
from services.forecasts.task import Task


def compute(task: Task) -> Computed | Refused:
    """Forecast the whole and its parts, and make them add up."""
    from services.forecasts import engine

    return engine.compute(task)


def draw(report: ForecastReport) -> bytes:
    """Draw the chart as PNG."""
    from services.forecasts import charts

    return charts.draw_forecast(report)
