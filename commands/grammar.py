"""Reading what people type: phones' quotation marks, Slack's markup, characters nobody sees."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from html import unescape

from services.errors import WrongInputError

LONGEST = 3_000

_TOKEN = re.compile(r"<([^<>]*)>")
_DIGITS = re.compile(r"[0-9]+")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by category that show nothing: Hangul fillers, an empty Braille cell."""
_TYPED = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "--",
        "\u2212": "-",
        "\t": " ",
        "\n": " ",
        "\r": " ",
    },
)


def clean(text: str) -> str:
    """Make of typed text what was meant."""
    text = unescape(_TOKEN.sub(_meant, text)).translate(_TYPED)
    visible = "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in text
        if unicodedata.category(character) not in {"Cf", "Cc"}
    )
    return " ".join(visible.split())


def limited(text: str) -> str:
    """Pass text on; raises WrongInputError when it is too long to be a question."""
    if len(text) > LONGEST:
        raise WrongInputError(f"That is too long ({len(text):,}; limit {LONGEST:,}).")
    return text


def _meant(token: re.Match[str]) -> str:
    """`<mailto:a@b|a@b>` is a@b, `<tel:+44…|020 …>` its number, `<@U1|anna>` is @U1."""
    target, _, label = token[1].partition("|")
    if target.startswith(("mailto:", "tel:")):
        return target.partition(":")[2]
    if target.startswith(("@", "#")):
        return target
    return label if target.startswith("!") else target


def whole_number(word: str, what: str, highest: int) -> int:
    """Read plain decimal digits and nothing else that Python would take for a number."""
    digits = word.removeprefix("#")
    if not _DIGITS.fullmatch(digits):
        raise WrongInputError(f"{what} is written in plain digits, such as 77.")
    significant = digits.lstrip("0")
    if not 0 < len(significant) <= len(str(highest)) or int(significant) > highest:
        raise WrongInputError(f"{what} must be between 1 and {highest:,}.")
    return int(significant)


def has_words(text: str) -> bool:
    """Whether anything in a text can be seen: zero-width marks and blanks cannot."""
    return any(
        unicodedata.category(character)[0] not in "CZ" and character not in _BLANK_LETTERS
        for character in text
    )


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Find what was probably meant by a misspelt word."""
    close = get_close_matches(word.lower(), list(known), 1, likeness)
    return close[0] if close else None
