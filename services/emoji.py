"""Which emoji mean what, and which words are an emoji's name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.errors import WrongInputError

TICKET = "ticket"
RESOLVE = "resolve"
CLAIM = "claim"

MOST_NAMES = 10
LONGEST_NAME = 100
_NAME = re.compile(r"[\w+'-]+")


@dataclass(frozen=True, slots=True)
class Emoji:
    """Names without colons and skin tones; the first of each is the one we use ourselves."""

    ticket: tuple[str, ...]
    resolve: tuple[str, ...]
    claim: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What the bot puts on a message that has a ticket."""
        return self.ticket[0]

    def act(self, name: str) -> str | None:
        """Tell what this emoji means; None: nothing to us."""
        plain = name.partition("::")[0]
        return next((act for act, names in self.meanings() if plain in names), None)

    def meanings(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Name each act with its emoji."""
        yield TICKET, self.ticket
        yield RESOLVE, self.resolve
        yield CLAIM, self.claim

    def clash(self) -> str | None:
        """Name an emoji that would mean two things; None where each means one."""
        seen: set[str] = set()
        for _, names in self.meanings():
            if double := sorted(seen & set(names)):
                return double[0]
            seen |= set(names)
        return None


def emoji_names(typed: str) -> tuple[str, ...]:
    """Read names as people type them: `:eyes:, ticket`. Raises WrongInputError."""
    words = [word.partition("::")[0] for word in typed.replace(",", " ").split()]
    names = tuple(dict.fromkeys(word.strip(":").lower() for word in words))
    odd = next((name for name in names if not _is_name(name)), None)
    if odd is not None:
        raise WrongInputError(
            f"“{odd[:30]}” is not an emoji's name. Write names as Slack shows them between colons, "
            "such as ticket or :eyes:."
        )
    if len(names) > MOST_NAMES:
        raise WrongInputError(f"At most {MOST_NAMES} emoji, please.")
    return names


def _is_name(name: str) -> bool:
    return name.isascii() and len(name) <= LONGEST_NAME and bool(_NAME.fullmatch(name))
