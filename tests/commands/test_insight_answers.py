"""What an insight says before anybody looks at its figures."""

from dataclasses import replace
from datetime import date

import pytest

from commands.insight_answers import (
    AffinityAnswer,
    ChurnAnswer,
    CohortsAnswer,
    ProductsAnswer,
    SeasonalAnswer,
    SegmentsAnswer,
)
from commands.insight_tables import LINES
from services.analytics.lifts import Lift
from services.insights.events import Span
from services.insights.results import (
    Affinity,
    Churn,
    CohortGroup,
    Cohorts,
    Compared,
    CustomerAtRisk,
    DataAge,
    Product,
    ProductPair,
    ProductRule,
    Products,
    ProductSale,
    ScoreSource,
    Seasonal,
    SeasonalTime,
    SegmentGroup,
    Segments,
    SegmentSize,
    Stake,
    Thresholds,
)
from services.money import Money

AGE = DataAge(date(2026, 11, 20), None)
SOURCE = ScoreSource(1, date(2026, 11, 20), 90, 4_333)
MUG, TEA = Product("MUG-1", "Mug"), Product("TEA-1", "Tea")
PAIR = ProductPair(MUG, TEA, 4, 5, 6, 0.5, 0.8, 0.67, 1.2, 1.1)
SALE = ProductSale(MUG, 1, 2, Money(1_250, "GBP"), 1, 0, 0)


def money(minor: int) -> Money:
    return Money(minor, "GBP")


def affinity(found: int, product: Product | None = None) -> AffinityAnswer:
    least = Thresholds(20, 0.0, 0.0)
    return AffinityAnswer(
        Affinity(product, least, 19_710, found, (PAIR,), None, date(2025, 11, 12), AGE)
    )


def seasonal(orders: Lift, revenue: Lift) -> SeasonalAnswer:
    first = Span(date(2025, 11, 28), date(2025, 12, 1))
    counted = Compared(150, 1_337.04, orders)
    time = SeasonalTime("Black Friday 2025", first, True, 12, counted, counted)
    found = Seasonal("Black Friday", "the days", (time,), orders, revenue, (), None, "GBP", AGE, ())
    return SeasonalAnswer(found)


@pytest.mark.parametrize(
    ("usual", "heading"),
    [
        (
            (1.0, 0.2, 0.22, 0.24, 0.23, 0.23, 0.24, None),
            (
                "Usually 20% order again 1 month after their first order, 24% after 3, 24% after "
                "6; until October 2026"
            ),
        ),
        ((1.0, 0.2), "Usually 20% order again 1 month after their first order; until October 2026"),
        ((1.0,), "Share of each cohort that ordered again, until October 2026"),
    ],
)
def test_cohorts_begin_with_how_many_come_back(
    usual: tuple[float | None, ...], heading: str
) -> None:
    group = CohortGroup("all customers", (), usual)
    cohorts = Cohorts(group, None, (), date(2026, 10, 1), "GBP", AGE, ())
    assert CohortsAnswer(cohorts).heading == heading


def test_divided_cohorts_say_first_how_the_parts_differ() -> None:
    whole = CohortGroup("all customers", (), (1.0, 0.2, 0.22, 0.24))
    parts = (CohortGroup("GB", (), (1.0, 0.2, 0.22, 0.23)), CohortGroup("DE", (), (1.0, 0.3)))
    answer = CohortsAnswer(Cohorts(whole, "country", parts, date(2026, 10, 1), "GBP", AGE, ()))
    assert answer.heading == (
        "Usually 24% order again 3 months after their first order, by country GB 23%; "
        "until October 2026"
    )
    title, lines = answer.tables[0]
    assert title == "Usually, by country"
    assert lines[0].split() == ["Customers", "+1", "+2", "+3"]
    assert lines[3].split() == ["DE", "0", "30%", "·", "·"]
    assert "by country and months" in answer.alt_text
    assert "DE: 30% after 1 month." in answer.alt_text
    alone = replace(answer.cohorts, parts=parts[:1])
    assert "GB" not in CohortsAnswer(alone).heading


def test_churn_counts_everybody_who_is_not_listed() -> None:
    one = CustomerAtRisk(
        "1", "Anna", None, "at risk", "high", 0.8, money(1), money(24_950), money(2)
    )
    stakes = (Stake("at risk", "high", 4_333, money(235_590_681)),)
    churn = ChurnAnswer(Churn("loss", None, (one,) * 100, stakes, "GBP", SOURCE, AGE))
    assert churn.heading == "£2,355,907 is expected to be lost with 4,333 customers"
    ((_, lines),) = churn.tables
    assert lines[-1] == f"and {4_333 - LINES:,} more"
    assert "£250" in lines[1]


