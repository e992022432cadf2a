"""Campaigns in words, the same in Slack and on a terminal."""

from collections.abc import Iterator, Mapping

from services.analytics.difference import Difference
from services.campaigns.channels import (
    CHANNEL_WORDS,
    NO_ACCOUNT,
    OUTCOME_WORDS,
    SYSTEMS,
    Channel,
)
from services.campaigns.figures import REASON_WORDS, Expected, Preview, checked
from services.campaigns.plan import AudienceRules, Plan
from services.campaigns.ranking import EXPERIMENTS_NEEDED
from services.campaigns.records import SPOKEN, Campaign
from services.campaigns.results import Results
from services.days import spoken, spoken_time
from services.money import Money
from storage.campaigns.audience_conditions import Reason

RULES_SHOWN = 6
METHOD_WORDS = {
    "uplift": "estimated uplift, which did better than propensity and chance",
    "propensity": "propensity to buy: estimated uplift did not surely do better",
    "value": "expected value: neither uplift nor propensity surely did better than chance",
}
WHENCE_CONSENT = (
    "Who agreed to marketing stands in the shop's customers export: import it with "
    "regulars import customers_export.csv"
)
DRAWS_ON_EXPERIMENTS = (
    "⚠️ Who is held out of a campaign that runs may be written to by this one, and then the result "
    "of that campaign is no longer sure"
)
_LARGE = 0.1
_RARE_LIFT = 0.5
"""Few campaigns bring half as many buyers again."""


def size_sentence(preview: Preview) -> str:
    """Tell the outcome of a dry run in one line."""
    if not preview.fits:
        return "Nobody would be written to: nobody fits the rules."
    if not preview.size:
        return f"Nobody would be written to: {preview.fits:,} fit the rules, all are left out."
    return (
        f"{preview.treated:,} customers would be written to, {preview.held_out:,} held out at "
        f"random, {preview.fits - preview.size:,} left out. Nothing was sent."
    )


def reason_lines(preview: Preview) -> list[str]:
    """Say who is in and who is out; the figures add up to all who fit."""
    left_out = sorted(preview.reasons, key=lambda each: -each.customers)
    found = {each.reason for each in left_out}
    nobody = [REASON_WORDS[each] for each in checked(preview.plan) if each not in found]
    lines = [
        f"{preview.fits:,} fit the rules",
        *(f"-{each.customers:,} {each.words}" for each in left_out),
        f"= {preview.size:,} in: {preview.treated:,} to write to, {preview.held_out:,} held out",
    ]
    if nobody:
        lines.append(f"Checked too, nobody left out: {', '.join(nobody)}")
    unknown = sum(each.customers for each in left_out if each.reason is Reason.CONSENT_UNKNOWN)
    if unknown > preview.fits / 2:
        lines.append(WHENCE_CONSENT)
    if not preview.plan.suppression.in_experiment:
        lines.append(DRAWS_ON_EXPERIMENTS)
    return lines


def expectation_lines(preview: Preview) -> list[str]:
    """Tell what those written to would do anyway, and what the campaign costs."""
    if not preview.size:
        return power_lines(preview)
    days = preview.plan.window_days
    orders, currency = _count(preview.orders), preview.currency
    spend, margin = _money(preview.spend, currency), _money(preview.margin, currency)
    discount = ""
    if preview.discount.minor:
        discount = f", about {preview.discount} of discount on orders that come anyway"
    lines = [
        (
            f"Expected within {days} days without any campaign: {orders} orders, {spend} spent, "
            f"margin {margin}"
        ),
        f"Cost: {preview.cost} for contacts{discount}",
    ]
    return [*lines, *ranking_lines(preview), *power_lines(preview)]


