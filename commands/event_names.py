"""Reading which event is meant: `black friday`, `xmas`, `2026-06-01..2026-06-07`."""

import re
from datetime import date

from commands.grammar import nearest
from services.errors import WrongInputError
from services.insights.events import Event, Span

LONGEST_DAYS = 62
MISSPELT = 0.75
"""Days of the year are alike in one word: pancake day is no Black Friday."""
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?: ?(?:\.\.|to|-|until) ?(\d{4}-\d\d-\d\d))?")
_NAMES = {
    "black friday": Event.BLACK_FRIDAY,
    "blackfriday": Event.BLACK_FRIDAY,
    "cyber monday": Event.BLACK_FRIDAY,
    "bfcm": Event.BLACK_FRIDAY,
    "christmas": Event.CHRISTMAS,
    "x mas": Event.CHRISTMAS,
    "xmas": Event.CHRISTMAS,
    "easter": Event.EASTER,
    "valentine": Event.VALENTINE,
    "valentines": Event.VALENTINE,
    "valentines day": Event.VALENTINE,
    "mothers day": Event.MOTHERS_DAY,
    "mother day": Event.MOTHERS_DAY,
    "mothering sunday": Event.MOTHERS_DAY,
}


def read_event(text: str) -> Event | Span:
    """Read an event's name or days; raises WrongInputError that names what there is."""
    days = _DAYS.fullmatch(text)
    if days:
        return _span(days[1], days[2] or days[1])
    name = " ".join(text.lower().replace("'", "").replace("-", " ").split())
    if name in _NAMES:
        return _NAMES[name]
    known = f"Known: {', '.join(Event)}, or any days such as 2026-06-01..2026-06-07."
    if not name:
        raise WrongInputError(f"Which event? {known}")
    meant = nearest(name, _NAMES, MISSPELT)
    rest = f"Did you mean /insights seasonal {_NAMES[meant]}?" if meant else known
    raise WrongInputError(f"I know no event “{text[:40]}”, so nothing was done. {rest}")


def _span(first: str, last: str) -> Span:
    try:
        span = Span(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise WrongInputError(f"{first} or {last} is no day, so nothing was done.") from error
    if not 1 <= span.days <= LONGEST_DAYS:
        raise WrongInputError(
            f"An event has 1 to {LONGEST_DAYS} days, the first day first; nothing was done."
        )
    return span
