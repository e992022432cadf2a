"""The emoji Slack knows by name.

`emoji.txt` has a line for each: the glyph, its names (the first is the one Slack shows) and a `*`
if it comes in skin tones. Derived from emoji-data 16.0.0 by Cal Henderson (MIT), which is the
set that Slack uses.
"""

import re
from functools import cache
from importlib.resources import files

_VARIATION = "\ufe0f"
_LAST_SIGN = "\u203b"
_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_SKIN_TONE = re.compile(r"::skin-tone-[2-6]$")


def is_known(name: str) -> bool:
    """Tell whether `name`, perhaps with a skin tone, is a standard emoji."""
    plain = _SKIN_TONE.sub("", name)
    return plain in glyphs() and (plain == name or plain in _in_tones())


def canonical(name: str) -> str:
    """Return the name under which Slack reports a reaction: `thumbsup` is `+1`."""
    plain = _SKIN_TONE.sub("", name)
    return _first_names().get(plain, plain) + name[len(plain) :]


def named(text: str) -> str:
    """Replace emoji characters by their names between colons, as Slack does with typed text."""
    return _characters().sub(_name, text)


@cache
def glyphs() -> dict[str, str]:
    """Return the character of each name."""
    return {name: glyph for glyph, names, _ in _lines() for name in names}


def _name(match: re.Match[str]) -> str:
    found = match.group()
    tone = ""
    if len(found) > 1 and found[-1] in _TONES:
        tone = f":skin-tone-{_TONES.index(found[-1]) + 2}:"
        found = found[:-1]
    name = _by_glyph().get(found) or _by_glyph().get(found + _VARIATION)
    return f":{name}:{tone}" if name else match.group()


@cache
def _characters() -> re.Pattern[str]:
    """Match every emoji, the longest first, also where the variation selector is missing."""
    known = {glyph for glyph, _, _ in _lines()} | {g.rstrip(_VARIATION) for g, _, _ in _lines()}
    # Digits and signs such as © are text until a variation selector makes them emoji.
    emoji = [each for each in known if len(each) > 1 or each > _LAST_SIGN]
    longest_first = sorted(emoji, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, longest_first))})[{_TONES}]?")


@cache
def _by_glyph() -> dict[str, str]:
    return {glyph: names[0] for glyph, names, _ in _lines()}


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
