"""What a campaign brought, in one sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.analytics.difference import Difference
from services.campaigns.plan import Goal, Plan
from services.campaigns.results import ArmResult, Results
from services.errors import WrongInputError
from services.money import Money

BEGAN = datetime(2026, 11, 27, 22, 4, tzinfo=UTC)
SILENT, BUYING = ArmResult(30, 0, 0, 0, 0.0), ArmResult(30, 3, 3, 6_000, 3_000.0)
PEEK = Results(
    campaign_id=1,
    plan=Plan.usual(Goal.WINBACK, "Comeback", None),
    started_at=BEGAN,
    ends_at=BEGAN + timedelta(days=30),
    until=BEGAN + timedelta(days=5),
    is_final=False,
    peeks=1,
    treated=BUYING,
    held_out=BUYING,
    buying=Difference(0.0, -0.11, 0.01),
    revenue=None,
    margin=None,
    paid=None,
    cost=Money(0, "GBP"),
    reached=30,
    contaminated=0,
    currency="GBP",
)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (PEEK, "No detectable effect: with and without the campaign, about as many people bought."),
        (
            replace(PEEK, until=BEGAN),
            "No orders have been imported since it began, so nothing can be said yet.",
        ),
        (
            replace(PEEK, treated=SILENT, held_out=SILENT),
            "Nobody has bought yet, with or without the campaign, so nothing can be said.",
        ),
        (
            replace(PEEK, treated=SILENT, held_out=SILENT, is_final=True),
            "Nobody bought, with or without the campaign, so nothing can be said.",
        ),
    ],
)
def test_verdict_speaks_of_buyers_only_where_somebody_could_have_bought(
    found: Results, verdict: str
) -> None:
    assert found.verdict == verdict


def test_share_that_is_too_large_is_quoted_as_it_was_typed() -> None:
    with pytest.raises(WrongInputError, match=r"from 0 to 50%, not 200%\."):
        replace(PEEK.plan, holdout=2.0)
