"""Whom to write to, whom not, and what it brought.

/campaign winback
/campaign growth country=GB,DE segment=loyal,champion min_value=50 holdout=20%
/campaign cross-sell product=MUG-1
/campaign list
/campaign results 3
/campaign 3
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Protocol, cast

from commands.campaign_json import campaign_json, preview_json, results_json
from commands.grammar import nearest, whole_number
from commands.help import Help, Topic
from commands.people import Caller
from commands.schemas.campaigns import CampaignJson, CampaignsJson, PreviewJson, ResultsJson
from services.campaigns import Campaign, Campaigns, Person, words
from services.campaigns.figures import Preview
from services.campaigns.plan import Goal, Plan
from services.campaigns.results import Results
from services.errors import NotAllowedError, WrongInputError
from services.money import minor_digits

NAME = "campaign"
HELP = Help(
    "Type /campaign and what it is for; a dry run tells whom it would write to, nothing is sent:",
    (
        Topic("/campaign winback", "who used to buy and is leaving; also retention, growth"),
        Topic("/campaign cross-sell product=MUG-1", "who may want a product next, and lacks it"),
        Topic("/campaign custom country=GB segment=loyal", "also tag, churn, bought, min_value"),
        Topic("/campaign winback holdout=20% window=60", "also margin, discount, cost, contacted"),
        Topic("/campaign draft winback", "keep the plan, to be approved"),
        Topic("/campaign list", "the campaigns there are"),
        Topic("/campaign 3", "how far campaign 3 is"),
        Topic("/campaign results 3", "what campaign 3 brought, against who was held out"),
        Topic("/campaign copy 3", "the same plan anew; also stop, archive, approve"),
    ),
)
HELP_WORDS = frozenset({"help", "?", "--help", "-h"})
ACTS = ("results", "copy", "stop", "archive", "approve")
SYNONYMS = {
    "win-back": Goal.WINBACK,
    "crosssell": Goal.CROSS_SELL,
    "cross": Goal.CROSS_SELL,
    "duplicate": "copy",
    "result": "results",
    **{str(goal): goal for goal in Goal},
    **{act: act for act in ACTS},
}
LARGEST_NUMBER = 10**9

Subject = Literal["help", "list", "show", "act", "plan", "draft"]
Act = Literal["results", "copy", "stop", "archive", "approve"]


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def campaigns(self) -> Campaigns: ...


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """What was asked: help, the list, a campaign, something about one, or a plan to dry-run."""

    subject: Subject
    campaign_id: int | None = None
    act: Act | None = None
    goal: Goal | None = None
    """None: not chosen yet."""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewAnswer:
    """A dry run: figures of the shop, and nobody's name."""

    preview: Preview

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        preview = self.preview
        return "\n".join(
            [
                f"Dry run: {preview.plan.name}",
                words.plan_sentence(preview.plan, preview.currency),
                words.size_sentence(preview),
                "",
                *words.reason_lines(preview),
                "",
                *words.expectation_lines(preview),
                *words.overlap_lines(preview),
                f"Orders until {preview.as_of:%d %b %Y}, model run {preview.model_run_id}.",
            ]
        )

    def to_json(self) -> PreviewJson:
        return preview_json(self.preview)


@dataclass(frozen=True, slots=True)
class CampaignAnswer:
    """One campaign and how far it is."""

    campaign: Campaign
    currency: str

    def to_text(self) -> str:
        campaign = self.campaign
        lines = [
            words.campaign_line(campaign),
            words.plan_sentence(campaign.plan, self.currency),
        ]
        lines += [f"{count:,} {name.replace('_', ' ')}" for name, count in campaign.counts.items()]
        return "\n".join(lines)

    def to_json(self) -> CampaignJson:
        return campaign_json(self.campaign, self.currency)


@dataclass(frozen=True, slots=True)
class CampaignList:
    """The newest campaigns."""

    campaigns: tuple[Campaign, ...]
    currency: str

    def to_text(self) -> str:
        if not self.campaigns:
            return EMPTY_LIST
        return "\n".join(words.campaign_line(each) for each in self.campaigns)

    def to_json(self) -> CampaignsJson:
        return {"campaigns": [campaign_json(each, self.currency) for each in self.campaigns]}


