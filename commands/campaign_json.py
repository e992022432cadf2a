"""Campaigns as JSON: amounts in major units."""

from commands.schemas.campaigns import (
    ArmJson,
    CampaignJson,
    DifferenceJson,
    ExpectedJson,
    OfferJson,
    PlanJson,
    PowerJson,
    PreviewJson,
    RankingJson,
    ResultsJson,
    RulesJson,
    SuppressionJson,
)
from services.analytics.difference import Difference
from services.campaigns import Campaign
from services.campaigns.figures import Expected, Power, Preview
from services.campaigns.plan import AudienceRules, Offer, Plan, Suppression
from services.campaigns.ranking import Ranking
from services.campaigns.results import ArmResult, Results
from services.money import minor_digits


def campaign_json(campaign: Campaign, currency: str) -> CampaignJson:
    return {
        "id": campaign.id,
        "state": str(campaign.state),
        **_plan_json(campaign.plan, currency),
        "created_by": campaign.created_by,
        "approved_by": campaign.approved_by,
        "approved_at": campaign.approved_at.isoformat() if campaign.approved_at else None,
        "started_at": campaign.started_at.isoformat() if campaign.started_at else None,
        "ends_at": campaign.ends_at.isoformat() if campaign.ends_at else None,
        "counts": campaign.counts,
    }


def preview_json(preview: Preview) -> PreviewJson:
    currency = preview.currency
    return {
        **_plan_json(preview.plan, currency),
        "currency": currency,
        "as_of": preview.as_of.isoformat(),
        "model_run": preview.model_run_id,
        "scored": preview.rules.scored,
        "fits": preview.fits,
        "left_out": {each.reason.name.lower(): each.customers for each in preview.reasons},
        "size": preview.size,
        "treated": preview.treated,
        "held_out": preview.held_out,
        "expected": {
            "orders": _expected_json(preview.orders, ""),
            "spend": _expected_json(preview.spend, currency),
            "margin": _expected_json(preview.margin, currency),
        },
        "cost": float(preview.cost.major),
        "discount": float(preview.discount.major),
        "tenths": [
            {"customers": each.customers, "value": float(each.value.major)}
            for each in preview.tenths
        ],
        "overlap": [
            {"campaign_id": each.campaign_id, "name": each.name, "customers": each.customers}
            for each in preview.overlap
        ],
        "power": _power_json(preview.power) if preview.power else None,
        "ranking": _ranking_json(preview.ranking) if preview.ranking else None,
    }


def results_json(found: Results) -> ResultsJson:
    currency = found.currency
    return {
        "campaign": found.campaign_id,
        "started_at": found.started_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "until": found.until.isoformat(),
        "is_final": found.is_final,
        "peeks": found.peeks,
        "currency": currency,
        "treated": _arm_json(found.treated, currency),
        "held_out": _arm_json(found.held_out, currency),
        "buying": _difference_json(found.buying) if found.buying else None,
        "revenue": _difference_json(found.revenue, currency) if found.revenue else None,
        "margin": _difference_json(found.margin, currency) if found.margin else None,
        "gained": _difference_json(found.gained, currency) if found.gained else None,
        "probability_paid": found.paid,
        "cost": float(found.cost.major),
        "reached": found.reached,
        "contaminated": found.contaminated,
        "verdict": found.verdict,
    }


def _plan_json(plan: Plan, currency: str) -> PlanJson:
    return {
        "name": plan.name,
        "goal": str(plan.goal),
        "rules": _rules_json(plan.rules, currency),
        "suppression": _suppression_json(plan.suppression),
        "offer": _offer_json(plan.offer, currency),
        "holdout": plan.holdout,
        "window_days": plan.window_days,
    }


def _rules_json(rules: AudienceRules, currency: str) -> RulesJson:
    return {
        "segments": list(rules.segments),
        "min_value": None if rules.min_value is None else _major(rules.min_value, currency),
        "max_value": None if rules.max_value is None else _major(rules.max_value, currency),
        "churn_bands": list(rules.churn_bands),
        "ordered_days_ago_min": rules.ordered_days_ago_min,
        "ordered_days_ago_max": rules.ordered_days_ago_max,
        "bought": list(rules.bought),
        "likely_next": rules.likely_next,
        "countries": list(rules.countries),
        "tags": list(rules.tags),
        "best": rules.best,
    }


def _suppression_json(chosen: Suppression) -> SuppressionJson:
    return {
        "open_ticket": chosen.open_ticket,
        "unhappy_ticket": chosen.unhappy_ticket,
        "open_return": chosen.open_return,
        "contacted_days": chosen.contacted_days,
        "in_experiment": chosen.in_experiment,
        "internal": chosen.internal,
    }


def _offer_json(offer: Offer, currency: str) -> OfferJson:
    return {
        "margin": offer.margin,
        "discount": offer.discount,
        "contact_cost": _major(offer.contact_cost, currency),
        "smallest_lift": offer.smallest_lift,
    }


def _expected_json(expected: Expected, currency: str) -> ExpectedJson:
    """Tell money in major units; a count has no currency."""
    return {
        "mean": _major(expected.mean, currency),
        "low": _major(expected.low, currency),
        "high": _major(expected.high, currency),
    }


def _power_json(power: Power) -> PowerJson:
    return {
        "base_rate": power.base_rate,
        "worth_having": power.worth_having,
        "people_needed": power.people_needed,
        "smallest_seen": power.smallest_seen,
    }


def _ranking_json(ranking: Ranking) -> RankingJson:
    return {
        "used": ranking.used,
        "experiments": ranking.experiments,
        "people": ranking.people,
        "qini_uplift": _qini_json(ranking.uplift),
        "qini_propensity": _qini_json(ranking.propensity),
        "qini_random": _qini_json(ranking.random),
    }


def _qini_json(qini: Difference | None) -> DifferenceJson | None:
    return None if qini is None else _difference_json(qini)


def _arm_json(arm: ArmResult, currency: str) -> ArmJson:
    return {
        "people": arm.people,
        "buyers": arm.buyers,
        "orders": arm.orders,
        "revenue": _major(arm.revenue, currency),
        "margin": _major(arm.margin, currency),
    }


def _difference_json(difference: Difference, currency: str = "") -> DifferenceJson:
    return {
        "estimate": _major(difference.estimate, currency),
        "low": _major(difference.low, currency),
        "high": _major(difference.high, currency),
    }


def _major(minor: float, currency: str) -> float:
    """Turn minor units into major ones; what has no currency is a count and stays."""
    return float(minor / 10.0 ** minor_digits(currency)) if currency else float(minor)
