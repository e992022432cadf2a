"""What the orders say: who comes back, what goes together, who is leaving.

/insights cohorts by channel
/insights affinity MUG-1
/insights affinity rules min_support=0.01 min_confidence=0.5
/insights segments
/insights churn by spend top 20
/insights products 12m by units
/insights seasonal black friday
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from commands.event_names import read_event
from commands.grammar import nearest, whole_number
from commands.help import EMPTY, Help, Topic
from commands.insight_answers import (
    AffinityAnswer,
    ChurnAnswer,
    CohortsAnswer,
    InsightAnswer,
    ProductsAnswer,
    SeasonalAnswer,
    SegmentsAnswer,
)
from commands.insight_tables import LINES
from commands.people import Caller
from services.analytics.segments import SEGMENT_NAMES
from services.errors import NotAllowedError, WrongInputError
from services.insights import Insights
from services.insights.request import (
    LONGEST_MONTHS,
    MOST,
    USUAL_FINDINGS,
    USUAL_TOP,
    AffinityRequest,
    ChurnOrder,
    ChurnRequest,
    CohortRequest,
    Cut,
    InsightRequest,
    ProductOrder,
    ProductsRequest,
    SeasonalRequest,
    SegmentCut,
    SegmentsRequest,
)

NAME = "insights"
HELP = Help(
    "Type /insights and what you want to know:",
    (
        Topic("/insights cohorts", "who came back, by month of first order; or by channel"),
        Topic("/insights affinity", "what is bought together; add a product, or rules"),
        Topic("/insights affinity min_count=50", "also min_support=0.01, min_confidence=0.5"),
        Topic("/insights segments", "how many customers are new, loyal, at risk; or by country"),
        Topic("/insights churn", "who is leaving that matters; by value, spend; segment=champion"),
        Topic("/insights products 12m", "revenue and repeat rate; by orders, units, buyers"),
        Topic("/insights seasonal black friday", "what an event did by segment; also christmas"),
        Topic("/insights seasonal 2026-06-01..2026-06-07", "the same of any days, say a sale"),
    ),
)
SUBJECTS = ("cohorts", "affinity", "segments", "churn", "products", "seasonal")
SYNONYMS = {
    "cohort": "cohorts",
    "retention": "cohorts",
    "basket": "affinity",
    "baskets": "affinity",
    "segment": "segments",
    "risk": "churn",
    "leaving": "churn",
    "product": "products",
    "season": "seasonal",
    "event": "seasonal",
    **{subject: subject for subject in SUBJECTS},
}
_OPTION = re.compile(
    r"(?:--)?(min[-_](?:count|support|confidence)|top|segment)(?:=(.*))?", re.IGNORECASE
)
_MONTHS = re.compile(r"([0-9]{1,4})([my])", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{0,12}(?:\.[0-9]{1,12})?%?")

Choice = TypeVar("Choice", bound=StrEnum)


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def insights(self) -> Insights: ...


@dataclass(frozen=True, slots=True)
class InsightsRequest:
    """`request` is what to look at; None asks for help."""

    request: InsightRequest | None

    def as_shown(self) -> "InsightsRequest":
        """Ask for as many findings as a message shows; ten thousand would hold the bot up."""
        match self.request:
            case AffinityRequest() as affinity:
                return InsightsRequest(replace(affinity, top=min(affinity.top, LINES)))
        return self


@dataclass(slots=True)
class _Words:
    """What was typed after the subject, taken apart."""

    plain: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    by: str | None = None
    months: int | None = None

    def take(self, name: str) -> str | None:
        return self.options.pop(name, None)

    def top(self, usual: int) -> int:
        text = self.take("top")
        return usual if text is None else whole_number(text, "top", MOST)

    def choice(self, kinds: type[Choice], usual: Choice | None) -> Choice | None:
        """Read what stands behind `by`."""
        name, self.by = self.by, None
        if name is None:
            return usual
        known = {str(kind): kind for kind in kinds}
        for spelling in (name, name.removesuffix("s"), f"{name}s", name.replace("ries", "ry")):
            if spelling in known:
                return known[spelling]
        meant = nearest(name, known)
        rest = f"Did you mean by {meant}?" if meant else f"Known: by {', '.join(known)}."
        raise WrongInputError(f"“by {name[:40]}” does not fit here, so nothing was done. {rest}")

    def months_asked(self) -> int | None:
        months, self.months = self.months, None
        return months

    def must_be_used(self, subject: str) -> None:
        """Refuse what would otherwise be silently ignored."""
        left = [*self.plain, *self.options]
        left += [f"by {self.by}"] if self.by else []
        left += [f"{self.months}m"] if self.months else []
        if left:
            raise WrongInputError(
                f"I do not know what “{' '.join(left)[:60]}” means for /insights {subject}, so "
                "nothing was done. /insights help shows what can be typed."
            )


def parse(text: str) -> InsightsRequest:
    """Read what follows the command's name."""
    first, *rest = text.split() or [""]
    if first.lower() in EMPTY:
        return InsightsRequest(None)
    subject = SYNONYMS.get(first.lower())
    if subject is None:
        meant = nearest(first, SYNONYMS)
        known = f"Known: {', '.join(SUBJECTS)}."
        closest = f"Did you mean /insights {SYNONYMS[meant]}?" if meant else known
        raise WrongInputError(f"There is no /insights {first[:40]}, so nothing was done. {closest}")
    words = _words(rest)
    request = _request(subject, words)
    words.must_be_used(subject)
    return InsightsRequest(request)


