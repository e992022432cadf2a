"""What the first step of the form means, whatever was chosen in which order."""

import pytest

from listeners.campaign_readings import FieldError, read_step
from listeners.views.campaign_forms import AUDIENCE_STEP
from services.campaigns.plan import Goal, Plan


def read(plan: Plan, goal: Goal, **typed: str) -> Plan:
    values = {
        "campaign_goal": {"campaign_field": {"selected_option": {"value": str(goal)}}},
        **{
            f"campaign_{name}:{plan.goal}": {"campaign_field": {"value": text}}
            for name, text in typed.items()
        },
    }
    return read_step(AUDIENCE_STEP, plan, {"state": {"values": values}}, "GBP")


CUSTOM = Plan.usual(Goal.CUSTOM, "Custom")


def test_another_goal_brings_its_own_rules_and_name() -> None:
    plan = read(CUSTOM, Goal.WINBACK, name="Custom", country="GB")
    assert plan == Plan.usual(Goal.WINBACK, "Winback")
    assert read(CUSTOM, Goal.WINBACK, name="Mine").name == "Mine"


def test_cross_sell_waits_for_its_product_and_keeps_the_other_rules() -> None:
    with pytest.raises(FieldError, match="needs its product") as refused:
        read(CUSTOM, Goal.CROSS_SELL, name="Mugs", country="GB")
    assert refused.value.field == "product"
    plan = read(CUSTOM, Goal.CROSS_SELL, name="Mugs", country="GB", product="MUG")
    assert (plan.goal, plan.name) == (Goal.CROSS_SELL, "Mugs")
    assert (plan.rules.likely_next, plan.rules.countries) == ("MUG", ("GB",))


def test_product_of_a_cross_sell_is_no_rule_of_the_next_goal() -> None:
    plan = read(CUSTOM, Goal.CROSS_SELL, name="Mugs", product="MUG")
    assert read(plan, Goal.GROWTH, name="Mugs", product="MUG").rules.likely_next is None


def test_name_that_is_too_long_is_told_beside_its_field_whatever_else_was_chosen() -> None:
    for goal in (Goal.CUSTOM, Goal.GROWTH):
        with pytest.raises(FieldError) as refused:
            read(CUSTOM, goal, name="x" * 200)
        assert refused.value.field == "name"
