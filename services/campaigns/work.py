"""What of a campaign is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.campaigns.figures import Preview
from services.campaigns.plan import Offer
from services.campaigns.results import Compared
from storage.campaigns.members import Arm
from storage.campaigns.outcomes import Buyer


def compare(
    people: dict[Arm, int], bought: list[Buyer], offer: Offer, campaign_id: int
) -> Compared:
    """Compare treated and held out."""
    from services.campaigns import comparison

    return comparison.compare(people, bought, offer, campaign_id)


def draw_tenths(preview: Preview) -> bytes:
    """Draw value by tenth of the audience as PNG."""
    from services.campaigns import charts

    return charts.draw_tenths(preview)
