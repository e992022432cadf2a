"""Days of the year that move: Easter, Black Friday, Mother's Day."""

from datetime import date, timedelta

WEEK = 7
MAY, NOVEMBER, FEBRUARY = 5, 11, 2
SUNDAY, THURSDAY = 6, 3
PENTECOST = timedelta(days=49)
LENT = timedelta(days=21)
"""From Mothering Sunday, the fourth of Lent, to Easter."""
MOTHERING_SUNDAY = frozenset({"GB", "IE"})
FIRST_SUNDAY_OF_MAY = frozenset({"ES", "PT", "HU", "LT", "RO"})
LAST_SUNDAY_OF_MAY = frozenset({"FR", "SE"})


def easter(year: int) -> date:
    """Easter Sunday (anonymous Gregorian algorithm)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    skipped = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - skipped + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def black_friday(year: int) -> date:
    """Return the day after the fourth Thursday of November."""
    return _weekday_of(year, NOVEMBER, THURSDAY, 4) + timedelta(days=1)


def mothers_day(year: int, country: str) -> date:
    """Mother's Day of a country (ISO code); where none is known, the second Sunday of May."""
    if country in MOTHERING_SUNDAY:
        return easter(year) - LENT
    if country == "NO":
        return _weekday_of(year, FEBRUARY, SUNDAY, 2)
    if country in FIRST_SUNDAY_OF_MAY:
        return _weekday_of(year, MAY, SUNDAY, 1)
    if country in LAST_SUNDAY_OF_MAY:
        last = _weekday_of(year, MAY + 1, SUNDAY, 1) - timedelta(days=WEEK)
        moves = country == "FR" and last == easter(year) + PENTECOST
        return last + timedelta(days=WEEK) if moves else last
    return _weekday_of(year, MAY, SUNDAY, 2)


def _weekday_of(year: int, month: int, weekday: int, number: int) -> date:
    """Return the so-manieth Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % WEEK + WEEK * (number - 1))
