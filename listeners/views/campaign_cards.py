"""What is seen of a campaign: its card, the list, people for who asks, the results."""

from collections.abc import Iterable, Sequence

from commands.campaign_answers import (
    EMPTY_LIST,
    CampaignAnswer,
    CampaignList,
    PreviewAnswer,
    ResultsAnswer,
)
from listeners.views.parts import (
    Block,
    View,
    actions,
    button,
    confirmation,
    context,
    escape,
    plain,
    section,
)
from services.campaigns import Campaign, words
from services.campaigns.channels import Channel
from services.campaigns.figures import REASON_WORDS, ListedPeople, Preview
from services.campaigns.files import Layout
from services.campaigns.records import SPOKEN
from services.days import spoken

APPROVE = "campaign_approve"
CHANGE = "campaign_change"
DISCARD = "campaign_discard"
COPY = "campaign_copy"
SHOW = "campaign_show"
SHOW_PEOPLE = "campaign_people"
EXPORT_KLAVIYO = "campaign_export_klaviyo"
EXPORT_MAILCHIMP = "campaign_export_mailchimp"
RESULTS = "campaign_results"
STOP = "campaign_stop"
DELIVER_KLAVIYO = "campaign_deliver_klaviyo"
DELIVER_SHOPIFY = "campaign_deliver_shopify"

DELIVERIES = {DELIVER_KLAVIYO: Channel.KLAVIYO, DELIVER_SHOPIFY: Channel.SHOPIFY}
_LIST_ROWS = 5
LAYOUTS = {EXPORT_KLAVIYO: Layout.KLAVIYO, EXPORT_MAILCHIMP: Layout.MAILCHIMP}


def dry_run_card(answer: PreviewAnswer) -> View:
    """Draw a dry run that is not kept."""
    text, blocks = _preview_blocks(answer.preview)
    return text, blocks


def campaign_card(campaign: Campaign, preview: Preview) -> View:
    """Draw a plan that is not decided yet."""
    text, blocks = _preview_blocks(preview)
    asked = (
        f"Campaign {campaign.id}, {SPOKEN[campaign.state]}; planned by {_who(campaign.created_by)}."
    )
    return text, [*blocks, context(asked), *_undecided_buttons(campaign, preview)]


def state_card(answer: CampaignAnswer) -> View:
    """Draw a campaign and how far it is."""
    campaign, currency = answer.campaign, answer.currency
    if answer.preview is not None:
        return campaign_card(campaign, answer.preview)
    text = words.campaign_line(campaign)
    blocks = [
        section(f"*{escape(text)}*\n{escape(words.plan_sentence(campaign.plan, currency), 600)}")
    ]
    if campaign.counts:
        left_out = {
            name: count
            for name, count in campaign.counts.items()
            if name not in {"treated", "held_out"}
        }
        lines = [
            f"{campaign.counts['treated']:,} to write to",
            f"{campaign.counts['held_out']:,} held out at random",
            *(f"{count:,} left out: {_reason_words(name)}" for name, count in left_out.items()),
        ]
        blocks.append(section(_list("Frozen when it was approved", lines)))
    if delivered := words.delivery_lines(answer.delivered):
        blocks.append(section(_list("Delivered", delivered)))
    if campaign.approved_by:
        blocks.append(context(f"Approved by {_who(campaign.approved_by)}"))
    missing = words.missing_accounts(answer.channels) if campaign.may_leave else []
    if missing:
        blocks.append(context(*(escape(line) for line in missing)))
    if answer.news:
        blocks.append(section(escape(answer.news)))
    if campaign.is_undecided:
        return escape(text), [*blocks, *_undecided_buttons(campaign, None)]
    return escape(text), [*blocks, *_decided_buttons(campaign, answer.channels)]


def campaign_list(answer: CampaignList) -> View:
    """List the newest campaigns."""
    if not answer.campaigns:
        return EMPTY_LIST, [section(EMPTY_LIST)]
    lines = [words.campaign_line(each) for each in answer.campaigns]
    text = "\n".join(lines)
    menu: Block = {
        "type": "static_select",
        "action_id": SHOW,
        "placeholder": plain("Show a campaign…"),
        "options": [
            _option(str(each.id), f"{each.id} · {each.plan.name}") for each in answer.campaigns
        ],
    }
    return escape(text, 600), [*_lists("Campaigns", lines), actions(menu)]


def results_card(answer: ResultsAnswer) -> View:
    """Draw what a campaign brought, or that nothing can be said."""
    found = answer.results
    text = f"{words.heading(found)}: {found.verdict}"
    blocks = [
        section(f"*{escape(words.heading(found))}*\n{escape(found.verdict, 600)}"),
        section("\n".join(f"• {escape(line)}" for line in words.result_lines(found))),
    ]
    if cautions := words.caution_lines(found):
        blocks.append(context(*(escape(line, 600) for line in cautions)))
    return escape(text, 600), blocks


def people_list(listed: ListedPeople) -> View:
    """Name people for who asked: never in public."""
    lines = [
        escape(" · ".join(part for part in (one.name, one.email, one.country) if part))
        for one in listed.people
    ]
    title = "Who is in" if not listed.reason else f"Left out: {REASON_WORDS[listed.reason]}"
    body = "\n".join(f"• {line}" for line in lines) or "Nobody."
    order = "the most valuable first"
    return f"{title}, {order}", [section(f"*{title}*, {order}\n{body}")]


