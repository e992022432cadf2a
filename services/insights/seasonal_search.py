"""Adding up what an event did, in the process that computes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services import days
from services.analytics.arrays import ranked
from services.analytics.event_lift import (
    FIRST_ORDER,
    GUEST,
    RETURN_DAYS,
    STANDINGS,
    OrderRows,
    Stretch,
    add_up,
    lift,
    mean_lift,
    typical,
)
from services.analytics.lifts import Lift
from services.analytics.segments import SEGMENTS
from services.asking import ask
from services.insights.events import Span
from services.insights.results import Compared, Returned, SeasonalPart
from services.insights.seasonal import SeasonalFigures, SeasonalTask
from storage import shop_orders
from storage.database import Database

FEWEST_RETURNED = 20
"""Newcomers on either side, or a share of them says nothing."""
FEWEST_ORDERS = 20
"""In all usual stretches together, or a lift is chance."""
NAMES = {place: segment.name for place, segment in enumerate(SEGMENTS)} | {
    FIRST_ORDER: "first order",
    GUEST: "guests",
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """Orders or revenue, of all or by the customers of one standing."""

    is_orders: bool
    place: int | None = None

    def of(self, stretch: Stretch) -> float:
        column = stretch.orders if self.is_orders else stretch.value
        return float(column.sum() if self.place is None else column[self.place])


ORDERS, REVENUE = _Figure(is_orders=True), _Figure(is_orders=False)


class _Time:
    """One time the event came: its own stretch, and the usual ones."""

    def __init__(self, own: Stretch, usual: Sequence[Stretch], *, is_over: bool) -> None:
        self.own, self.usual, self.is_over = own, usual, is_over

    def compared(self, figure: _Figure) -> Compared:
        usual = np.array([figure.of(each) for each in self.usual], dtype=np.float64)
        event = figure.of(self.own)
        orders = sum(replace(figure, is_orders=True).of(each) for each in self.usual)
        enough = orders >= FEWEST_ORDERS
        found = lift(event, usual, are_counts=figure.is_orders) if enough else None
        return Compared(event, typical(usual) if usual.size else None, found)


def add_up_event(task: SeasonalTask) -> SeasonalFigures:
    """See `work`."""
    spans = [span for each in task.occasions for span in (each.span, *each.usual)]
    until = max(days.to_day(span.last) for span in spans)
    rows = ask(task.database_url, lambda database: _read(database, until))
    found = dict(zip(spans, add_up(rows, [_days(span) for span in spans]), strict=True))
    times = [
        _Time(found[each.span], [found[span] for span in each.usual], is_over=each.is_over)
        for each in task.occasions
    ]
    known = [
        _Time(
            found[each.span],
            [found[span] for span in each.usual if _is_known(task, span)],
            is_over=True,
        )
        for each in task.occasions
        if each.is_over and _is_known(task, each.span)
    ]
    over = [each for each in times if each.is_over]
    return SeasonalFigures(
        tuple((each.compared(ORDERS), each.compared(REVENUE)) for each in times),
        _mean(over, ORDERS),
        _mean(over, REVENUE),
        tuple(_parts(known)),
        _returned(known),
    )


async def _read(database: Database, until: int) -> OrderRows:
    """Read 90 days beyond the last stretch, too: who came back shows there."""
    async with database.read() as connection:
        await shop_orders.begin_long_read(connection)
        found = await shop_orders.until(connection, until + RETURN_DAYS)
    ids, position = ranked(found.customer_id)
    guests = int(ids.size > 0 and ids[0] == 0)
    return OrderRows(position - guests, found.day, found.is_order.astype(np.bool_), found.spend)


def _parts(times: Sequence[_Time]) -> Iterable[SeasonalPart]:
    """Compare each standing by which somebody bought; none without a lift for all together."""
    if _mean(times, ORDERS) is None:
        return
    for place in range(STANDINGS):
        orders, value = (
            _total(times, replace(ORDERS, place=place)),
            _total(times, replace(REVENUE, place=place)),
        )
        if orders.event or orders.usual:
            yield SeasonalPart(NAMES[place], orders, value)


def _total(times: Sequence[_Time], figure: _Figure) -> Compared:
    """Average over the times."""
    each = [time.compared(figure) for time in times]
    usual = [one.usual for one in each if one.usual is not None]
    event = sum(one.event for one in each) / len(each)
    return Compared(event, sum(usual) / len(usual) if usual else None, _mean(times, figure))


def _mean(times: Sequence[_Time], figure: _Figure) -> Lift | None:
    found = [(time.compared(figure).lift, len(time.usual)) for time in times]
    known = [(one, usual) for one, usual in found if one]
    return mean_lift([one for one, _ in known], [usual for _, usual in known])


def _returned(times: Sequence[_Time]) -> Returned | None:
    """Compare who came first at the event with who came first in usual weeks."""
    own = [time.own for time in times]
    usual = [each for time in times for each in time.usual]
    found = Returned(
        RETURN_DAYS,
        sum(each.newcomers for each in own),
        sum(each.returned for each in own),
        sum(each.newcomers for each in usual),
        sum(each.returned for each in usual),
    )
    enough = min(found.newcomers, found.usual_newcomers) >= FEWEST_RETURNED
    return found if enough else None


def _is_known(task: SeasonalTask, span: Span) -> bool:
    return days.to_day(span.first) >= task.first_known_day


def _days(span: Span) -> tuple[int, int]:
    return days.to_day(span.first), days.to_day(span.last)
