"""What the form of `/campaign` says, step by step, as changes of a plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from commands.campaign_options import READERS
from listeners.views import campaign_forms as view
from services.campaigns.plan import AudienceRules, Goal, Offer, Plan, Suppression
from services.errors import WrongInputError

Json = Mapping[str, Any]


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
    if goal is not plan.goal:
        # Another goal starts from its own rules; what was typed for the last one is not meant.
        product = said.get("product") or plan.rules.likely_next or ""
        if goal is Goal.CROSS_SELL and not product:
            raise FieldError("product", "Say which product to sell, then choose cross-sell.")
        return Plan.usual(goal, said.get(view.NAME) or plan.name, product or None)
    try:
        plan = replace(plan, name=said.get(view.NAME) or plan.name)
    except WrongInputError as error:
        raise FieldError(view.NAME, error.sentence) from error
    rules = AudienceRules(likely_next=said.get("product") or None)
    if goal is Goal.CROSS_SELL and not rules.likely_next:
        raise FieldError("product", "A cross-sell needs the product to sell.")
    names = tuple(name for name in view.AUDIENCE_FIELDS if name != "product")
    return _with(replace(plan, rules=rules), names, said, currency)


def _with(plan: Plan, names: tuple[str, ...], said: Mapping[str, str], currency: str) -> Plan:
    for name in names:
        if value := said.get(name, ""):
            try:
                plan = READERS[name](plan, value, currency)
            except WrongInputError as error:
                raise FieldError(name, error.sentence) from error
    return plan
