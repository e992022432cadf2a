"""What to expect of a customer, in words: the same on the card, in Why? and on the terminal."""

from collections.abc import Sequence

from commands.plurals import plural
from services.customer_scores import YEAR_DAYS, CustomerScores, Explanation
from services.customers import CustomerProfile, Satisfaction, Suggestion
from services.days import spoken

UNHAPPY, UNDECIDED = 2, 3
"""Scores of a satisfaction survey, from 1 to 5."""
LEAST_CHANCE = 0.005
"""Below this a chance would be rounded to none."""


def value_words(scores: CustomerScores) -> str:
    """`£120 expected, 80% likely £0 to £310`: nobody knows the pence of a year to come."""
    low, high = scores.value_lo80.rounded, scores.value_hi80.rounded
    return f"{scores.value.rounded} expected, 80% likely {low} to {high}"


def churn_words(scores: CustomerScores) -> str:
    """`high, 82% likely not to order within 90 days`."""
    likely = f"{chance(scores.p_no_order)} likely"
    return f"{scores.band}, {likely} not to order within {scores.horizon_days} days"


def chance(share: float) -> str:
    """`28%`; nothing that may happen is told as certain."""
    if share < LEAST_CHANCE:
        return "under 1%"
    return "over 99%" if share > 1 - LEAST_CHANCE else f"{share:.0%}"


def next_order_words(scores: CustomerScores) -> str:
    """Name the day by which it is as likely as not, or say that there is none."""
    if scores.next_order is None:
        return "no date"
    return f"as likely as not by {spoken(scores.next_order)}"


def segment_words(scores: CustomerScores) -> str:
    return f"{scores.segment} ({scores.segment_rule})"


def expectations(profile: CustomerProfile) -> list[tuple[str, str]]:
    """Name what to expect and say it; without scores nothing."""
    scores = profile.scores
    if scores is None:
        return []
    return [
        (f"Next {YEAR_DAYS} days", value_words(scores)),
        ("Churn", churn_words(scores)),
        ("Next order", next_order_words(scores)),
        ("Segment", segment_words(scores)),
    ]


def suggestion_words(one: Suggestion) -> str:
    """`Tea, as it goes with Mug (120 orders hold both)`."""
    wanted, because = one.title or one.sku, one.because_title or one.because_sku
    return f"{wanted}, as it goes with {because} ({one.orders:,} orders hold both)"


def input_lines(why: Explanation) -> list[str]:
    """Say what the figures were made from."""
    scores = why.scores
    lines = [
        (
            f"{plural(scores.purchases, 'day')} with an order, the last one "
            f"{plural(scores.days_since_last, 'day')} before {spoken(scores.as_of)}"
        ),
        (
            f"{plural(scores.first_to_last_days, 'day')} from the first to the last, "
            f"{plural(scores.days_since_first, 'day')} since the first"
        ),
    ]
    if scores.purchases > 1:
        lines.append(f"{scores.repeat_value} on average on each day after the first")
    return lines


def formula_lines(why: Explanation) -> list[str]:
    """Say in words how the inputs become figures."""
    scores = why.scores
    return [
        (
            f"Still a customer: {chance(scores.p_alive)}. The longer the silence beside the usual "
            "gap between orders, the less likely."
        ),
        (
            f"No order within {scores.horizon_days} days: {chance(scores.p_no_order)}. Gone for "
            "good, or still a customer and silent that long."
        ),
        (
            f"Orders in {YEAR_DAYS} days: {scores.orders:.1f} (80% likely {scores.orders_lo80} "
            f"to {scores.orders_hi80}). Own pace, drawn towards that of all customers while "
            "orders are few."
        ),
        (
            f"Next order: {next_order_words(scores)}. The day by which half of such customers "
            "have ordered again; no date where half of them never may."
        ),
        (
            f"Value: {value_words(scores)}. Expected orders x expected value of an order, drawn "
            "towards the shop's average while orders are few."
        ),
    ]


def sample_lines(why: Explanation) -> list[str]:
    """Say how much was learnt from, by which run, and how true it was."""
    season = "with the shop's season" if why.parameters.get("season") else "no season known yet"
    lines = [
        f"Learnt from {why.customers:,} customers, {why.repeat_customers:,} of whom came back",
        f"Model run {why.scores.run_id} ({why.method}, {season}) as of {spoken(why.scores.as_of)}",
    ]
    line = why.parameters.get("recalibration")
    if line:
        lines.append(
            "Chances, ranges and dates are bent to what the shop's own last "
            f"{line['from_days']} days showed"
        )
    tested = why.backtest
    if tested is None:
        return [*lines, "Not tested on the past: too little history to hold some of it out"]
    return [
        *lines,
        (
            f"Tested on {tested['customers']:,} customers it had not learnt from: Brier score "
            f"{tested['brier']:.3f}, the rule “silent for 90 days” "
            f"{tested['recency_rule_brier']:.3f} (lower is better); 80% ranges held "
            f"{tested['covered80']:.0%} of the time"
        ),
    ]


def satisfaction(answers: Sequence[Satisfaction]) -> str:
    """`🙂 5 of 5 on 12 Oct 2026 · 🙁 2 of 5 on 1 Sep 2026`, the newest first."""
    return " · ".join(
        f"{_face(answer.score)} {answer.score} of 5 on {spoken(answer.scored_at)}"
        for answer in answers
    )


def _face(score: int) -> str:
    return "🙁" if score <= UNHAPPY else "😐" if score == UNDECIDED else "🙂"
