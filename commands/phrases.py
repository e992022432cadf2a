"""What people say to the bot in their own words, turned into one of its commands.

who is anna@example.com   → /customer anna@example.com
what waits?               → /tickets queue
my tickets                → /tickets mine
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from commands import PARSERS
from commands.grammar import LONGEST, clean
from commands.questions import EMAIL, recognise

_LONGEST_ECHO = 80
_POLITE = re.compile(
    (
        r"^(?:(?:hey|hi|hello|good (?:morning|afternoon|evening)|thanks|thank you|please|pls|"
        r"can you|could you|tell me|show me|give me|and|so)\b[\s,!:]*)+"
    ),
    re.IGNORECASE,
)
_PHRASES: Sequence[tuple[str, str]] = (
    (
        (
            r"(?:whats?|which products?)(?: else)?(?: is| are| do| does| did| will)?"
            r"(?: people| customers| buyers| they| we)?(?: often| usually| also)? "
            r"(?:buy|bought|sell|sells|sold|go|goes|order|ordered)(?: well)?(?: together| along)? "
            r"with (?:the |a |an |our )?(.+)"
        ),
        "/insights affinity {0}",
    ),
    (
        (
            r"what else (?:do|did|would) (?:the )?(?:buyers|customers|people) (?:of|who bought) "
            r"(?:the |a |an |our )?(.+?) (?:buy|order|like|want)"
        ),
        "/insights affinity {0}",
    ),
    (
        (
            r"(?:who|how many(?: customers| people)?) (?:comes?|came) back|"
            r"how loyal (?:are|were) .*customers?"
        ),
        "/insights cohorts",
    ),
    (r"how many (?:loyal|new) customers (?:do we have|are there)", "/insights segments"),
    (
        r"(?:how many )?people(?: do we need| are needed| needed)(?: .*)?",
        "/forecast tickets by hour",
    ),
    (r"(?:show |open )?ticket (?:number |no\.? )?#?(\d+)", "/tickets {0}"),
    (r"(?:help|what can (?:you|i) do|how do(?:es)? (?:this|it|i) .*|commands)", "/regulars help"),
    (
        (
            r"(?:status|are you (?:ok|okay|up|there|alive)|is everything (?:ok|okay|working)|"
            r"self.?check|how are you)"
        ),
        "/regulars status",
    ),
)
"""Whole sentences."""

_LOOK_UPS: Sequence[tuple[str, str]] = (
    (
        (
            r"(?:who(?:'?s| is| was| are)|look ?up|find|search(?: for)?) (?:customer )?"
            r"(?!our |my |your |the )(.+)"
        ),
        "/customer {0}",
    ),
    (
        r"(?:what do (?:we|you) know about|everything about|about) (?:customer )?(.+)",
        "/customer {0}",
    ),
)
"""Sentences that end in a name, which may be any words: tried when nothing else fits."""


def _compiled(phrases: Sequence[tuple[str, str]]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.IGNORECASE), told) for pattern, told in phrases]


_COMPILED, _COMPILED_LOOK_UPS = _compiled(_PHRASES), _compiled(_LOOK_UPS)

_SUGGESTIONS = {
    "/customer anna@example.com": "customer who buyer person email e-mail phone order name client",
    "/tickets mine": "mine my work todo assigned",
    "/tickets open": "ticket tickets open list unresolved",
    "/tickets urgent": "urgent important critical priority burning fire first",
    "/tickets queue": "queue waiting waits stuck gorgias pending down",
    "/forecast revenue": "forecast revenue sales predict next month quarter weeks",
    "/forecast tickets by hour": "agents staff staffing shift needed hour",
    "/insights churn": "leave leaving churn risk lose losing slipping loss",
    "/insights cohorts": "cohort cohorts retention return loyal back again",
    "/insights affinity": "together bundle basket affinity cross-sell",
    "/insights seasonal christmas": "christmas easter valentine season seasonal event friday",
    "/insights products": "product products seller sellers bestseller",
    "/insights segments": "segment segments champion champions",
    "/campaign winback": "campaign campaigns discount mailing offer offers winback write",
    "/regulars status": "status health working broken setup check",
}
_MOST_SUGGESTIONS = 2


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What was said, and the commands that come nearest."""

    said: str
    suggestions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Never silence: what came nearest, and where the rest stands."""
        said = self.said[:_LONGEST_ECHO] + ("…" if len(self.said) > _LONGEST_ECHO else "")
        listed = " · ".join(self.suggestions)
        return f"I did not understand “{said}”, so nothing was done. Closest: {listed}"


def interpret(said: str) -> str | NotUnderstood:
    """Find the command that was meant; nothing is executed on a guess."""
    text = clean(said)
    asked = _POLITE.sub("", text.rstrip("?!. ")).strip()
    if not asked:
        return "/regulars help"
    command = _command(text)
    if len(asked) > LONGEST or (command and text.startswith("/")):
        return command or NotUnderstood(text, suggestions(asked))
    return (
        _said(asked, _COMPILED)
        or recognise(asked)
        or command
        or _command(asked)
        or _said(asked, _COMPILED_LOOK_UPS)
        or NotUnderstood(text, suggestions(asked))
    )


def _command(text: str) -> str | None:
    """Read what begins with a command's name, with its slash or without."""
    name, _, rest = text.removeprefix("/").partition(" ")
    return f"/{name.lower()} {rest}".strip() if name.lower() in PARSERS else None


def _said(asked: str, phrases: Sequence[tuple[re.Pattern[str], str]]) -> str | None:
    for pattern, command in phrases:
        found = pattern.fullmatch(asked)
        if found:
            return command.format(*found.groups())
    return None


def suggestions(text: str) -> tuple[str, ...]:
    """Find the commands whose words come nearest to these, and help always."""
    words = re.findall(r"[a-z-]+", text.lower())
    scores = {
        command: sum(_is_near(word, known.split()) for word in words)
        for command, known in _SUGGESTIONS.items()
    }
    best = sorted(scores, key=lambda command: -scores[command])
    named = re.search(EMAIL, text)
    fitting = [f"/customer {named[0]}"] if named else []
    fitting += [command for command in best if scores[command]]
    return (*fitting[:_MOST_SUGGESTIONS], "/regulars help")


def _is_near(word: str, known: Iterable[str]) -> bool:
    return bool(get_close_matches(word, list(known), 1, 0.75))
