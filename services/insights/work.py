"""What of an insight is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.insights.baskets import BasketTask, FoundBaskets, TooManyCombinations
from services.insights.results import Cohorts


def search(task: BasketTask) -> FoundBaskets | TooManyCombinations:
    """Look for products that are bought together."""
    from services.insights import basket_search

    return basket_search.search(task)


def draw_cohorts(cohorts: Cohorts) -> bytes:
    """Draw the heat-map as PNG."""
    from services.insights import charts

    return charts.draw_cohorts(cohorts)
