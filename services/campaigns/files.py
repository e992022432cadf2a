"""The list of whom to write to, as Klaviyo and Mailchimp import it.

Names from customers end up in spreadsheets: a cell that a spreadsheet would calculate gets an
apostrophe. Phone numbers keep their plus, for they hold nothing but digits behind it.
"""

import csv
import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from io import StringIO

from services.campaigns.plan import SEGMENT_NAMES
from services.money import Money
from storage.campaigns.deliveries import Recipient

_PHONE = re.compile(r"\+\d{6,15}")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same in full width, which some spreadsheets read alike."""
_UNSEEN = {"Cc", "Cf"}
"""Unicode's control and format characters, such as NUL and the zero-width space."""
_MAILCHIMP_BYTES = 255


class Layout(StrEnum):
    KLAVIYO = "klaviyo"
    MAILCHIMP = "mailchimp"


HEADERS = {
    Layout.KLAVIYO: (
        *("Email", "First Name", "Last Name", "Phone Number", "Country", "External ID"),
        *("Regulars Campaign", "Regulars Segment", "Regulars Expected Value"),
    ),
    Layout.MAILCHIMP: ("Email Address", "First Name", "Last Name", "Phone Number", "Tags"),
}


def header(layout: Layout) -> str:
    """Write the first line."""
    return _written([HEADERS[layout]])


def lines(layout: Layout, people: Sequence[Recipient], campaign: str, currency: str) -> str:
    """Write one line a person; who has no e-mail address must not be among them."""
    write = _klaviyo if layout is Layout.KLAVIYO else _mailchimp
    return _written([write(person, campaign, currency) for person in people])


def _klaviyo(person: Recipient, campaign: str, currency: str) -> Sequence[str]:
    first, last = names(person.name)
    return (
        _safe(person.email or ""),
        _safe(first),
        _safe(last),
        phone(person.phone),
        _safe(person.country or ""),
        _safe(person.source_id or str(person.customer_id)),
        _safe(campaign),
        SEGMENT_NAMES[person.segment],
        str(Money(person.value, currency).major),
    )


def _mailchimp(person: Recipient, campaign: str, _currency: str) -> Sequence[str]:
    first, last = names(person.name)
    tags = f"{campaign.replace(',', ' ')},{SEGMENT_NAMES[person.segment]}"
    cells = (
        _safe(person.email or ""),
        _safe(first),
        _safe(last),
        phone(person.phone),
        _safe(tags),
    )
    return [_shortened(cell) for cell in cells]


def names(name: str) -> tuple[str, str]:
    """Take the last word for the surname, as both do when they split a name."""
    first, _, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")


def phone(written: str | None) -> str:
    """Give a number with its country code, and nothing for what is none."""
    return written if written and _PHONE.fullmatch(written) else ""


def begins_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate a cell."""
    return _plain(cell).startswith(_FORMULA)


def _safe(cell: str) -> str:
    cell = _plain(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    """Leave out line ends, tabs and what nobody sees, behind which a formula could hide."""
    words = " ".join(cell.split())
    if words.isprintable():
        return words
    return "".join(each for each in words if unicodedata.category(each) not in _UNSEEN).strip()


def _shortened(cell: str) -> str:
    return cell.encode()[:_MAILCHIMP_BYTES].decode(errors="ignore")


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
