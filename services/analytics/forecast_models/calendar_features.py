"""What the calendar knows about a day, as columns that a regression can weigh.

Every column carries the spread its effect is expected to have (on the log scale), which is what
the regression shrinks it by: a column never seen in the past keeps the effect 0.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

from services.analytics.forecast_models.arrays import Floats, Mask
from services.analytics.forecast_models.periods import Frequency, advance, period_days
from services.analytics.movable_days import black_friday, easter

CHRISTMAS_WINDOWS = {
    "five weeks before Christmas": (-35, -29),
    "four weeks before Christmas": (-28, -22),
    "three weeks before Christmas": (-21, -15),
    "two weeks before Christmas": (-14, -8),
    "last week before Christmas": (-7, -4),
    "last days before Christmas": (-3, -2),
    "Christmas Eve": (-1, -1),
    "Christmas": (0, 1),
    "between the years": (2, 6),
    "New Year": (7, 7),
    "first days of January": (8, 12),
}
BLACK_FRIDAY_WINDOWS = {
    "week before Black Friday": (-7, -1),
    "Black Friday": (0, 0),
    "Black Friday weekend": (1, 2),
    "Cyber Monday": (3, 3),
    "week after Black Friday": (4, 7),
}
EASTER_WINDOWS = {
    "two weeks before Easter": (-14, -8),
    "week before Easter": (-7, -3),
    "Good Friday": (-2, -2),
    "Easter weekend": (-1, 0),
    "Easter Monday": (1, 1),
    "week after Easter": (2, 7),
}
VALENTINE_WINDOWS = {"week before Valentine's Day": (-7, -1), "Valentine's Day": (0, 0)}
CLOSING = frozenset(
    {
        "public holiday",
        "Christmas Eve",
        "Christmas",
        "between the years",
        "New Year",
        "first days of January",
        "Good Friday",
        "Easter weekend",
        "Easter Monday",
    }
)
"""Columns of days on which shops may be closed."""
USUAL_REGION = {"GB": "ENG"}
"""Where the holidays of the whole country leave out those of most of its people."""
PROMOTION = "promotion: "
YEARLY_WAVES = 6
NAMED_HOLIDAYS = 16


@dataclass(frozen=True)
class Columns:
    """One row a period; `special` marks periods touched by a holiday or its closing days."""

    names: tuple[str, ...]
    matrix: Floats
    spreads: Floats
    special: Mask

    def first(self, count: int) -> "Columns":
        """Return the first `count` periods."""
        return Columns(self.names, self.matrix[:count], self.spreads, self.special[:count])

    def with_promotions(self, kinds: tuple[str, ...], promoted: Floats | None) -> "Columns":
        """Add one column a kind of promotion."""
        if promoted is None:
            return self
        names = tuple(f"{PROMOTION}{kind}" for kind in kinds)
        return Columns(
            self.names + names,
            np.column_stack([self.matrix, promoted]),
            np.concatenate([self.spreads, np.full(len(names), 0.7)]),
            self.special,
        )


@lru_cache(maxsize=64)
def holiday_names(country: str | None, first_year: int, last_year: int) -> dict[date, str]:
    """Public holidays of a country (ISO code) or a region of it (`GB-SCT`)."""
    if country is None:
        return {}
    code, _, region = country.partition("-")
    region = region or USUAL_REGION.get(code, "")
    years = range(first_year, last_year + 1)
    found = holidays.country_holidays(code, subdiv=region or None, years=years, language="en_US")
    return {day: name.split(" (")[0].split(";")[0].strip() for day, name in found.items()}


def check_country(country: str | None) -> None:
    """Refuse with a ValueError a country or region whose holidays are not known."""
    try:
        holiday_names(country, 2024, 2024)
    except NotImplementedError as error:
        raise ValueError(f"There are no public holidays known for {country!r}.") from error


def _windows(first: date, last: date) -> Iterator[tuple[str, date, tuple[int, int]]]:
    for year in range(first.year - 1, last.year + 2):
        events = (
            (date(year, 12, 25), CHRISTMAS_WINDOWS),
            (black_friday(year), BLACK_FRIDAY_WINDOWS),
            (easter(year), EASTER_WINDOWS),
            (date(year, 2, 14), VALENTINE_WINDOWS),
        )
        for day, windows in events:
            for name, window in windows.items():
                yield name, day, window


def _day_effects(first: date, count: int, country: str | None) -> dict[str, tuple[Floats, float]]:
    """Holiday columns by day: name -> (values, spread)."""
    last = first + timedelta(days=count - 1)
    columns: dict[str, tuple[Floats, float]] = {}

    def mark(name: str, spread: float, start: date, end: date) -> None:
        column, _ = columns.setdefault(name, (np.zeros(count), spread))
        low, high = max((start - first).days, 0), min((end - first).days + 1, count)
        column[low : max(high, low)] = 1.0

    for name, day, (low, high) in _windows(first, last):
        spread = 0.2 if high - low > 1 else 0.6
        mark(name, spread, day + timedelta(days=low), day + timedelta(days=high))
    public = holiday_names(country, first.year - 1, last.year + 1)
    frequent = {name for name, _ in Counter(public.values()).most_common(NAMED_HOLIDAYS)}
    one = timedelta(days=1)
    for day, name in public.items():
        mark("public holiday", 0.8, day, day)
        mark("days before a public holiday", 0.1, day - 3 * one, day - one)
        mark("day after a public holiday", 0.1, day + one, day + one)
        if name in frequent and name not in columns:
            mark(f"on {name}", 0.5, day, day)
    return columns


@lru_cache(maxsize=256)
def calendar_columns(start: date, frequency: Frequency, count: int, country: str | None) -> Columns:
    """Columns for `count` periods from `start`: season of the year, weekdays, holidays."""
    end = advance(start, frequency, count)
    days = (end - start).days
    by_day = _day_effects(start, days, country)
    ordinal = np.arange(days) + start.toordinal()
    weekday = (ordinal - 1) % 7
    weekday_spread = 1.5 if frequency is Frequency.DAILY else 0.3
    if frequency is not Frequency.WEEKLY:
        for index in range(7):
            by_day[f"weekday {index}"] = ((weekday == index).astype(float), weekday_spread)
    phase = 2 * np.pi * (ordinal % 365.2425) / 365.2425
    for wave in range(1, YEARLY_WAVES + 1):
        by_day[f"year sin {wave}"] = (np.sin(wave * phase), 0.3 / wave)
        by_day[f"year cos {wave}"] = (np.cos(wave * phase), 0.3 / wave)
    if frequency is Frequency.DAILY:
        in_month = np.array([(start + timedelta(days=i)).day / 30.4 for i in range(days)])
        for wave in (1, 2):
            by_day[f"month sin {wave}"] = (np.sin(2 * np.pi * wave * in_month), 0.05)
            by_day[f"month cos {wave}"] = (np.cos(2 * np.pi * wave * in_month), 0.05)
    return _by_period(by_day, start, frequency, count)


def _by_period(
    by_day: dict[str, tuple[Floats, float]], start: date, frequency: Frequency, count: int
) -> Columns:
    names = tuple(by_day)
    matrix = np.column_stack([by_day[name][0] for name in names])
    spreads = np.array([by_day[name][1] for name in names])
    closing = matrix[:, [i for i, name in enumerate(names) if name in CLOSING]] > 0
    special: Mask = np.asarray(closing.any(axis=1))
    if frequency is not Frequency.DAILY:
        lengths = [period_days(advance(start, frequency, i), frequency) for i in range(count)]
        edges = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        matrix = np.add.reduceat(matrix, edges, axis=0) / np.array(lengths)[:, None]
        special = np.zeros(count, dtype=bool)
        if frequency is Frequency.MONTHLY:
            weekdays = [i for i, name in enumerate(names) if name.startswith("weekday")]
            matrix[:, weekdays] = (matrix[:, weekdays] * np.array(lengths)[:, None] - 4.35) / 4.35
    return Columns(names, matrix, spreads, special)
