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

_LONGEST_ECHO = 80
_POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|please|pls|can you|could you|tell me|show me|give me|and|so)\b[\s,!:]*)+",
    re.IGNORECASE,
)
_EMAIL = r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"
_METRIC = "revenue|orders|customers|tickets"
_AHEAD = r"((?:(?:next|coming) )?\d+ (?:days?|weeks?|months?|quarters?|years?)|(?:next|coming) \w+)"
_EVENT = (
    r"black ?friday|cyber monday|bfcm|christmas|x-?mas|easter|valentine'?s?(?: day)?|"
    r"mother'?s'? day|mothering sunday"
)
_PHRASES: Sequence[tuple[str, str]] = (
    (rf"(?:customer )?({_EMAIL})", "/customer {0}"),
    (r"(\+\d[\d ().-]{6,})", "/customer {0}"),
    (r"(?:order )?(#[\w-]+)", "/customer {0}"),
    (r"order (?:number |no\.? )?([\w-]*\d[\w-]*)", "/customer #{0}"),
    (
        (
            r"(?:who(?:'s| is| are| will| might)?|which customers?(?: are| will| might)?) "
            r"(?:(?:about|likely|going) to )?(?:leav(?:e|es|ing)|churn(?:s|ing)?|at risk)\b.*|"
            r"(?:who(?:'s| are| is)?|which customers?) (?:are )?we (?:about to )?los(?:e|ing)"
        ),
        "/insights churn",
    ),
    (
        rf"(?:what (?:did|does)|how (?:was|did|is)) (?:the |our |last )?({_EVENT})\b.*",
        "/insights seasonal {0}",
    ),
    (rf"(?:the )?(?:effect|impact|lift) of ({_EVENT})\b.*", "/insights seasonal {0}"),
    (r".*\b(?:bought|sold|sells?|goes?) (?:well )?together with (.+)", "/insights affinity {0}"),
    (r".*\b(?:bought|sold|sells?|goes?) (?:well )?together", "/insights affinity"),
    (
        (
            r"(?:who|how many(?: customers| people)?) (?:comes?|came) back|"
            r"(?:what is |how is )?(?:the |our |customer )*(?:retention|repeat rate)|cohorts?|"
            r"how loyal (?:are|were) .*customers?|how many (?:customers )?(?:order|buy) again"
        ),
        "/insights cohorts",
    ),
    (
        (
            r"(?:what are )?(?:the |our )?(?:customer )?segments|"
            r"how many (?:champions|loyal customers|new customers) (?:do we have|are there)"
        ),
        "/insights segments",
    ),
    (
        (
            r"(?:what are )?(?:the |our )?(?:best|top)[ -]?(?:selling )?(?:products?|sellers?)|"
            r"(?:what|which products?) (?:sells?|sold) (?:the )?(?:best|most)"
        ),
        "/insights products",
    ),
    (
        r"which products? (?:makes?|causes?|brings?) (?:the )?most tickets",
        "/insights products",
    ),
    (
        (
            r"(?:how good|how right|how exact|how accurate) (?:are|were|is) "
            r"(?:your|the|our) (?:forecasts?|predictions?|figures)"
        ),
        "/forecast accuracy",
    ),
    (
        r"(?:how many )?(?:agents?|people|staff)(?: do we need| are needed| needed)(?: .*)?",
        "/forecast tickets by hour",
    ),
    (
        rf"(?:forecast(?: of| for)? |predict )?({_METRIC}) (?:for |in |over )?(?:the )?{_AHEAD}",
        "/forecast {0} {1}",
    ),
    (
        rf"(?:what (?:will|does)|how will) (?:the )?{_AHEAD} (?:bring|look(?: like)?|be)(?: like)?",
        "/forecast revenue {0}",
    ),
    (
        (
            rf"(?:how (?:much|many)) ({_METRIC}) (?:will|can|do|should) we "
            rf"(?:make|get|have|see|expect|sell)(?: in| over| for)? (?:the )?{_AHEAD}"
        ),
        "/forecast {0} {1}",
    ),
    (
        r"(?:who(?:'s| is| was| are)|look ?up|find|search(?: for)?) (?:customer )?(.+)",
        "/customer {0}",
    ),
    (r"(?:what do (?:we|you) know about|everything about|about) (.+)", "/customer {0}"),
    (
        r"(?:my (?:open )?(?:tickets|work|list|queue)|what(?:'s| is) (?:mine|on my plate))",
        "/tickets mine",
    ),
    (
        r"what (?:do|should|must) i (?:have to )?(?:do|work on)(?: next| now| today)?",
        "/tickets mine",
    ),
    (
        (
            r"(?:what(?:'s| is| are)? |anything |is anything )?(?:still )?"
            r"(?:waits?|waiting|stuck|queued?|pending|(?:in )?the queue)(?: for gorgias)?"
        ),
        "/tickets queue",
    ),
    (
        r"(?:what(?:'s| is| are)? )?(?:all )?(?:the )?(?:open|unresolved)(?: tickets)?",
        "/tickets open",
    ),
    (r"(?:all|list|list all)? ?(?:the )?tickets", "/tickets open"),
    (
        r"(?:what(?:'s| is| are)? )?(?:the )?(?:most )?(?:urgent|burning)(?: tickets)?",
        "/tickets urgent",
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
_COMPILED = [(re.compile(pattern, re.IGNORECASE), told) for pattern, told in _PHRASES]

_SUGGESTIONS = {
    "/customer anna@example.com": "customer who buyer person email e-mail phone order name client",
    "/tickets mine": "mine my work todo assigned",
    "/tickets open": "ticket tickets open list unresolved",
    "/tickets urgent": "urgent important critical priority burning first",
    "/tickets queue": "queue waiting waits stuck gorgias pending down",
    "/forecast revenue": "forecast revenue sales predict next month quarter weeks",
    "/forecast tickets by hour": "agents staff staffing shift needed hour",
    "/insights churn": "leave leaving churn risk lose losing",
    "/insights cohorts": "cohort cohorts retention return loyal",
    "/insights affinity": "together bundle basket affinity",
    "/insights seasonal christmas": "christmas easter valentine season seasonal event friday",
    "/insights products": "product products seller sellers bestseller",
    "/insights segments": "segment segments champion champions",
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
    name, _, rest = text.removeprefix("/").partition(" ")
    if name.lower() in PARSERS and (text.startswith("/") or not _is_phrase(text)):
        return f"/{name.lower()} {rest}".strip()
    plain = text.rstrip("?!. ")
    asked = _POLITE.sub("", plain).strip()
    if not asked:
        return "/regulars help"
    for pattern, command in _COMPILED if len(asked) <= LONGEST else ():
        found = pattern.fullmatch(asked)
        if found:
            return command.format(*found.groups())
    return NotUnderstood(text, suggestions(asked))


def suggestions(text: str) -> tuple[str, ...]:
    """Find the commands whose words come nearest to these, and help always."""
    words = re.findall(r"[a-z-]+", text.lower())
    scores = {
        command: sum(_is_near(word, known.split()) for word in words)
        for command, known in _SUGGESTIONS.items()
    }
    best = sorted(scores, key=lambda command: -scores[command])
    fitting = [command for command in best if scores[command]]
    return (*fitting[:_MOST_SUGGESTIONS], "/regulars help")


def _is_phrase(text: str) -> bool:
    """Whether a sentence that happens to begin with a command's name says more, as `tickets`."""
    return any(pattern.fullmatch(text.rstrip("?!. ")) for pattern, _ in _COMPILED)


def _is_near(word: str, known: Iterable[str]) -> bool:
    return bool(get_close_matches(word, list(known), 1, 0.75))
