"""What in a text may say which customer it is about. Pure: nothing is looked up here.

Addresses, phone numbers and labelled numbers are strong evidence. A bare number is weak: it
counts only when it is exactly an order's number, and dates, prices and pieces of phone numbers
are not numbers at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.masking import EMAIL
from services.phones import phone_e164

MOST_CHARACTERS = 40_000
MOST_OF_A_KIND = 50

_URL = re.compile(r"https?://\S+")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATES = re.compile(
    r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}\.?,?\s+\d{{4}}\b"
    rf"|\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|\b{_MONTH}\.?,?\s+\d{{4}}\b"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\b",
    re.IGNORECASE,
)
_PRICES = re.compile(
    r"[£$€¥]\s?\d[\d.,]*"
    r"|\b(?:EUR|GBP|USD|CHF)\s?\d[\d.,]*"
    r"|\b\d[\d.,]*\s?(?:[£$€¥%]|(?:EUR|GBP|USD|CHF|pounds?|euros?|dollars?)\b)"
    r"|\b\d[\d.,]*\s?(?:kg|g|ml|cm|mm)\b"
    r"|\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b"
    r"|\b\d+[.,]\d+\b",
    re.IGNORECASE,
)
_CODE = r"[A-Za-z]{0,6}-?\d[A-Za-z0-9-]*"
_NOT_OURS = re.compile(
    rf"\b(?:ticket|case|issue|PR)\s*(?:no\.?|number|id)?\s*#?\s*{_CODE}", re.IGNORECASE
)
_ORDER_LABEL = r"\b(?:order|orders|invoice|invoices|purchase)\b\s*(?:no\b\.?|nr\b\.?|number|id\b)?"
_ORDERS = re.compile(
    rf"(?:{_ORDER_LABEL}\s*:?\s*#?\s*|#)({_CODE}(?:\s*(?:,|and|&|/|\+)\s*#?\d{{4,}})*)",
    re.IGNORECASE,
)
_CUSTOMERS = re.compile(
    rf"\b(?:customer|client|account)\b\s*(?:no\b\.?|nr\b\.?|number|id\b)?\s*:?\s*#?\s*({_CODE})",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.])[+(]?\d[\d ().\u00a0/-]{5,22}\d(?!\w)")
_BARE = re.compile(r"(?<![\w.,/-])[A-Za-z]{0,6}-?\d{4,}(?![\w/]|[.,-]\d)")
_YEAR = re.compile(r"(?:19[89]|20[0-9])\d")
_SHORTEST_LABELLED = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, in the order in which it stands in the text."""

    emails: tuple[str, ...]
    phones: tuple[str, ...]
    orders: tuple[str, ...]
    customers: tuple[str, ...]
    bare: tuple[str, ...]


def find_evidence(text: str, country: str) -> Evidence:
    """Read a text; `country` is where phone numbers without a country code belong."""
    text = text[:MOST_CHARACTERS]
    emails, text = _take(EMAIL, text)
    for pattern in (_URL, _DATES, _PRICES, _NOT_OURS):
        _, text = _take(pattern, text)
    customers, text = _take(_CUSTOMERS, text)
    orders, text = _take(_ORDERS, text)
    phones, text = _take_phones(text, country)
    bare, _ = _take(_BARE, text)
    return Evidence(
        emails=_distinct(email.lower() for email in emails),
        phones=_distinct(phones),
        orders=_distinct(number for found in orders for number in _numbers(found)),
        customers=_distinct(customers),
        bare=_distinct(number for number in bare if not _YEAR.fullmatch(number)),
    )


def _take(pattern: re.Pattern[str], text: str) -> tuple[list[str], str]:
    """Take what matches out of the text, so that nothing is understood twice."""
    found = [match[match.lastindex or 0] for match in pattern.finditer(text)]
    return found, pattern.sub(" ; ", text)


def _take_phones(text: str, country: str) -> tuple[list[str], str]:
    phones: list[str] = []

    def take(match: re.Match[str]) -> str:
        written = match[0]
        # Digits in groups with mere spaces between them are rather several numbers.
        if not (written[0] in "+(0" or set(written) & set("-).")):
            return written
        phone = phone_e164(written, country) if len(phones) < MOST_OF_A_KIND else None
        if phone is None:
            return written
        phones.append(phone)
        return " ; "

    return phones, _PHONE.sub(take, text)


def _numbers(found: str) -> list[str]:
    """Split `1042, #1043 and 1044`; the 3 of `order 3 days ago` is no number of an order."""
    return [
        number
        for number in re.findall(_CODE, found)
        if number[0].isalpha() or sum(map(str.isdigit, number)) >= _SHORTEST_LABELLED
    ]


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MOST_OF_A_KIND]
