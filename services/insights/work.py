"""What of an insight is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.insights.baskets import BasketTask, FoundBaskets, TooManyCombinations
from services.insights.cohorts import CohortTask, FoundCohorts
from services.insights.products import ProductTask, SoldProducts
from services.insights.results import Drawable
from services.insights.seasonal import SeasonalFigures, SeasonalTask


def count_cohorts(task: CohortTask) -> FoundCohorts:
    """Count the customers of each month of first order, and of each part of them."""
    from services.insights import cohort_search

    return cohort_search.count_cohorts(task)


def search(task: BasketTask) -> FoundBaskets | TooManyCombinations:
    """Look for products that are bought together."""
    from services.insights import basket_search

    return basket_search.search(task)


def add_up_products(task: ProductTask) -> SoldProducts:
    """Add up what each product brought, most first."""
    from services.insights import product_search

    return product_search.add_up_products(task)


def add_up_event(task: SeasonalTask) -> SeasonalFigures:
    """Add up what an event and the usual weeks brought."""
    from services.insights import seasonal_search

    return seasonal_search.add_up_event(task)


def draw(found: Drawable) -> bytes:
    """Draw an insight as PNG."""
    from services.insights import charts

    return charts.draw(found)