def _preview_blocks(preview: Preview) -> View:
    text = f"{preview.plan.name}: {words.size_sentence(preview)}"
    rules = words.plan_sentence(preview.plan, preview.currency)
    reasons = [escape(line, 500) for line in words.reason_lines(preview)]
    blocks = [
        section(f"*{escape(preview.plan.name)}*\n{escape(rules, 600)}"),
        section(escape(words.size_sentence(preview))),
        section("\n".join(["*Reasons in and out*", *reasons])),
        section(_list("What to expect", words.expectation_lines(preview))),
    ]
    if preview.overlap:
        blocks.append(
            section(_list("Overlap with earlier campaigns", words.overlap_lines(preview)))
        )
    source = f"Orders until {spoken(preview.as_of)}, model run {preview.model_run_id}."
    return escape(text), [*blocks, context(source)]


def _undecided_buttons(campaign: Campaign, preview: Preview | None) -> list[Block]:
    """Offer what may be done; without a dry run, which failed, no approval."""
    value = str(campaign.id)
    drop = confirmation("Discard this campaign?", "It goes to the archive.", "Discard")
    buttons = [
        button("Change…", CHANGE, value=value, label="Change this campaign"),
        button("Discard", DISCARD, value=value, confirm=drop),
    ]
    if preview is None:
        return [actions(*buttons)]
    if preview.treated:
        consequence = (
            f"The audience of {preview.size:,} is frozen and {preview.held_out:,} of them are held "
            "out by lot. Nothing is sent; an admin can then export the list."
        )
        ask = confirmation("Approve this campaign?", consequence, "Approve")
        buttons.insert(0, button("Approve", APPROVE, value=value, confirm=ask))
    return [_people_menu(campaign, preview), actions(*buttons)]


def _people_menu(campaign: Campaign, preview: Preview) -> Block:
    counts = {0: (f"In ({preview.size:,})")}
    counts |= {
        int(each.reason): f"Out: {each.words} ({each.customers:,})" for each in preview.reasons
    }
    return actions(
        {
            "type": "static_select",
            "action_id": SHOW_PEOPLE,
            "placeholder": plain("Show people…"),
            "options": [
                _option(f"{campaign.id}:{reason}", text) for reason, text in counts.items()
            ],
        }
    )


def _decided_buttons(campaign: Campaign, channels: frozenset[Channel]) -> list[Block]:
    value = str(campaign.id)
    buttons = []
    if campaign.may_leave:
        buttons += _delivery_buttons(campaign, channels)
        leave = confirmation(
            "Export this campaign?",
            f"Names and addresses of up to {campaign.counts['treated']:,} customers come to you as "
            "a file. The first export opens the window in which orders are counted.",
            "Export",
        )
        buttons += [
            button("CSV for Klaviyo", EXPORT_KLAVIYO, value=value, confirm=leave),
            button("CSV for Mailchimp", EXPORT_MAILCHIMP, value=value, confirm=leave),
        ]
    if campaign.started_at:
        buttons.append(button("Results", RESULTS, value=value))
    if campaign.may_leave:
        end = confirmation(
            "Stop this campaign?", "Nothing more is exported, and this cannot be undone.", "Stop"
        )
        buttons.append(button("Stop", STOP, value=value, confirm=end))
    again = "Plan the same anew, as another campaign"
    buttons.append(button("Copy…", COPY, value=value, label=again))
    if campaign.is_over:
        drop = confirmation("Archive this campaign?", "It leaves /campaign list.", "Archive")
        buttons.append(button("Archive", DISCARD, value=value, confirm=drop))
    return [actions(*buttons)]


def _delivery_buttons(campaign: Campaign, channels: frozenset[Channel]) -> list[Block]:
    """Offer the systems there are accounts for."""
    value, people = str(campaign.id), f"up to {campaign.counts['treated']:,} customers"
    fill = confirmation(
        "Fill a list in Klaviyo?",
        f"A new list gets {people}. Nobody is subscribed; flows that start from lists may send. "
        "Orders are counted from then on.",
        "Deliver",
    )
    tag = confirmation(
        "Tag in Shopify?",
        f"In Shopify {people} get a tag. Nothing is sent. Orders are counted from then on.",
        "Deliver",
    )
    offers = {
        Channel.KLAVIYO: button("List in Klaviyo", DELIVER_KLAVIYO, value=value, confirm=fill),
        Channel.SHOPIFY: button("Tag in Shopify", DELIVER_SHOPIFY, value=value, confirm=tag),
    }
    return [offer for channel, offer in offers.items() if channel in channels]


def _who(actor: str) -> str:
    """Name a person of Slack by a mention, and another door, such as the terminal, as it is."""
    return f"<@{actor}>" if actor.startswith(("U", "W")) and actor.isalnum() else escape(actor)


def _reason_words(name: str) -> str:
    return next(
        (text for reason, text in REASON_WORDS.items() if reason.name.lower() == name), name
    )


def _option(value: str, text: str) -> Block:
    return {"text": plain(text), "value": value}


def _lists(title: str, lines: Sequence[str]) -> list[Block]:
    """List what may be longer than one section holds."""
    parts = [lines[start : start + _LIST_ROWS] for start in range(0, len(lines), _LIST_ROWS)]
    first, *rest = parts
    return [
        section(_list(title, first)),
        *(section("\n".join(f"• {escape(line, 500)}" for line in part)) for part in rest),
    ]


def _list(title: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"• {escape(line, 500)}" for line in lines)
    return f"*{escape(title)}*\n{listed}"
