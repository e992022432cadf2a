"""Whom to write to, whom not, and what it brought.

/campaign winback
/campaign growth country=GB,DE segment=loyal,champion min_value=50 holdout=20%
/campaign cross-sell product=MUG-1
/campaign list
/campaign results 3
/campaign 3
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
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
from services.campaigns import Campaign, Campaigns, Person, words
from services.campaigns.channels import Channel
from services.campaigns.plan import Goal, Plan
from services.errors import ExpectedError, NotAllowedError, WrongInputError

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
DELIVERIES: dict[str, Channel] = {"klaviyo": Channel.KLAVIYO, "shopify": Channel.SHOPIFY}
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
        return await shown(await campaigns.get(_number(request)), campaigns)
    if request.subject == "act":
        return await _act(request, person(caller), campaigns)
    if request.subject == "draft":
        plan = plan_of(request, currency)
        preview = await campaigns.preview(plan)  # what cannot be asked is not kept
        draft = await campaigns.draft(plan, person(caller))
        return CampaignAnswer(draft, currency, preview=preview)
    if request.subject == "plan" and request.goal is not None:
        return PreviewAnswer(await campaigns.preview(plan_of(request, currency)))
    return HELP


async def shown(campaign: Campaign, campaigns: Campaigns, news: str = "") -> CampaignAnswer:
    """Tell how far a campaign is; of one that is not decided yet, what a dry run says too."""
    preview = None
    if campaign.is_undecided:
        # A plan that cannot be asked any more, of a product that is gone, can still be changed.
        with suppress(ExpectedError):
            preview = await campaigns.preview(campaign.plan)
    delivered = await campaigns.delivered(campaign.id)
    return CampaignAnswer(
        campaign, campaigns.currency, campaigns.channels, delivered, preview, news
    )


def person(caller: Caller) -> Person:
    """Say who acts, as the campaigns need to know it."""
    return Person(caller.user_id, caller.is_admin)


def plan_of(request: CampaignRequest, currency: str) -> Plan:
    """Start from what is usual for the goal, changed by what was typed."""
    goal = request.goal or Goal.CUSTOM
    options = dict(request.options)
    product = options.pop("product", None)
    plan = Plan.usual(goal, options.pop("name", str(goal).capitalize()), product)
    for name in READERS:  # a margin before the discount that it must allow
        if name in options:
            plan = READERS[name](plan, options[name], currency)
    return plan


async def _act(request: CampaignRequest, by: Person, campaigns: Campaigns) -> Answer:
    number = _number(request)
    if request.act == "results":
        return ResultsAnswer(await campaigns.results(number, by))
    if channel := DELIVERIES.get(request.act or ""):
        campaign = await campaigns.deliver(number, channel, by)
        return await shown(campaign, campaigns, words.delivery_news(campaign, channel))
    acts: dict[str, Callable[[int, Person], Awaitable[Campaign]]] = {
        "copy": campaigns.duplicate,
        "stop": campaigns.stop,
        "archive": campaigns.archive,
        "approve": campaigns.approve,
    }
    return await shown(await acts[request.act or "copy"](number, by), campaigns)


def _drafted(wanted: CampaignRequest) -> CampaignRequest:
    if wanted.subject != "plan" or wanted.goal is None:
        raise WrongInputError("Say what to draft, for example /campaign draft winback.")
    return replace(wanted, subject="draft")


def _number(request: CampaignRequest) -> int:
    if request.campaign_id is None:
        raise WrongInputError("Say which campaign: /campaign list shows their numbers.")
    return request.campaign_id
