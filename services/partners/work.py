"""Learning which products speak for which, in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy.
"""
# ruff: noqa: PLC0415

from pathlib import Path


def learn(database_url: str, days: tuple[int, int], folder: Path) -> int:
    """Leave the columns of `product_partners` in a folder; returns how many rows there are."""
    from services.partners import learning

    return learning.learn(database_url, days, folder)