EMPTY_LIST = "There is no campaign yet. /campaign winback dry-runs one; nothing is sent."


@dataclass(frozen=True, slots=True)
class ResultsAnswer:
    """What a campaign brought."""

    results: Results

    def to_text(self) -> str:
        found = self.results
        return "\n".join(
            [
                words.heading(found),
                found.verdict,
                *words.result_lines(found),
                *words.caution_lines(found),
            ]
        )

    def to_json(self) -> ResultsJson:
        return results_json(self.results)


Answer = PreviewAnswer | CampaignAnswer | CampaignList | ResultsAnswer


def parse(text: str) -> CampaignRequest:
    """Read what follows the command's name."""
    first, *rest = text.split(maxsplit=1) or [""]
    word, tail = first.lower(), rest[0] if rest else ""
    simple = {**dict.fromkeys(HELP_WORDS, "help"), "": "plan", "list": "list"}.get(word)
    if simple:
        return CampaignRequest(cast("Subject", simple))
    if word.removeprefix("#").isdecimal():
        return CampaignRequest("show", whole_number(word, "A campaign", LARGEST_NUMBER))
    if word == "draft":
        return _drafted(parse(tail))
    meant = SYNONYMS.get(word)
    if isinstance(meant, Goal):
        return CampaignRequest("plan", goal=meant, options=_options(tail))
    if meant is not None:
        number = whole_number(tail, "A campaign", LARGEST_NUMBER)
        return CampaignRequest("act", number, cast("Act", meant))
    close = nearest(word, [*SYNONYMS, "list", "draft"])
    hint = f"Did you mean /campaign {close}?" if close else "/campaign help shows what there is."
    raise WrongInputError(f"There is no /campaign {word[:40]}, so nothing was done. {hint}")


async def run(request: CampaignRequest, caller: Caller, services: Services) -> Answer | Help:
    """Raise what `Campaigns` raises, and NotAllowedError to who may not see figures."""
    if not caller.is_agent:
        raise NotAllowedError(
            "Only the support team may see campaigns. Ask an admin to add you to it."
        )
    campaigns = services.campaigns
    currency = campaigns.audiences.insights.currency
    if request.subject == "list":
        return CampaignList(tuple(await campaigns.newest()), currency)
    if request.subject == "show":
        return CampaignAnswer(await campaigns.get(_number(request)), currency)
    if request.subject == "act":
        return await _act(request, person(caller), campaigns)
    if request.subject == "draft":
        plan = plan_of(request, currency)
        await campaigns.preview(plan)  # what cannot be asked is not kept
        return CampaignAnswer(await campaigns.draft(plan, person(caller)), currency)
    if request.subject == "plan" and request.goal is not None:
        return PreviewAnswer(await campaigns.preview(plan_of(request, currency)))
    return HELP


def person(caller: Caller) -> Person:
    """Say who acts, as the campaigns need to know it."""
    return Person(caller.user_id, caller.is_admin)


def plan_of(request: CampaignRequest, currency: str) -> Plan:
    """Start from what is usual for the goal, changed by what was typed."""
    goal = request.goal or Goal.CUSTOM
    options = dict(request.options)
    product = options.pop("product", None)
    plan = Plan.usual(goal, options.pop("name", str(goal).capitalize()), product)
    for name, value in options.items():
        plan = READERS[name](plan, value, currency)
    return plan


async def _act(request: CampaignRequest, by: Person, campaigns: Campaigns) -> Answer:
    number, currency = _number(request), campaigns.audiences.insights.currency
    if request.act == "results":
        return ResultsAnswer(await campaigns.results(number, by))
    acts = {
        "copy": campaigns.duplicate,
        "stop": campaigns.stop,
        "archive": campaigns.archive,
        "approve": campaigns.approve,
    }
    return CampaignAnswer(await acts[request.act or "copy"](number, by), currency)


