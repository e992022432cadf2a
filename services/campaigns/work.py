"""What of a campaign is computed in another process.

The heavy imports stand inside, so that the bot's own process never loads scipy or matplotlib.
"""
# ruff: noqa: PLC0415

from services.campaigns.figures import Preview
from services.campaigns.plan import Offer
from services.campaigns.ranking import Learned
from services.campaigns.results import Compared
from storage.campaigns.audience import Candidate
from storage.campaigns.members import Arm
from storage.campaigns.outcomes import Buyer, Participant


def compare(
    people: dict[Arm, int], bought: list[Buyer], offer: Offer, campaign_id: int
) -> Compared:
    """Compare treated and held out."""
    from services.campaigns import comparison

    return comparison.compare(people, bought, offer, campaign_id)


def learn(experiments: list[list[Participant]]) -> Learned:
    """Learn from finished experiments whom to write to first."""
    from services.campaigns import rankings

    return rankings.learn(experiments)


def best_of(people: list[Candidate], most: int, learned: Learned) -> tuple[int, ...]:
    """Give the ids of the best-ranked."""
    from services.campaigns import rankings

    return rankings.best_of(people, most, learned)


def draw_tenths(preview: Preview) -> bytes:
    """Draw value by tenth of the audience as PNG."""
    from services.campaigns import charts

    return charts.draw_tenths(preview)
