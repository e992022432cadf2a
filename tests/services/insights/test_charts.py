"""Pictures that need more than the shop of the other tests has."""

from datetime import date

from services.insights.charts import draw
from services.insights.results import (
    Affinity,
    DataAge,
    Product,
    ProductRule,
    ScoreSource,
    SegmentGroup,
    Segments,
    SegmentSize,
    Thresholds,
)
from services.money import Money

AGE = DataAge(date(2026, 11, 20), None)
NOTHING = Money(0, "GBP")


def test_parts_without_customers_in_a_segment_are_drawn() -> None:
    some, nobody = (
        SegmentSize("new", "one purchase", count, share, NOTHING, NOTHING, 0.5, None)
        for count, share in ((9, 0.25), (0, 0.0))
    )
    parts = (SegmentGroup("$x$", (some,)), SegmentGroup("D" * 90, (nobody,)))
    source = ScoreSource(1, AGE.until, 90, 9)
    found = Segments("country", (some,), parts, source, None, AGE)
    assert draw(found).startswith(b"\x89PNG")


def test_long_rules_are_drawn() -> None:
    products = tuple(Product(str(place), "$x$" * 30) for place in range(5))
    rule = ProductRule(products[1:], products[0], 4, 5, 6, 0.5, 0.8, 0.5, 2.0)
    least = Thresholds(1, 0.0, 0.0)
    found = Affinity(None, least, 9, 1, (), (rule,), AGE.until, AGE)
    assert draw(found).startswith(b"\x89PNG")
