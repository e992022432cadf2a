"""Snapshots: each file can be pasted into Block Kit Builder.

Set UPDATE_SNAPSHOTS=1 to write them anew after a change that was meant.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.playground.slack.blocks import MOST_IN_MESSAGE, block_problems
from commands.insight_answers import ChurnAnswer, CohortsAnswer, InsightAnswer
from commands.insight_answers.churn_list import churn_csv
from commands.insights import parse
from listeners.views.insights import change_modal, insight_card, read_metadata
from services.insights.results import (
    Churn,
    Cohort,
    CohortGroup,
    Cohorts,
    CustomerAtRisk,
    DataAge,
    ScoreSource,
    Stake,
)
from services.money import Money

SNAPSHOTS = Path(__file__).with_name("snapshots")
EVIL = "<!channel> & ```<https://evil.test|x>"
AGE = DataAge(date(2026, 11, 21), datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


def money(minor: int) -> Money:
    return Money(minor, "GBP")


GROUP = CohortGroup(
    "all customers",
    (
        Cohort(
            date(2026, 9, 1),
            20,
            True,
            (20, 8, 0),
            (25, 9, 0),
            (money(9_000), money(4_000), money(0)),
        ),
        Cohort(date(2026, 10, 1), 10, False, (10, 3, None), (10, 3, None), (money(100),) * 3),
    ),
    (1.0, 0.3, None),
)
COHORTS = CohortsAnswer(
    Cohorts(GROUP, None, (), date(2026, 11, 1), "GBP", AGE, ("The first month holds everybody.",))
)
CHURN = ChurnAnswer(
    Churn(
        "loss",
        None,
        (
            CustomerAtRisk(
                "501", EVIL, None, "at risk", "high", 0.82, money(90_000), money(40_000), money(1)
            ),
        ),
        (Stake("at risk", "high", 4_338, money(123_400)),),
        "GBP",
        ScoreSource(3, date(2026, 11, 21), 90, 4_338),
        AGE,
    )
)
ANSWERS: dict[str, InsightAnswer] = {"insight_cohorts": COHORTS, "insight_churn": CHURN}


@pytest.mark.parametrize("name", ANSWERS)
def test_card_is_as_it_was_looked_at(name: str) -> None:
    text, blocks = insight_card(ANSWERS[name], parse(name.removeprefix("insight_")).request)
    drawn = {"text": text, "blocks": blocks}
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(json.dumps(drawn, ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert drawn == json.loads(path.read_text("utf-8"))


def test_longest_card_keeps_within_slacks_limits() -> None:
    cohorts = tuple(
        replace(GROUP.cohorts[0], active=(20,) * 60, orders=(20,) * 60) for _ in range(60)
    )
    parts = (CohortGroup("x" * 90, cohorts, (0.5,) * 60),) * 12
    answer = CohortsAnswer(replace(COHORTS.cohorts, parts=parts))
    for each in (answer, *ANSWERS.values()):
        assert block_problems(insight_card(each)[1], MOST_IN_MESSAGE) == []


def test_names_cannot_call_people_or_leave_their_table() -> None:
    shown = json.dumps(insight_card(CHURN)[1])
    assert "<!channel>" not in shown
    assert shown.count("```") == 2


def test_form_offers_what_can_be_chosen_within_slacks_limits() -> None:
    for asked in ("cohorts 7m", "affinity", "segments", "churn", "products", "seasonal easter"):
        request = parse(asked).request
        assert request is not None
        modal = change_modal(request, "C1")
        assert block_problems(modal["blocks"], MOST_IN_MESSAGE) == []
        form = read_metadata(modal["private_metadata"])
        assert form is not None
        assert parse(form.typed).request == request


def test_list_of_who_may_leave_calculates_nothing_in_a_spreadsheet() -> None:
    one = replace(CHURN.churn.customers[0], name="=1+1", email="+a@example.test")
    lines = churn_csv(replace(CHURN.churn, customers=(one,))).decode("utf-8-sig").splitlines()
    assert lines[1] == "501,'=1+1,'+a@example.test,at risk,high,0.8200,900.00,400.00,0.01,GBP"


def test_picture_is_described() -> None:
    assert COHORTS.alt_text == (
        "Heat-map of 2 monthly cohorts by months since the first order, until November 2026. "
        "Usually 30% after 1 month ordered again."
    )


def test_churn_says_who_comes_first() -> None:
    assert CHURN.heading == "£1,234 is expected to be lost with 4,338 customers"
    by_spend = ChurnAnswer(replace(CHURN.churn, by="spend"))
    assert by_spend.heading == f"Customers who spent most: {CHURN.heading}"
