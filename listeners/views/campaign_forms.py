"""The form of a campaign in three steps: whom it is for, whom to leave out, what it offers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listeners.views.parts import Block, button, context, divider, escape, plain, section
from services.campaigns import words
from services.campaigns.figures import ALWAYS, REASON_WORDS, Preview
from services.campaigns.plan import (
    SEGMENT_NAMES,
    AudienceRules,
    Goal,
    Offer,
    Plan,
    Suppression,
)
from services.errors import WrongInputError
from services.money import Money, minor_digits
from services.scoring.task import CHURN_BANDS

RECOUNT = "campaign_field"
BACK = "campaign_back"

AUDIENCE_STEP = "campaign_audience"
LEFT_OUT_STEP = "campaign_left_out"
OFFER_STEP = "campaign_offer"
WAITING = "campaign_waiting"

COUNTS_AGAIN = "Press Enter in a field to count again."
LONGEST_METADATA = 3_000
OUT_OF_DATE = "This form is out of date. Close it and type /campaign again."
GOALS = {
    Goal.RETENTION: "Retention: keep good customers who grow quiet",
    Goal.GROWTH: "Growth: sell more to who buys anyway",
    Goal.WINBACK: "Win back: who used to buy and is leaving",
    Goal.CROSS_SELL: "Cross-sell: a product to who lacks it",
    Goal.CUSTOM: "Custom: rules of your own",
}
SUPPRESSIONS = {
    "open_ticket": "Who has an open ticket",
    "unhappy_ticket": "Who was unhappy with support in the last 90 days",
    "open_return": "Who sent something back and has no refund yet",
    "in_experiment": "Who is part of a campaign that runs",
    "internal": "Employees and test addresses",
}
NAME, GOAL, LEFT_OUT = "name", "goal", "left_out"
AUDIENCE_FIELDS = (
    *("segment", "churn", "min_value", "max_value", "min_days", "max_days"),
    *("bought", "product", "country", "tag", "best"),
)
PERCENT_FIELDS = ("margin", "discount", "lift", "holdout")
OFFER_FIELDS = (*PERCENT_FIELDS, "cost", "window")


@dataclass(frozen=True, slots=True)
class Wizard:
    """What the form must remember: the plan so far, where its card goes, which campaign it is."""

    plan: Plan
    channel: str
    campaign_id: int | None = None
    """None: a new one."""

    def to_metadata(self) -> str:
        """Write it down; raises WrongInputError when Slack would not keep so much."""
        plan = self.plan
        kept = json.dumps(
            {
                "name": plan.name,
                "goal": plan.goal,
                "rules": {k: v for k, v in plan.rules.to_json().items() if v not in (None, ())},
                "suppression": plan.suppression.to_json(),
                "offer": plan.offer.to_json(),
                "holdout": plan.holdout,
                "window": plan.window_days,
                "channel": self.channel,
                "campaign": self.campaign_id,
            },
            ensure_ascii=False,
        )
        if len(kept) > LONGEST_METADATA:
            raise WrongInputError(
                "That are too many words for one form. Use fewer tags or products."
            )
        return kept


def read_metadata(metadata: str) -> Wizard | None:
    """Read back what a form was for; None for a form of another version."""
    try:
        kept: Any = json.loads(metadata)
        plan = Plan(
            name=str(kept["name"]),
            goal=Goal(kept["goal"]),
            rules=AudienceRules.from_json(kept["rules"]),
            suppression=Suppression.from_json(kept["suppression"]),
            offer=Offer.from_json(kept["offer"]),
            holdout=float(kept["holdout"]),
            window_days=int(kept["window"]),
        )
        campaign = kept["campaign"]
        return Wizard(plan, str(kept["channel"]), None if campaign is None else int(campaign))
    except (ValueError, KeyError, TypeError, WrongInputError):
        return None


def typed(state: Mapping[str, Any]) -> dict[str, str]:
    """Read what stands in each field as if it had been typed: lists with commas."""
    found = {}
    for name, elements in (state.get("values") or {}).items():
        value: Mapping[str, Any] = next(iter(elements.values()), {})
        options = value.get("selected_options")
        if options is None:
            option: Mapping[str, Any] = value.get("selected_option") or {}
            text = str(value.get("value") or option.get("value") or "")
        else:
            text = ",".join(str(option["value"]) for option in options)
        field, text = str(name).removeprefix("campaign_").partition(":")[0], text.strip()
        is_bare = field in PERCENT_FIELDS and text and not text.endswith("%")
        found[field] = f"{text}%" if is_bare else text
    return found


def block_of(field: str, goal: Goal) -> str:
    """Name the block in which a field stands.

    Slack keeps what was typed into a block of the same name, so that the rules of another goal,
    and the name it suggests, need blocks of other names.
    """
    is_of_goal = field in {NAME, *AUDIENCE_FIELDS}
    return f"campaign_{field}:{goal}" if is_of_goal else f"campaign_{field}"


def waiting_modal() -> Block:
    """Say at once that something is going on."""
    return _modal(WAITING, "Campaign", [section("⏳ Counting customers …")], submit=None)


def problem_modal(problem: str) -> Block:
    """Say why the form cannot go on."""
    return _modal(WAITING, "Campaign", [section(escape(problem, 600))], submit=None)


def audience_modal(wizard: Wizard, preview: Preview | None, problem: str, currency: str) -> Block:
    """Ask for whom it is; `preview` counts whom the rules mean."""
    plan, rules = wizard.plan, wizard.plan.rules
    goals = {str(goal): text for goal, text in GOALS.items()}
    segments = {name: name.capitalize() for name in SEGMENT_NAMES}
    bands = {name: name.capitalize() for name in CHURN_BANDS}
    fields = {
        "min_value": (f"Worth at least, {currency} in 365 days", _major(rules.min_value, currency)),
        "max_value": (f"Worth at most, {currency} in 365 days", _major(rules.max_value, currency)),
        "min_days": ("Last order at least so many days ago", _number(rules.ordered_days_ago_min)),
        "max_days": ("Last order at most so many days ago", _number(rules.ordered_days_ago_max)),
        "bought": ("Bought one of these (SKUs, with commas)", ", ".join(rules.bought)),
        "product": ("Likely to want this next, and lacks it (an SKU)", rules.likely_next or ""),
        "country": ("Countries, with commas", ", ".join(rules.countries)),
        "tag": ("One of these tags, with commas", ", ".join(rules.tags)),
        "best": ("At most so many people, the best-ranked", _number(rules.best)),
    }
    blocks = [
        context(f"*1 of 3* · Whom it is for. Empty fields do not narrow. {COUNTS_AGAIN}"),
        *_counts(preview, problem),
        divider(),
        _select("What it is for", GOAL, goals, str(plan.goal)),
        _text("Name", NAME, plan.name, optional=False, goal=plan.goal),
        _several("Segments", "segment", segments, rules.segments, plan.goal),
        _several("Churn risk", "churn", bands, rules.churn_bands, plan.goal),
        *(_text(label, field, value, goal=plan.goal) for field, (label, value) in fields.items()),
    ]
    return _modal(AUDIENCE_STEP, "Campaign", blocks, submit="Next", wizard=wizard)


def left_out_modal(wizard: Wizard, preview: Preview | None, problem: str) -> Block:
    """Ask whom to leave out although the rules fit."""
    suppression = wizard.plan.suppression
    options = {name: _option(name, text) for name, text in SUPPRESSIONS.items()}
    chosen = [option for name, option in options.items() if getattr(suppression, name)]
    element: Block = {"type": "checkboxes", "action_id": RECOUNT, "options": list(options.values())}
    if chosen:
        element["initial_options"] = chosen
    always = ", ".join(REASON_WORDS[reason] for reason in sorted(ALWAYS))
    blocks = [
        _step("*2 of 3* · Whom to leave out although the rules fit."),
        *_counts(preview, problem),
        divider(),
        _input("Leave out", LEFT_OUT, element, optional=True, goal=wizard.plan.goal),
        _text(
            "Leave out who was written to in the last so many days (0: nobody)",
            "contacted",
            str(suppression.contacted_days),
            optional=False,
        ),
        context(escape(f"Always left out, whatever is chosen: {always}.", 600)),
    ]
    return _modal(LEFT_OUT_STEP, "Campaign", blocks, submit="Next", wizard=wizard)


def offer_modal(wizard: Wizard, preview: Preview | None, problem: str, currency: str) -> Block:
    """Ask what an order earns, what it costs, and how many stay silent."""
    plan, offer = wizard.plan, wizard.plan.offer
    told = words.power_lines(preview) if preview else [f"⚠️ {problem}"]
    blocks = [
        _step(f"*3 of 3* · What it offers, and how it is measured. {COUNTS_AGAIN}"),
        _text("Margin of an order, %", "margin", _percent(offer.margin), optional=False),
        _text("Discount, %", "discount", _percent(offer.discount), optional=False),
        _text(
            f"Cost of a contact, {currency}",
            "cost",
            f"{offer.contact_cost / 10 ** minor_digits(currency):g}",
            optional=False,
        ),
        _text("Held out at random, %", "holdout", _percent(plan.holdout), optional=False),
        _text(
            "Orders are counted for so many days", "window", str(plan.window_days), optional=False
        ),
        _text(
            "Smallest lift worth having, in points (empty: what pays the cost)",
            "lift",
            "" if offer.smallest_lift is None else _percent(offer.smallest_lift),
        ),
        divider(),
        section("\n".join(escape(line, 500) for line in told)),
    ]
    return _modal(OFFER_STEP, "Campaign", blocks, submit="Dry run", wizard=wizard)


def _step(text: str) -> Block:
    return section(text, accessory=button("Back", BACK, label="Back to the step before"))


def _counts(preview: Preview | None, problem: str) -> list[Block]:
    if problem:
        return [section(f"⚠️ {escape(problem, 600)}")]
    if preview is None:
        return []
    rules = preview.rules
    each = {
        "segments": rules.segments,
        "churn risk": rules.churn_band,
        "value": rules.value,
        "last order": rules.last_order,
        "bought": rules.bought,
        "likely next": rules.likely_next,
        "country": rules.country,
        "tags": rules.tags,
    }
    narrowing = [f"{name} {count:,}" for name, count in each.items() if count < rules.scored]
    alone = f" Each rule alone: {', '.join(narrowing)}." if narrowing else ""
    return [
        section(
            f"*{rules.all_rules:,}* of {rules.scored:,} customers fit.{escape(alone, 600)}\n"
            f"{escape(words.size_sentence(preview))}"
        ),
        context("\n".join(escape(line) for line in words.reason_lines(preview))),
    ]


def _modal(
    callback: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None,
    wizard: Wizard | None = None,
) -> Block:
    modal: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain("Cancel", 24),
        "blocks": list(blocks),
    }
    if submit:
        modal["submit"] = plain(submit, 24)
    if wizard:
        modal["private_metadata"] = wizard.to_metadata()
    return modal


def _input(label: str, field: str, element: Block, *, optional: bool, goal: Goal) -> Block:
    return {
        "type": "input",
        "block_id": block_of(field, goal),
        "label": plain(label, 150),
        "optional": optional,
        "dispatch_action": True,
        "element": element,
    }


def _text(
    label: str, field: str, value: str, *, optional: bool = True, goal: Goal = Goal.CUSTOM
) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": RECOUNT,
        "max_length": 300,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if value:
        element["initial_value"] = value
    return _input(label, field, element, optional=optional, goal=goal)


def _select(label: str, field: str, options: Mapping[str, str], chosen: str) -> Block:
    listed = {value: _option(value, text) for value, text in options.items()}
    element: Block = {
        "type": "static_select",
        "action_id": RECOUNT,
        "options": list(listed.values()),
        "initial_option": listed[chosen],
    }
    return _input(label, field, element, optional=False, goal=Goal.CUSTOM)


def _several(
    label: str, field: str, options: Mapping[str, str], chosen: Iterable[str], goal: Goal
) -> Block:
    listed = {value: _option(value, text) for value, text in options.items()}
    element: Block = {
        "type": "multi_static_select",
        "action_id": RECOUNT,
        "options": list(listed.values()),
        "placeholder": plain("All"),
    }
    if picked := [listed[value] for value in chosen]:
        element["initial_options"] = picked
    return _input(label, field, element, optional=True, goal=goal)


def _option(value: str, text: str) -> Block:
    return {"text": plain(text), "value": value}


def _major(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{Money(minor, currency).major:f}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _percent(share: float) -> str:
    return f"{share * 100:g}%"
