"""Reading one cell: amounts, whole numbers, times, e-mail addresses, phone numbers.

Files repeat themselves, so every reader keeps what it has recently read: a price or a time
that was seen before costs a look-up.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from services.imports.report import RowError
from services.masking import EMAIL
from services.money import minor_digits
from services.phones import phone_e164

MICROS = 6
"""Prices are multiplied by quantities in millionths, so that no rounding adds up."""

LARGEST_AMOUNT = 10**10
LARGEST_QUANTITY = 10**7
_AMOUNT_RULE = f"must be between -{LARGEST_AMOUNT:,} and {LARGEST_AMOUNT:,}"
_LARGEST_EXACT = LARGEST_AMOUNT * 10**MICROS

_CACHED = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_AMOUNT = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,30})?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DAY_OR_MONTH_FIRST = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}\b.*")


def micros(text: str) -> int:
    """`2.55` becomes 2,550,000. Only plain decimals: no exponent, no thousands separator."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("must be a plain amount such as 1234.56")
    amount = Decimal(text)
    if abs(amount) > LARGEST_AMOUNT:
        raise ValueError(_AMOUNT_RULE)
    return int(amount.scaleb(MICROS).to_integral_value(ROUND_HALF_UP))


def whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("must be a whole number")
    number = int(text)
    if abs(number) > LARGEST_QUANTITY:
        raise ValueError(f"must be between -{LARGEST_QUANTITY:,} and {LARGEST_QUANTITY:,}")
    return number


def email(text: str) -> str:
    if len(text) > 320 or not EMAIL.fullmatch(text):  # noqa: PLR2004 - RFC 3696
        raise ValueError("must be an e-mail address")
    return text.lower()


def _rounded(value: int, unit: int) -> int:
    """Half away from zero, in whole numbers."""
    return (value + unit // 2) // unit if value >= 0 else -((-value + unit // 2) // unit)


class AmbiguousDateError(Exception):
    """03/04/2026 is two different days; only who exported the file knows which."""


class CellReader:
    """Reads cells for one shop: its currency, zone and country. Raises RowError."""

    def __init__(
        self,
        *,
        currency: str,
        zone: ZoneInfo,
        country: str,
        date_format: str | None,
        now: datetime,
    ) -> None:
        self.currency = currency
        self._unit: int = 10 ** (MICROS - minor_digits(currency))
        self._zone = zone
        self._date_format = date_format
        self._latest = now + timedelta(days=2)
        self._time = lru_cache(_CACHED)(self._read_time)
        self._email = lru_cache(_CACHED)(email)
        self._micros = lru_cache(_CACHED)(micros)
        self.phone: Callable[[str], str | None] = lru_cache(_CACHED)(
            lambda text: phone_e164(text, country),
        )
        self.line_quantity = lru_cache(_CACHED)(partial(self.quantity, "quantity"))
        self.line_total = lru_cache(_CACHED)(partial(self.price, "line_total"))

    def quantity(self, target: str, text: str) -> int:
        try:
            return whole(text.strip())
        except ValueError as error:
            raise RowError(target, str(error), text) from None

    def price(self, target: str, text: str) -> tuple[int, int]:
        """In millionths exactly as written, and rounded to minor units."""
        exact = self._exact(target, text)
        return exact, self.minor(exact)

    def _exact(self, target: str, text: str) -> int:
        try:
            return self._micros(text.strip())
        except ValueError as error:
            raise RowError(target, str(error), text) from None

    def times(self, quantity: int, price_text: str) -> tuple[int, int]:
        """Multiply a price: in millionths, and rounded once to minor units, not for each unit."""
        exact = quantity * self._exact("unit_price", price_text)
        if abs(exact) > _LARGEST_EXACT:
            rule = f"times the quantity {_AMOUNT_RULE}"
            raise RowError("unit_price", rule, price_text)
        return exact, self.minor(exact)

    def minor(self, value: int) -> int:
        """Millionths to minor units of the shop's currency."""
        return _rounded(value, self._unit)

    def exact(self, minor: int) -> int:
        """Minor units of the shop's currency to millionths."""
        return minor * self._unit

    def money(self, target: str, text: str) -> int:
        return self.price(target, text)[1] if text else 0

    def email(self, target: str, text: str) -> str | None:
        if not text:
            return None
        try:
            return self._email(text)
        except ValueError as error:
            raise RowError(target, str(error), text) from None

    def time(self, target: str, text: str) -> tuple[int, int]:
        """Milliseconds since 1970 UTC, and the day in the shop's zone."""
        try:
            return self._time(text)
        except ValueError as error:
            raise RowError(target, str(error), text) from None

    def _read_time(self, text: str) -> tuple[int, int]:
        moment = self._parse(text)
        if moment.tzinfo is None:
            # An hour that exists twice is the first one; one that does not exist moves on.
            moment = moment.replace(tzinfo=self._zone)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("must lie between 1990 and today") from None
        if not _EARLIEST <= moment <= self._latest:
            raise ValueError("must lie between 1990 and today")
        day = moment.astimezone(self._zone).toordinal() - _EPOCH_DAY
        return (moment - _EPOCH) // _MILLISECOND, day

    def _parse(self, text: str) -> datetime:
        if self._date_format:
            try:
                return datetime.strptime(text, self._date_format)  # noqa: DTZ007 - zone: caller
            except ValueError:
                raise ValueError(f"does not match the format {self._date_format}") from None
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            if _DAY_OR_MONTH_FIRST.fullmatch(text):
                raise AmbiguousDateError(text) from None
            raise ValueError("must be a date such as 2026-11-22 or 2026-11-22 14:05") from None
