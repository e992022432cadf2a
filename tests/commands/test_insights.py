"""What can be typed after /insights, and what machines read."""

from dataclasses import replace
from datetime import date

import pytest

import commands
from commands import insights as command
from commands.insight_answers import AffinityAnswer, CohortsAnswer
from commands.insight_choices import changed, choices, typed
from commands.people import TERMINAL, Caller
from commands.phrases import interpret
from services.container import Services
from services.errors import NotAllowedError, WrongInputError
from services.insights.events import Event, Span
from services.insights.request import (
    AffinityRequest,
    ChurnOrder,
    ChurnRequest,
    CohortRequest,
    Cut,
    InsightRequest,
    ProductOrder,
    ProductsRequest,
    SeasonalRequest,
    SegmentCut,
    SegmentsRequest,
)
from services.pool import ProcessPool
from tests.services.insights.baskets_shop import open_shop
from tests.wired import Wired

GUEST = Caller(user_id="U9", name="Guest", is_admin=False, is_agent=False)


@pytest.fixture
async def services(wired: Wired, pool: ProcessPool) -> Services:
    shop = await open_shop(wired.parts.database, pool)
    return replace(wired.parts.services, insights=shop)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("help", None),
        ("cohorts", CohortRequest()),
        ("Cohorts by Channels", CohortRequest(Cut.CHANNEL)),
        ("retention by countries 6m", CohortRequest(Cut.COUNTRY, 6)),
        ("affinity", AffinityRequest()),
        ("affinity tank top", AffinityRequest(product="tank top")),
        (
            "affinity --min-support 0.001 --min-confidence=.8 --min-count 2",
            AffinityRequest(min_support=0.001, min_confidence=0.8, min_count=2),
        ),
        (
            "affinity rules min_support=1% mug min_confidence 0.5 2y top 9",
            AffinityRequest("mug", None, 0.01, 0.5, with_rules=True, months=24, top=9),
        ),
        ("segments", SegmentsRequest()),
        ("segments by countries", SegmentsRequest(SegmentCut.COUNTRY)),
        ("churn segment=at-risk", ChurnRequest(segment=6)),
        ("churn by spend top=3", ChurnRequest(ChurnOrder.SPEND, 3)),
        ("seasonal xmas", SeasonalRequest(Event.CHRISTMAS)),
        ("seasonal Mother's Day", SeasonalRequest(Event.MOTHERS_DAY)),
        (
            "seasonal 2026-06-01..2026-06-07",
            SeasonalRequest(Span(date(2026, 6, 1), date(2026, 6, 7))),
        ),
        ("products 12m by unit", ProductsRequest(ProductOrder.UNITS, 12)),
    ],
)
def test_what_was_typed_is_what_is_looked_at(text: str, meant: InsightRequest | None) -> None:
    assert command.parse(text).request == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("afinity", "Did you mean /insights affinity"),
        ("weather", "Known: cohorts, affinity"),
        ("cohorts by chanel", "Did you mean by channel"),
        ("churn by phase", "Known: by loss, value"),
        ("segments by channel", "Known: by country"),
        ("churn segment=champions", "Did you mean champion"),
        ("cohorts min_count=3", "do not know what “min_count” means"),
        ("affinity min_support=2", "a share from 0 to 1"),
        ("affinity min_support=lots", "a number such as 0.01"),
        ("affinity min_count=-3", "plain digits"),
        ("products 0m", "1 to 600 months"),
        ("seasonal", "Which event"),
        ("seasonal pancake day", "Known: black friday, christmas"),
        ("seasonal chrismas", "Did you mean /insights seasonal christmas"),
        ("seasonal 2026-06-07..2026-06-01", "1 to 62 days"),
        ("seasonal 2026-02-30", "is no day"),
    ],
)
def test_what_is_not_understood_is_told_with_the_nearest(text: str, sentence: str) -> None:
    with pytest.raises(WrongInputError, match=sentence):
        command.parse(text)


ASKED = (
    "cohorts",
    "cohorts by channel 6m",
    "affinity tank top 12m",
    "affinity mug rules min_count=5 min_support=0.01 min_confidence=0.5 top=9",
    "segments by country",
    "churn by spend segment=cannot-lose top=30",
    "products by units 24m",
    "seasonal mother's day",
    "seasonal 2026-06-01..2026-06-07",
)


