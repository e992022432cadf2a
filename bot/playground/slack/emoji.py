"""The emoji Slack knows by name.

`emoji.txt` has a line for each: the glyph, its names (the first is the one Slack shows) and a `*`
if it comes in skin tones. Derived from emoji-data 16.0.0 by Cal Henderson (MIT), which is the
set that Slack uses.
"""

import re
from functools import cache
from importlib.resources import files

_SKIN_TONE = re.compile(r"::skin-tone-[2-6]$")


def is_known(name: str) -> bool:
    """Tell whether `name`, perhaps with a skin tone, is a standard emoji."""
    plain = _SKIN_TONE.sub("", name)
    return plain in glyphs() and (plain == name or plain in _in_tones())


def canonical(name: str) -> str:
    """Return the name under which Slack reports a reaction: `thumbsup` is `+1`."""
    plain = _SKIN_TONE.sub("", name)
    return _first_names().get(plain, plain) + name[len(plain) :]


@cache
def glyphs() -> dict[str, str]:
    """Return the character of each name."""
    return {name: glyph for glyph, names, _ in _lines() for name in names}


@cache
def _first_names() -> dict[str, str]:
    return {name: names[0] for _, names, _ in _lines() for name in names}


@cache
def _in_tones() -> frozenset[str]:
    return frozenset(name for _, names, in_tones in _lines() if in_tones for name in names)


@cache
def _lines() -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    text = files(__package__).joinpath("emoji.txt").read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        glyph, *names = line.split()
        in_tones = names[-1] == "*"
        lines.append((glyph, tuple(names[:-1] if in_tones else names), in_tones))
    return tuple(lines)
