"""Reading what people type: phones' quotation marks, Slack's markup, characters nobody sees."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from html import unescape

from services.errors import WrongInputError

LONGEST = 3_000

_TOKEN = re.compile(r"<([^<>]*)>")
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


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find what was probably meant by a misspelt word."""
    close = get_close_matches(word.lower(), list(known), 1, 0.6)
    return close[0] if close else None