@pytest.mark.parametrize("asked", ASKED)
def test_a_form_that_changes_nothing_asks_the_same_again(asked: str) -> None:
    request = command.parse(asked).request
    assert request is not None
    assert command.parse(typed(request)).request == request
    assert all(choice.chosen in choice.options for choice in choices(request))
    unchanged = {choice.name: choice.chosen for choice in choices(request)}
    assert changed(typed(request), unchanged).request == request


@pytest.mark.parametrize(
    ("asked", "chosen", "meant"),
    [
        ("cohorts 6m", {"by": "product", "period": "whole"}, CohortRequest(Cut.PRODUCT)),
        (
            "affinity mug min_count=5",
            {"kind": "rules", "count": "50"},
            AffinityRequest("mug", 50, with_rules=True),
        ),
        ("churn", {"by": "value", "segment": "at risk"}, ChurnRequest(ChurnOrder.VALUE, 100, 6)),
        ("seasonal easter", {"event": "christmas"}, SeasonalRequest(Event.CHRISTMAS)),
    ],
)
def test_a_form_changes_what_it_says_and_nothing_else(
    asked: str, chosen: dict[str, str], meant: InsightRequest
) -> None:
    assert changed(asked, chosen).request == meant


def test_few_orders_are_no_finding_unless_a_share_is_asked_for() -> None:
    assert AffinityRequest().thresholds.count == 20
    assert AffinityRequest(min_support=0.01).thresholds.count == 1


@pytest.mark.parametrize(
    ("text", "top"), [("affinity", 15), ("affinity rules", 15), ("affinity top 9", 9)]
)
def test_a_message_asks_for_no_more_pairs_than_it_shows(text: str, top: int) -> None:
    asked = command.parse(text)
    shown = asked.as_shown().request
    assert isinstance(asked.request, AffinityRequest)
    assert shown == replace(asked.request, top=top)


def test_a_message_asks_for_all_else_as_typed() -> None:
    asked = command.parse("churn top 40")
    assert asked.as_shown() == asked


async def test_guests_see_no_figures(services: Services) -> None:
    with pytest.raises(NotAllowedError, match="Only the support team"):
        await commands.answer("/insights products", GUEST, services)


async def test_cohorts_as_json_keep_unknown_apart_from_nobody(services: Services) -> None:
    answer = await commands.answer("/insights cohorts", TERMINAL, services)
    assert isinstance(answer, CohortsAnswer)
    found = answer.to_json()
    assert found["cohorts"][1] == {
        "cohort": "2026-02",
        "customers": 1,
        "left_censored": False,
        "active": [1, 0, None],
        "retention": [1.0, 0.0, None],
        "orders": [1, 0, None],
        "value": [1.0, 0.0, None],
        "value_per_customer": [1.0, 1.0, None],
    }
    assert found["data_until"] == "2026-04-02"
    assert found["last_month"] == "2026-03"


async def test_affinity_as_json_gives_counts_and_thresholds(services: Services) -> None:
    asked = "/insights affinity mug min_count=2 min_confidence=0.8"
    answer = await commands.answer(asked, TERMINAL, services)
    assert isinstance(answer, AffinityAnswer)
    found = answer.to_json()
    assert (found["orders"], found["found"], found["min_confidence"]) == (8, 1, 0.8)
    (pair,) = found["pairs"]
    assert (pair["left"]["sku"], pair["right"]["sku"], pair["count"]) == ("mug", "tea", 4)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("cohorts", "2026-01*         2      £4.50"),
        ("cohorts by channel", "web                   2 0%  ·"),
        ("affinity min_count=1", "Tea + Mug"),
        ("affinity rules min_count=2 min_confidence=0.7", "Mug → Tea"),
        ("affinity min_count=99", "No pairs with at least 99 orders in 8 orders."),
        ("products", "Tea           £5       6"),
        ("seasonal valentine", "too little to compare with"),
    ],
)
async def test_terminal_shows_a_table(services: Services, asked: str, said: str) -> None:
    assert said in (await commands.answer(f"/insights {asked}", TERMINAL, services)).to_text()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Who is about to leave?", "/insights churn"),
        ("which customers are at risk", "/insights churn"),
        ("what is bought together with mugs?", "/insights affinity mugs"),
        ("what goes together", "/insights affinity"),
        ("How many customers came back?", "/insights cohorts"),
        ("what are our segments", "/insights segments"),
        ("our best sellers", "/insights products"),
    ],
)
def test_plain_questions_find_their_insight(said: str, meant: str) -> None:
    assert interpret(said) == meant
