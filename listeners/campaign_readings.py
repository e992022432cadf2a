"""What the form of `/campaign` says, step by step, as changes of a plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from commands.campaign_options import READERS
from listeners.views import campaign_forms as view
from services.campaigns.plan import AudienceRules, Goal, Offer, Plan, Suppression
from services.errors import WrongInputError

Json = Mapping[str, Any]

WHICH_PRODUCT = (
    "A cross-sell needs its product: write the SKU under “Likely to want this next” and press "
    "Enter."
)


class FieldError(WrongInputError):
    """What is wrong, and beside which field to say so."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def read_step(step: str, plan: Plan, shown: Json, currency: str) -> Plan:
    """Change a plan as a step says; raises FieldError."""
    said = view.typed(shown.get("state") or {})
    if step == view.AUDIENCE_STEP:
        return _audience(plan, said, currency)
    if step == view.LEFT_OUT_STEP:
        chosen = set(said.get(view.LEFT_OUT, "").split(","))
        kept = {name: name in chosen for name in view.SUPPRESSIONS}
        plan = replace(plan, suppression=Suppression(**kept))
        return _with(plan, ("contacted",), said, currency)
    return _with(replace(plan, offer=Offer()), view.OFFER_FIELDS, said, currency)


def _audience(plan: Plan, said: Mapping[str, str], currency: str) -> Plan:
    goal = Goal(said.get(view.GOAL) or plan.goal)
    product = said.get("product") or ""
    if goal is Goal.CROSS_SELL and not product:
        raise FieldError("product", WHICH_PRODUCT)
    try:
        named = replace(plan, name=said.get(view.NAME) or plan.name)
    except WrongInputError as error:
        raise FieldError(view.NAME, error.sentence) from error
    if goal is not plan.goal and (plan.goal, goal) != (Goal.CUSTOM, Goal.CROSS_SELL):
        # Another goal starts from its own rules; what was typed for the last one is not meant.
        is_suggested = named.name == str(plan.goal).capitalize()
        name = str(goal).capitalize() if is_suggested else named.name
        return Plan.usual(goal, name, product if goal is Goal.CROSS_SELL else None)
    plan = replace(named, goal=goal, rules=AudienceRules(likely_next=product or None))
    names = tuple(name for name in view.AUDIENCE_FIELDS if name != "product")
    return _with(plan, names, said, currency)


def _with(plan: Plan, names: tuple[str, ...], said: Mapping[str, str], currency: str) -> Plan:
    for name in names:
        if value := said.get(name, ""):
            try:
                plan = READERS[name](plan, value, currency)
            except WrongInputError as error:
                raise FieldError(name, error.sentence) from error
    return plan