def test_products_count_everything_that_is_not_listed() -> None:
    products = Products(
        "revenue", 3_906, (SALE,) * 100, "GBP", date(2025, 11, 12), AGE, tickets=(9, 0)
    )
    ((_, lines),) = ProductsAnswer(products).tables
    assert lines[-1] == "and 3,891 more"
    assert lines[0].endswith("Again  Tickets")


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ("revenue", "Mug £12, 1 order."),
        ("orders", "Mug 1 order, £12."),
        ("units", "Mug 2 units, 1 order."),
        ("buyers", "Mug 1 buyer, 1 order."),
    ],
)
def test_picture_of_products_is_described_by_what_they_are_sorted_by(by: str, told: str) -> None:
    answer = ProductsAnswer(Products(by, 1, (SALE,), "GBP", AGE.until, AGE, (0, 0)))
    assert answer.alt_text == f"Bars of products by {by}. {told}"


@pytest.mark.parametrize(
    ("tickets", "note"), [((0, 0), "there were no tickets in that time"), (None, "unknown until")]
)
def test_products_without_tickets_have_no_column_of_them(
    tickets: tuple[int, int] | None, note: str
) -> None:
    answer = ProductsAnswer(Products("revenue", 1, (SALE,), "GBP", AGE.until, AGE, tickets))
    ((_, lines),) = answer.tables
    assert lines[0].endswith("Again")
    assert note in " ".join(answer.notes)


def test_widest_product_fits_into_one_line_beside_the_helpdesk() -> None:
    large = replace(
        SALE,
        product=Product("X", "X" * 90),
        revenue=money(99_999_900),
        orders=9_999,
        units=99_999,
        buyers=9_999,
    )
    answer = ProductsAnswer(Products("revenue", 1, (large,), "GBP", AGE.until, AGE, (0, 0)))
    ((_, lines),) = answer.tables
    assert max(map(len, lines)) <= 68


def test_pairs_say_in_how_many_orders_they_were_found() -> None:
    assert affinity(345_776).heading == "345,776 pairs found in at least 20 of 19,710 orders"
    assert affinity(1, MUG).heading == "1 pair with Mug found in at least 20 of 19,710 orders"


def test_product_that_was_asked_about_stands_above_its_table_only() -> None:
    ((title, lines),) = affinity(1, MUG).tables
    assert title == "Together with Mug"
    assert lines[1].startswith("Tea ")


def test_long_names_of_pairs_and_rules_stand_behind_their_figures() -> None:
    long = Product("X", "X" * 90)
    pair, rule = replace(PAIR, right=long), ProductRule((MUG, long), TEA, 4, 5, 6, 0.5, 0.8, 0.5, 2)
    found = replace(affinity(1).affinity, pairs=(pair,))
    ((_, pairs),) = AffinityAnswer(found).tables
    ((_, rules),) = AffinityAnswer(replace(found, rules=(rule,))).tables
    assert pairs[1].split()[:4] == ["4", "80%", "67%", "1.2"]
    assert rules[1].split()[:3] == ["4", "80%", "2.0"]
    assert rules[1].endswith("… → Tea")


def test_pairs_explain_their_columns() -> None:
    notes = " ".join(affinity(1).notes)
    assert "Share: of the orders with the first product" in notes
    assert "Lift: times as often as by chance" in notes


@pytest.mark.parametrize(("before", "head"), [(None, "Share  Spent"), (7, "Share  Change  Spent")])
def test_change_of_segments_is_shown_only_where_there_is_one_to_compare_with(
    before: int | None, head: str
) -> None:
    size = SegmentSize("new", "one purchase", 9, 1.0, money(100), money(100), 0.5, before)
    compared = date(2026, 10, 20) if before else None
    answer = SegmentsAnswer(Segments(None, (size,), (), SOURCE, compared, AGE))
    assert head in answer.tables[0][1][0]
    assert answer.notes[0].startswith("Change since ")


def test_segments_of_parts_stand_beside_each_other() -> None:
    size = SegmentSize("new", "one purchase", 9, 0.25, money(100), money(100), 0.5, None)
    parts = (SegmentGroup("GB", (size,)), SegmentGroup("DE", (replace(size, share=0.5),)))
    answer = SegmentsAnswer(Segments("country", (size,), parts, SOURCE, None, AGE))
    assert answer.tables[1] == ("", ["Share  all   GB   DE", "new    25%  25%  50%"])
    assert answer.alt_text.endswith("by country. The largest of each: GB: new 25%; DE: new 50%.")


def test_event_that_cannot_be_told_from_usual_weeks_says_so_first() -> None:
    unclear, clear = Lift(1.17, 0.5, 2.75), Lift(0.56, 0.35, 0.9)
    assert seasonal(unclear, unclear).heading.endswith("times; no clear difference")
    assert "no clear" not in seasonal(clear, unclear).heading


def test_event_that_is_not_over_is_named_so() -> None:
    lift = Lift(1.17, 0.5, 2.75)
    found = seasonal(lift, lift).seasonal
    going_on = replace(found, times=(replace(found.times[0], is_over=False),))
    answer = SeasonalAnswer(going_on)
    assert answer.tables[0][1][1].startswith("Black Friday 2025 so far ")
    assert "Black Friday 2025 so far 1.17" in answer.alt_text


def test_large_averages_have_no_decimals() -> None:
    lift = Lift(0.56, 0.35, 0.9)
    assert "1,337  0.56" in seasonal(lift, lift).to_text()
