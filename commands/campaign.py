"""Whom to write to, whom not, and what it brought.

/campaign winback
/campaign growth country=GB,DE segment=loyal,champion min_value=50 holdout=20%
/campaign cross-sell product=MUG-1
/campaign list
/campaign results 3
/campaign 3
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Protocol, cast

from commands.campaign_answers import (
    CampaignAnswer,
    CampaignList,
    PreviewAnswer,
    ResultsAnswer,
)
from commands.campaign_options import LARGEST_NUMBER, READERS, read_options
from commands.grammar import nearest, whole_number
from commands.help import Help, Topic
from commands.people import Caller
from services.campaigns import Campaign, Campaigns, Person
from services.campaigns.channels import Channel
from services.campaigns.plan import Goal, Plan
from services.errors import NotAllowedError, WrongInputError

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
        Topic("/campaign klaviyo 3", "fill a list in Klaviyo; /campaign shopify 3 tags in Shopify"),
        Topic("/campaign copy 3", "the same plan anew; also stop, archive, approve"),
    ),
)
HELP_WORDS = frozenset({"help", "?", "--help", "-h"})
ACTS = ("results", "copy", "stop", "archive", "approve", "klaviyo", "shopify")
SYNONYMS = {
    "win-back": Goal.WINBACK,
    "crosssell": Goal.CROSS_SELL,
    "cross": Goal.CROSS_SELL,
    "duplicate": "copy",
    "result": "results",
    **{str(goal): goal for goal in Goal},
    **{act: act for act in ACTS},
}
Subject = Literal["help", "list", "show", "act", "plan", "draft"]
Act = Literal["results", "copy", "stop", "archive", "approve", "klaviyo", "shopify"]


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
        return CampaignRequest("plan", goal=meant, options=read_options(tail))
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
    currency = campaigns.currency
    if request.subject == "list":
        return CampaignList(tuple(await campaigns.newest()), currency)
    if request.subject == "show":
        number = _number(request)
        found, delivered = await campaigns.get(number), await campaigns.delivered(number)
        return CampaignAnswer(found, currency, campaigns.channels, delivered)
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
    number, currency = _number(request), campaigns.currency
    if request.act == "results":
        return ResultsAnswer(await campaigns.results(number, by))
    acts: dict[str, Callable[[int, Person], Awaitable[Campaign]]] = {
        "copy": campaigns.duplicate,
        "stop": campaigns.stop,
        "archive": campaigns.archive,
        "approve": campaigns.approve,
        "klaviyo": partial(_deliver, campaigns, Channel.KLAVIYO),
        "shopify": partial(_deliver, campaigns, Channel.SHOPIFY),
    }
    return CampaignAnswer(
        await acts[request.act or "copy"](number, by), currency, campaigns.channels
    )


async def _deliver(campaigns: Campaigns, channel: Channel, number: int, by: Person) -> Campaign:
    return await campaigns.deliver(number, channel, by)


def _drafted(wanted: CampaignRequest) -> CampaignRequest:
    if wanted.subject != "plan" or wanted.goal is None:
        raise WrongInputError("Say what to draft, for example /campaign draft winback.")
    return replace(wanted, subject="draft")


def _number(request: CampaignRequest) -> int:
    if request.campaign_id is None:
        raise WrongInputError("Say which campaign: /campaign list shows their numbers.")
    return request.campaign_id
