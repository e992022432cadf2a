"""What an event of the year did: planned, added up in another process, told."""

from dataclasses import dataclass, field

from services import days
from services.analytics.lifts import Lift
from services.errors import NotFoundError
from services.insights.events import MEANINGS, Event, Occasion, Span, occasions, own_occasion
from services.insights.results import (
    Compared,
    DataAge,
    Returned,
    Seasonal,
    SeasonalPart,
    SeasonalTime,
)

KNOWN_AFTER_DAYS = 90
"""So much history before a day makes segments of it."""
SEVERAL = 2
USUAL = (
    "Usual: as many days on the same weekdays, up to six stretches before and after within half a "
    "year, without the days of other big events."
)


@dataclass(frozen=True, slots=True)
class SeasonalTask:
    """Which days to add up."""

    database_url: str = field(repr=False)  # it may hold a password
    first_known_day: int
    """From here on there is enough history to know segments."""
    occasions: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True)
class SeasonalFigures:
    """Figures of the times in the order of the task; revenue in minor units."""

    times: tuple[tuple[Compared, Compared], ...]
    orders: Lift | None
    revenue: Lift | None
    parts: tuple[SeasonalPart, ...]
    returned: Returned | None


def plan(event: Event | Span, country: str, first_day: int, age: DataAge, url: str) -> SeasonalTask:
    """Find what to look at; raises NotFoundError when the event is not in the data."""
    data = Span(days.to_date(first_day), age.until)
    code = country.partition("-")[0]
    found = (
        occasions(event, code, data)
        if isinstance(event, Event)
        else own_occasion(event, code, data)
    )
    if not found:
        raise NotFoundError(_absent(event, data))
    return SeasonalTask(url, first_day + KNOWN_AFTER_DAYS, tuple(found))


def seasonal(
    event: Event | Span, task: SeasonalTask, found: SeasonalFigures, currency: str, age: DataAge
) -> Seasonal:
    """Name what was added up."""
    times = tuple(
        SeasonalTime(each.name, each.span, each.is_over, len(each.usual), *figures)
        for each, figures in zip(task.occasions, found.times, strict=True)
    )
    return Seasonal(
        event=event.heading,
        meaning=MEANINGS[event] if isinstance(event, Event) else "the days you named",
        times=times,
        orders=found.orders,
        revenue=found.revenue,
        parts=found.parts,
        returned=found.returned,
        currency=currency,
        age=age,
        notes=tuple(_notes(task, found, times, is_yearly=isinstance(event, Event))),
    )


def _notes(
    task: SeasonalTask,
    found: SeasonalFigures,
    times: tuple[SeasonalTime, ...],
    *,
    is_yearly: bool,
) -> list[str]:
    over = [each for each in times if each.is_over]
    notes = [USUAL]
    notes += [
        f"{each.name} is not over: its days until {days.spoken(each.span.last)} are held against "
        "as many usual ones, and are in no average."
        for each in times
        if not each.is_over
    ]
    if len(over) == 1 and is_yearly:
        notes.append("It came once only: what happens every year cannot be told from that year.")
    elif len(over) >= SEVERAL:
        notes.append(f"The average of {len(over)} times; its range holds how they differ.")
    for each, occasion in zip(times, task.occasions, strict=True):
        notes += _gaps(each, occasion)
    if not found.parts:
        notes.append(
            f"Segments are not known: that takes {KNOWN_AFTER_DAYS} days of orders before the "
            "event and before three usual stretches."
        )
    return notes


def _gaps(time: SeasonalTime, occasion: Occasion) -> list[str]:
    if time.orders.lift is None:
        return [f"{time.name}: too few usual weeks or orders in them, so there is no lift."]
    before = any(usual.first < occasion.span.first for usual in occasion.usual)
    after = any(usual.first > occasion.span.first for usual in occasion.usual)
    if time.is_over and not (before and after):
        side = "before" if after else "after"
        return [f"{time.name}: no usual weeks {side} it, so growth of the shop may be in its lift."]
    return []


def _absent(event: Event | Span, data: Span) -> str:
    meaning = f" ({MEANINGS[event]})" if isinstance(event, Event) else ""
    return (
        f"The orders run from {data.heading}: the beginning of "
        f"{event.heading}{meaning} is not among them, so there is nothing to compare."
    )
