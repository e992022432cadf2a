"""Where people see what becomes of a campaign: `listeners.campaign_board` does it for Slack."""

from collections.abc import Mapping
from typing import Protocol

from services.campaigns.records import Campaign

Place = tuple[str, str]
"""Channel and ts of a message."""


class Board(Protocol):
    """Raises `services.errors` exceptions."""

    async def show_progress(
        self, campaign: Campaign, asked_by: str, key: str, text: str, shown: Place | None
    ) -> Place | None:
        """Say how far something is, always in the same message.

        `shown` is where it was said before; the first time it is posted under the campaign's
        card, or between us and who asked where there is no card, once for each `key`. None:
        nobody can be told.
        """

    async def redraw(self, campaign: Campaign, delivered: Mapping[str, Mapping[str, int]]) -> None:
        """Let the card show the state that the campaign has now, and what was delivered."""