def power_lines(preview: Preview) -> list[str]:
    """Tell whether the experiment can see what it is for."""
    power = preview.power
    if power is None:
        held = "Nobody is held out" if preview.size else "Nobody is in"
        return [f"{held}, so what the campaign brings cannot be measured."]
    lines = []
    if power.smallest_seen is None:
        lines.append("⚠️ The audience is too small to see any effect. Widen the rules.")
    else:
        lines.append(
            f"With {preview.size:,} people this shows a lift of {points(power.smallest_seen)} or "
            f"more ({power.base_rate:.1%} buy anyway)."
        )
    if (
        power.worth_having is None
        and power.smallest_seen is not None
        and power.smallest_seen > _RARE_LIFT * power.base_rate
    ):
        lines.append(
            f"⚠️ Too few: buyers would have to go from {power.base_rate:.1%} to "
            f"{power.base_rate + power.smallest_seen:.1%}, which few campaigns bring. The result "
            "may well be “no detectable effect”. Widen the rules or hold out more."
        )
    if power.worth_having is not None and not power.is_enough(preview.size):
        needed = f"{power.people_needed:,} people" if power.people_needed else "more than anybody"
        lines.append(
            f"⚠️ Too few: the smallest lift worth having is {points(power.worth_having)}, and to "
            f"see that takes {needed}. The result may well be “no detectable effect”."
        )
    return lines


def ranking_lines(preview: Preview) -> list[str]:
    """Say by what the best were found, and what that was worth on finished experiments."""
    ranking, best = preview.ranking, preview.plan.rules.best
    if ranking is None or best is None:
        return []
    if ranking.uplift is None or ranking.propensity is None or ranking.random is None:
        return [
            (
                f"The best {best:,} by expected value: to rank by what a campaign changes takes "
                f"{EXPERIMENTS_NEEDED} finished campaigns of this goal with a hold-out, and there "
                f"{'is 1' if ranking.experiments == 1 else f'are {ranking.experiments}'}."
            )
        ]
    qinis = ", ".join(
        f"{name} {each.estimate:.4f} ({each.low:.4f} to {each.high:.4f})"
        for name, each in (
            ("estimated uplift", ranking.uplift),
            ("propensity", ranking.propensity),
            ("random", ranking.random),
        )
    )
    return [
        f"The best {best:,} by {METHOD_WORDS[ranking.used]}",
        (
            f"Qini with 95% interval on {ranking.experiments} finished campaigns of this goal, "
            f"each ranked by what the others taught ({ranking.people:,} people): {qinis}"
        ),
    ]


def overlap_lines(preview: Preview) -> list[str]:
    """Name the last campaigns that wrote to the same people."""
    return [
        f"{each.customers:,} were also written to by “{each.name}” (no. {each.campaign_id})"
        for each in preview.overlap
    ]


def rule_words(rules: AudienceRules, currency: str) -> list[str]:
    """Name each rule that narrows the audience."""
    return list(_rules(rules, currency)) or ["everybody who ever ordered"]


def plan_sentence(plan: Plan, currency: str) -> str:
    """Say for whom a campaign is."""
    return "; ".join(rule_words(plan.rules, currency))


def campaign_line(campaign: Campaign) -> str:
    """Tell of one campaign in a list."""
    people = f", {campaign.counts['treated']:,} people" if campaign.is_frozen else ""
    until = f", orders count until {spoken(campaign.ends_at)}" if campaign.ends_at else ""
    state = SPOKEN[campaign.state]
    return f"{campaign.id} · {campaign.plan.name} · {campaign.plan.goal}, {state}{people}{until}"


