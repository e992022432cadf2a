"""How names are compared: without case, accents or doubled spaces."""

import unicodedata


def name_key(name: str) -> str:
    """`Zoë  O'Brien` becomes `zoe o'brien`."""
    decomposed = unicodedata.normalize("NFKD", name.replace("\u2019", "'"))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())[:255]


def name_words(key: str) -> set[str]:
    """Split a name key into words, each of which finds the person."""
    return set(key.replace("-", " ").replace(",", " ").split())
