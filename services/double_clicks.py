"""A click counts once, however often it arrives: pressed twice, or delivered twice by Slack."""

from dataclasses import dataclass

from services.outages import stored_or_told
from storage import idempotency
from storage.database import Database, Lane

APART_SECONDS = 2.0
"""Whoever presses the same button again after so long means it."""


@dataclass(frozen=True, slots=True)
class DoubleClicks:
    """Remembers clicks where every replica can see them: two of one person may reach two."""

    database: Database

    async def is_first(self, person: str, act: str, at: float = 0) -> bool:
        """Tell whether this is no repetition, and remember it.

        `act` names control and place, `at` is when Slack says that it was pressed. A form, which
        can be sent once, has no time. Raises NotStoredError.
        """
        taking = self.database.transaction(Lane.INTAKE, one_statement=True)
        async with stored_or_told(), taking as connection:
            return await idempotency.is_first(connection, f"slack:{person}", act, at, APART_SECONDS)