def _drafted(wanted: CampaignRequest) -> CampaignRequest:
    if wanted.subject != "plan" or wanted.goal is None:
        raise WrongInputError("Say what to draft, for example /campaign draft winback.")
    return replace(wanted, subject="draft")


def _number(request: CampaignRequest) -> int:
    if request.campaign_id is None:
        raise WrongInputError("Say which campaign: /campaign list shows their numbers.")
    return request.campaign_id


def _options(text: str) -> tuple[tuple[str, str], ...]:
    """Read `name=value` pairs; a value with blanks stands in quotes."""
    try:
        pieces = shlex.split(text)
    except ValueError:
        raise WrongInputError("A quotation mark is missing in what was typed.") from None
    found = []
    for piece in pieces:
        name, sign, value = piece.partition("=")
        name = name.lower().replace("-", "_")
        known = next((each for each in OPTIONS if each in {name, PLURALS.get(name)}), None)
        if known is None or not sign:
            close = nearest(name, OPTIONS)
            hint = f"Did you mean {close}=…?" if close else f"There is {', '.join(OPTIONS)}."
            raise WrongInputError(
                f"I do not know “{piece[:60]}”, so nothing was done. Write name=value. {hint}"
            )
        if not value.strip():
            raise WrongInputError(f"“{name}=” has no value.")
        found.append((known, value.strip()))
    return tuple(found)


Reader = Callable[[Plan, str, str], Plan]


def _rule(name: str, read: Callable[[str, str], Any]) -> Reader:
    return lambda plan, value, currency: replace(
        plan, rules=replace(plan.rules, **{name: read(value, currency)})
    )


def _offer(name: str, read: Callable[[str, str], Any]) -> Reader:
    return lambda plan, value, currency: replace(
        plan, offer=replace(plan.offer, **{name: read(value, currency)})
    )


def words_of(value: str, _currency: str = "") -> tuple[str, ...]:
    """Read a list with commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def lower_words(value: str, _currency: str = "") -> tuple[str, ...]:
    """Read a list of names that are written small."""
    return tuple(part.lower() for part in words_of(value))


def amount(value: str, currency: str) -> int:
    """Read money in major units into minor ones."""
    return int(_decimal(value, "An amount").scaleb(minor_digits(currency)).to_integral_value())


def cost(value: str, currency: str) -> float:
    """Read money in major units into minor ones and parts of them."""
    return float(_decimal(value, "A cost").scaleb(minor_digits(currency)))


def share(value: str, _currency: str = "") -> float:
    """Read 20%, 20 or 0.2 as a fifth; 1 is one percent."""
    number = float(_decimal(value.removesuffix("%"), "A share"))
    return number / 100 if value.endswith("%") or number >= 1 else number


def number(value: str, _currency: str = "") -> int:
    """Read days."""
    return 0 if value == "0" else whole_number(value, "Days", LARGEST_NUMBER)


def _decimal(value: str, what: str) -> Decimal:
    try:
        found = Decimal(value.strip().lstrip("£$€"))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= LARGEST_NUMBER:
        raise WrongInputError(f"{what} is a number such as 12.50, not “{value[:40]}”.")
    return found


READERS: dict[str, Reader] = {
    "segment": _rule("segments", lower_words),
    "churn": _rule("churn_bands", lower_words),
    "min_value": _rule("min_value", amount),
    "max_value": _rule("max_value", amount),
    "min_days": _rule("ordered_days_ago_min", number),
    "max_days": _rule("ordered_days_ago_max", number),
    "bought": _rule("bought", words_of),
    "country": _rule("countries", words_of),
    "tag": _rule("tags", words_of),
    "margin": _offer("margin", share),
    "discount": _offer("discount", share),
    "cost": _offer("contact_cost", cost),
    "lift": _offer("smallest_lift", share),
    "holdout": lambda plan, value, _: replace(plan, holdout=share(value)),
    "window": lambda plan, value, _: replace(plan, window_days=number(value)),
    "contacted": lambda plan, value, _: replace(
        plan, suppression=replace(plan.suppression, contacted_days=number(value))
    ),
}
OPTIONS = ("product", "name", *READERS)
PLURALS = {"countries": "country", "segments": "segment", "tags": "tag"}