async def run(request: InsightsRequest, caller: Caller, services: Services) -> InsightAnswer | Help:
    """Raise NotAllowedError to who may not see the shop's figures."""
    if not caller.is_agent:
        raise NotAllowedError(
            "Only the support team may see the shop's figures. Ask an admin to add you to it.",
        )
    if request.request is None:
        return HELP
    return await _look(request.request, services.insights)


async def _look(wanted: InsightRequest, insights: Insights) -> InsightAnswer:
    match wanted:
        case CohortRequest() as cohorts:
            return CohortsAnswer(await insights.cohorts(cohorts))
        case AffinityRequest() as affinity:
            return AffinityAnswer(await insights.affinity(affinity))
        case SegmentsRequest() as segments:
            return SegmentsAnswer(await insights.segments(segments))
        case ChurnRequest() as churn:
            return ChurnAnswer(await insights.churn(churn))
        case ProductsRequest() as products:
            return ProductsAnswer(await insights.products(products))
        case SeasonalRequest() as seasonal:
            return SeasonalAnswer(await insights.seasonal(seasonal))


def _request(subject: str, words: _Words) -> InsightRequest:
    match subject:
        case "cohorts":
            return CohortRequest(words.choice(Cut, None), words.months_asked())
        case "affinity":
            return _affinity(words)
        case "churn":
            by = words.choice(ChurnOrder, ChurnOrder.LOSS) or ChurnOrder.LOSS
            return ChurnRequest(by, words.top(USUAL_TOP), _segment(words.take("segment")))
        case "products":
            order = words.choice(ProductOrder, ProductOrder.REVENUE) or ProductOrder.REVENUE
            return ProductsRequest(order, words.months_asked(), words.top(USUAL_TOP))
        case "seasonal":
            said, words.plain = " ".join(words.plain), []
            return SeasonalRequest(read_event(said))
        case _:
            return SegmentsRequest(words.choice(SegmentCut, None))


def _segment(name: str | None) -> int | None:
    if name is None:
        return None
    said = name.lower().replace("-", " ").replace("_", " ")
    if said in SEGMENT_NAMES:
        return SEGMENT_NAMES.index(said)
    meant = nearest(said, SEGMENT_NAMES)
    rest = f"Did you mean {meant}?" if meant else f"Known: {', '.join(SEGMENT_NAMES)}."
    raise WrongInputError(f"There is no segment {name[:40]}, so nothing was done. {rest}")


def _affinity(words: _Words) -> AffinityRequest:
    plain, words.plain = words.plain, []
    with_rules = "rules" in map(str.lower, plain)
    product = " ".join(word for word in plain if word.lower() != "rules")
    count = words.take("min_count")
    return AffinityRequest(
        product=product,
        min_count=None if count is None else whole_number(count, "min_count", MOST),
        min_support=_share(words.take("min_support"), "min_support"),
        min_confidence=_share(words.take("min_confidence"), "min_confidence"),
        with_rules=with_rules,
        months=words.months_asked(),
        top=words.top(USUAL_FINDINGS),
    )


def _words(typed: list[str]) -> _Words:
    """Take options, `by …` and a period out; what is left is kept in order."""
    words, left = _Words(), list(typed)
    while left:
        word = left.pop(0)
        option, period = _OPTION.fullmatch(word), _MONTHS.fullmatch(word)
        if option and (option[2] is not None or _is_number(left)):
            name = option[1].lower().replace("-", "_")
            words.options[name] = left.pop(0) if option[2] is None else option[2]
        elif period:
            words.months = _months(period)
        elif word.lower() == "by" and left:
            words.by = left.pop(0).lower()
        else:
            words.plain.append(word)
    return words


def _is_number(words: Iterable[str]) -> bool:
    return any(_NUMBER.fullmatch(word) for word in list(words)[:1])


def _months(period: re.Match[str]) -> int:
    months = int(period[1]) * (12 if period[2].lower() == "y" else 1)
    if not 1 <= months <= LONGEST_MONTHS:
        raise WrongInputError(f"A period has 1 to {LONGEST_MONTHS} months, not {months:,}.")
    return months


def _share(text: str | None, name: str) -> float | None:
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not text.strip("%."):
        raise WrongInputError(f"{name} is a number such as 0.01 or 1%, not “{text[:40]}”.")
    return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


__all__ = ["HELP", "NAME", "InsightsRequest", "Services", "parse", "run"]
