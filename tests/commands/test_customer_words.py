"""What to expect of a customer, in words."""

from dataclasses import replace
from datetime import date

import pytest

from commands.customer_words import (
    chance,
    churn_words,
    input_lines,
    next_order_words,
    value_words,
)
from services.customer_scores import CustomerScores, Explanation
from services.money import Money

SCORES = CustomerScores(
    run_id=1,
    as_of=date(2026, 11, 20),
    horizon_days=90,
    purchases=2,
    first_to_last_days=1,
    days_since_first=1_373,
    repeat_value=Money(382_935, "GBP"),
    p_alive=0.99,
    p_no_order=0.72,
    orders=1.5,
    orders_lo80=0,
    orders_hi80=3,
    value=Money(297_937, "GBP"),
    value_lo80=Money(0, "GBP"),
    value_hi80=Money(793_617, "GBP"),
    band="medium",
    next_order=date(2027, 6, 16),
    segment="hibernating",
    segment_rule="everybody else",
)


def explained(scores: CustomerScores) -> list[str]:
    return input_lines(Explanation("Anna", scores, "bg-nbd", {}, 100, 50, None))


def test_one_day_is_a_day_and_more_are_days() -> None:
    assert explained(SCORES)[:2] == [
        "2 days with an order, the last one 1,372 days before 20 Nov 2026",
        "1 day from the first to the last, 1,373 days since the first",
    ]
    once = explained(replace(SCORES, purchases=1, first_to_last_days=0, days_since_first=1))
    assert once == [
        "1 day with an order, the last one 1 day before 20 Nov 2026",
        "0 days from the first to the last, 1 day since the first",
    ]


def test_expected_amounts_have_no_pence() -> None:
    assert value_words(SCORES) == "£2,979 expected, 80% likely £0 to £7,936"


@pytest.mark.parametrize(
    ("next_order", "words"),
    [(date(2027, 6, 16), "as likely as not by 16 Jun 2027"), (None, "no date")],
)
def test_day_of_the_next_order_says_how_likely_it_is(next_order: date | None, words: str) -> None:
    assert next_order_words(replace(SCORES, next_order=next_order)) == words


def test_churn_is_a_sentence() -> None:
    assert churn_words(SCORES) == "medium, 72% likely not to order within 90 days"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "under 1%"), (0.006, "1%"), (0.994, "99%"), (1.0, "over 99%")]
)
def test_no_chance_is_told_as_certain(share: float, words: str) -> None:
    assert chance(share) == words
