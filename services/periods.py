"""Times that programs write: with an offset, or local to a zone, each moment exactly once."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.errors import WrongInputError

EARLIEST = date(1970, 1, 1)
LONGEST_ZONE = 64
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(rf"{_DAY.pattern}T[0-9]")


def zone_named(name: str) -> ZoneInfo:
    """Find a time zone of the IANA database; raises WrongInputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongInputError(
            f"There is no time zone “{name[:LONGEST_ZONE]}”. Write one of the IANA names, such as "
            "Europe/London or UTC."
        ) from None


def moment(text: str, zone: ZoneInfo, what: str, *, is_end: bool) -> datetime:
    """Read a day or a time as a moment in UTC; raises WrongInputError.

    A day means its first moment in the zone, or as an end the first of the next day. A time
    without an offset is the zone's; one that its clocks skip or show twice is refused.
    """
    read = _read(text, what)
    if isinstance(read, datetime):
        at = read.astimezone(UTC) if read.tzinfo else _only(read, zone, text, what)
    else:
        day = read + timedelta(days=1) if is_end else read
        at = datetime.combine(day, time(), zone).astimezone(UTC)
    first = datetime.combine(EARLIEST, time(), UTC)
    last = datetime.now(UTC) + timedelta(days=1)
    if not first <= at <= last + timedelta(days=1) * is_end:
        raise WrongInputError(
            f"The parameter {what} must be from {EARLIEST} to today, not {text[:40]}."
        )
    return at


def _read(text: str, what: str) -> date | datetime:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text if _TIME.match(text) else "")
    except (ValueError, OverflowError):
        raise WrongInputError(
            f"The parameter {what} is a day such as 2026-11-27 or a time such as "
            f"2026-11-27T09:30:00+01:00, not “{text[:40]}”."
        ) from None


def _only(local: datetime, zone: ZoneInfo, text: str, what: str) -> datetime:
    """Give a local time its offset, if it has exactly one."""
    earlier, later = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    exists = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    happens = "comes twice" if exists else "does not exist"
    raise WrongInputError(
        f"The {what} {text[:40]} {happens} in {zone.key}, where clocks are set then. Write it "
        "with its offset, such as +00:00."
    )
