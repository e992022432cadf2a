"""Events of the year, when they were, and which weeks around them were usual ones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.analytics.movable_days import black_friday, easter, mothers_day
from services.days import spoken

WEEK = 7
REACH_DAYS = 26 * WEEK
"""Usual weeks are at most half a year away, or the shop was another one."""
MOST_USUAL = 6
"""Stretches on either side of the event: what is nearest is most alike."""
MOST_OCCASIONS = 3


class Event(StrEnum):
    """What `/insights seasonal` knows by name."""

    BLACK_FRIDAY = "black friday"
    CHRISTMAS = "christmas"
    EASTER = "easter"
    VALENTINE = "valentine's day"
    MOTHERS_DAY = "mother's day"

    @property
    def heading(self) -> str:
        return self.value.title().replace("'S", "'s")


WINDOWS = {
    Event.BLACK_FRIDAY: (0, 3),
    Event.CHRISTMAS: (-28, -1),
    Event.EASTER: (-14, 1),
    Event.VALENTINE: (-7, 0),
    Event.MOTHERS_DAY: (-7, 0),
}
"""First and last day of the sale, from the day itself."""
MEANINGS = {
    Event.BLACK_FRIDAY: "Black Friday to Cyber Monday",
    Event.CHRISTMAS: "the four weeks up to Christmas Eve",
    Event.EASTER: "the two weeks up to Easter Monday",
    Event.VALENTINE: "the week up to Valentine's Day",
    Event.MOTHERS_DAY: "the week up to Mother's Day",
}
UNUSUAL = {
    Event.BLACK_FRIDAY: (-4, 3),
    Event.CHRISTMAS: (-28, 7),
    Event.EASTER: (-14, 1),
}
"""Days that are no usual ones for any other event."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both ends included."""

    first: date
    last: date

    @property
    def heading(self) -> str:
        """`28 Nov 2026 to 1 Dec 2026`."""
        return f"{spoken(self.first)} to {spoken(self.last)}"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def moved(self, weeks: int) -> "Span":
        shift = timedelta(days=WEEK * weeks)
        return Span(self.first + shift, self.last + shift)

    def overlaps(self, others: Iterable["Span"]) -> bool:
        return any(self.first <= other.last and other.first <= self.last for other in others)

    def is_within(self, other: "Span") -> bool:
        return other.first <= self.first and self.last <= other.last


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time an event came, and as long stretches of usual weeks before and after it.

    `span` ends with the data while the event is not over.
    """

    name: str
    span: Span
    usual: tuple[Span, ...]
    is_over: bool


def occasions(event: Event, country: str, data: Span) -> list[Occasion]:
    """Find the times an event came within the data, oldest first."""
    years = range(data.first.year - 1, data.last.year + 2)
    every = [(_name(event, year), _window(event, WINDOWS[event], year, country)) for year in years]
    return _seen(every, data, country)[-MOST_OCCASIONS:]


def own_occasion(span: Span, country: str, data: Span) -> list[Occasion]:
    """Look at any days as an event."""
    return _seen([(span.heading, span)], data, country)


def _seen(every: list[tuple[str, Span]], data: Span, country: str) -> list[Occasion]:
    begun = [
        (name, window)
        for name, window in every
        if data.first <= window.first and window.first <= data.last
    ]
    unusual = [*_unusual(data, country), *(window for _, window in every)]
    return [
        Occasion(
            name,
            span := Span(window.first, min(window.last, data.last)),
            tuple(_usual(span, data, unusual)),
            is_over=window.last <= data.last,
        )
        for name, window in begun
    ]


def _usual(span: Span, data: Span, unusual: list[Span]) -> Iterator[Span]:
    """Yield stretches on the same weekdays that do not overlap, in order of time."""
    step = -(-span.days // WEEK)
    reach = REACH_DAYS // (WEEK * step)

    def fitting(places: range) -> list[Span]:
        moved = (span.moved(step * place) for place in places)
        return [each for each in moved if each.is_within(data) and not each.overlaps(unusual)]

    yield from fitting(range(-reach, 0))[-MOST_USUAL:]
    yield from fitting(range(1, reach + 1))[:MOST_USUAL]


def _unusual(data: Span, country: str) -> Iterator[Span]:
    for year in range(data.first.year - 1, data.last.year + 2):
        for event, window in UNUSUAL.items():
            yield _window(event, window, year, country)


def _name(event: Event, year: int) -> str:
    return f"{event.heading} {year}"


def _window(event: Event, window: tuple[int, int], year: int, country: str) -> Span:
    day = _day(event, year, country)
    return Span(*(day + timedelta(days=offset) for offset in window))


def _day(event: Event, year: int, country: str) -> date:
    match event:
        case Event.BLACK_FRIDAY:
            return black_friday(year)
        case Event.CHRISTMAS:
            return date(year, 12, 25)
        case Event.EASTER:
            return easter(year)
        case Event.VALENTINE:
            return date(year, 2, 14)
        case Event.MOTHERS_DAY:
            return mothers_day(year, country)
