"""How names are compared: without case, accents, apostrophes or doubled spaces."""

import unicodedata

_APOSTROPHES = "'\u2019\u2018`"


def name_key(name: str) -> str:
    """`Zoë  O'Brien` becomes `zoe obrien`."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(
        letter
        for letter in decomposed
        if not unicodedata.combining(letter) and letter not in _APOSTROPHES
    )
    return " ".join(bare.casefold().split())[:255]


def name_words(key: str) -> set[str]:
    """Split a name key into words, each of which finds the person."""
    return set(key.replace("-", " ").replace(",", " ").split())