def delivery_lines(delivered: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Say what became of everybody in each way of delivery."""
    return [
        f"{words}: "
        + ", ".join(
            f"{counts[name]:,} {said}" for name, said in OUTCOME_WORDS.items() if name in counts
        )
        for channel, words in CHANNEL_WORDS.items()
        if (counts := delivered.get(str(channel)))
    ]


def delivery_news(campaign: Campaign, channel: Channel) -> str:
    """Say that a delivery began, and where its progress is told."""
    where = "a message under its card tells" if campaign.card else f"/campaign {campaign.id} tells"
    return f"⏳ It goes to {SYSTEMS[channel]}; {where} how far it is."


def missing_accounts(channels: frozenset[Channel]) -> list[str]:
    """Say what to set for the list to be delivered, where that is not set."""
    return [sentence for channel, sentence in NO_ACCOUNT.items() if channel not in channels]


def heading(found: Results) -> str:
    """Name a campaign's results and say whether they are final."""
    kind = "Results" if found.is_final else "A peek, not the result,"
    return f"{kind} of campaign {found.campaign_id} “{found.plan.name}”"


def result_lines(found: Results) -> list[str]:
    """Tell what was seen: both arms, what lies between them, what it cost."""
    currency = found.currency
    lines = [
        f"{name}: {arm.people:,} people, {arm.buyers:,} bought ({arm.rate:.2%}), {arm.orders:,} "
        f"orders, {Money(arm.revenue, currency)}"
        for name, arm in (("Written to", found.treated), ("Held out", found.held_out))
    ]
    if found.buying:
        lines.append(f"Buyers: {_points_range(found.buying)}")
    if found.revenue:
        lines.append(f"Revenue per person: {_money_range(found.revenue, currency)}")
    if found.margin:
        lines.append(f"Margin per person: {_money_range(found.margin, currency)}")
    else:
        lines.append("Money: too few bought to compare it.")
    if found.gained:
        gained = _money_range(found.gained, currency)
        lines.append(f"Gained in all, after {found.cost} for contacts: {gained}")
    if found.paid is not None:
        lines.append(f"Probability that it paid: {found.paid:.0%}")
    return lines


def caution_lines(found: Results) -> list[str]:
    """Say what weakens the result."""
    lines = []
    if not found.is_final:
        lines.append(
            f"The window is open until {spoken(found.ends_at)}; orders are counted until "
            f"{spoken_time(found.until)}. Looked at early {found.peeks:,} "
            f"{'time' if found.peeks == 1 else 'times'}: whoever stops at the first good look "
            "fools themselves."
        )
    if found.contaminated:
        lines.append(
            f"{found.contaminated:,} of those held out heard from another campaign meanwhile, "
            "which hides part of the effect."
        )
    if found.reached < found.treated.people:
        lines.append(
            f"{found.treated.people - found.reached:,} of those to write to were not reached; they "
            "count all the same, so that the draw stays fair."
        )
    return lines


def points(share: float) -> str:
    """Write a difference of shares."""
    return f"{share * 100:.1f} points" if share < _LARGE else f"{share * 100:.0f} points"


def alt_text(preview: Preview) -> str:
    """Describe the chart of tenths."""
    values = [each.value for each in preview.tenths]
    whole = sum(value.minor for value in values)
    first = values[0].minor / whole if whole else 0.0
    return (
        f"Bar chart of expected spend in 365 days by tenth of the audience: the first tenth "
        f"{values[0].rounded} ({first:.0%} of all), the last {values[-1].rounded}."
    )


def _rules(rules: AudienceRules, currency: str) -> Iterator[str]:
    for said, words in (
        ("segment", rules.segments),
        ("churn risk", rules.churn_bands),
        ("bought", rules.bought),
        ("country", rules.countries),
        ("tag", rules.tags),
    ):
        if words:
            yield f"{said} {' or '.join(words[:RULES_SHOWN])}"
    for said, value in (("least", rules.min_value), ("most", rules.max_value)):
        if value is not None:
            yield f"worth at {said} {Money(value, currency)} in 365 days"
    for said, days in (
        ("least", rules.ordered_days_ago_min),
        ("most", rules.ordered_days_ago_max),
    ):
        if days is not None:
            yield f"last order at {said} {days:,} days ago"
    if rules.best is not None:
        yield f"at most {rules.best:,} people, the best-ranked"
    if rules.likely_next:
        yield f"likely to want {rules.likely_next} next"


def _count(expected: Expected) -> str:
    return f"{expected.mean:,.0f} ({expected.low:,.0f} to {expected.high:,.0f})"


def _money(expected: Expected, currency: str) -> str:
    mean, low, high = (
        Money(round(amount), currency).rounded
        for amount in (expected.mean, expected.low, expected.high)
    )
    return f"{mean} ({low} to {high})"


def _points_range(found: Difference) -> str:
    return (
        f"{found.estimate * 100:+.2f} points (95% sure between {found.low * 100:+.2f} and "
        f"{found.high * 100:+.2f})"
    )


def _money_range(found: Difference, currency: str) -> str:
    low, high = Money(round(found.low), currency), Money(round(found.high), currency)
    return f"{Money(round(found.estimate), currency)} (95% sure between {low} and {high})"
