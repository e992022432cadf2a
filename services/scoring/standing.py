"""Why there are no scores: what is missing, in figures, or what to run."""

from datetime import date

from services import days
from services.analytics.history import SMALLEST_REPEAT_BASE
from services.errors import ExpectedError, NotEnoughHistoryError
from services.scoring.task import CHURN_DAYS
from storage import purchases
from storage.database import Connection

SHORTEST_HISTORY_DAYS = 2 * CHURN_DAYS


class NotScoredError(ExpectedError):
    """There is enough to learn from, but nobody has asked for scores yet."""

    status = 409
    code = "not_scored"

    def __init__(self) -> None:
        super().__init__("Customers are not scored yet. Run: regulars score")


async def why_not_scored(
    connection: Connection, today: date
) -> NotEnoughHistoryError | NotScoredError:
    """Tell what is missing; counts no further than needed."""
    span = await purchases.span(connection, days.to_day(today))
    found = span.last_day - span.first_day + 1 if span else 0
    if span is None or found < SHORTEST_HISTORY_DAYS:
        return NotEnoughHistoryError("days of orders", found=found, needed=SHORTEST_HISTORY_DAYS)
    came_back = await purchases.paying_repeat_customers(
        connection, span.last_day, SMALLEST_REPEAT_BASE
    )
    if came_back < SMALLEST_REPEAT_BASE:
        return NotEnoughHistoryError(
            "paying customers who came back", found=came_back, needed=SMALLEST_REPEAT_BASE
        )
    return NotScoredError()
