"""What of an insight is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy.
"""
# ruff: noqa: PLC0415

from services.insights.baskets import BasketTask, FoundBaskets, TooManyCombinations


def search(task: BasketTask) -> FoundBaskets | TooManyCombinations:
    """Look for products that are bought together."""
    from services.insights import basket_search

    return basket_search.search(task)
