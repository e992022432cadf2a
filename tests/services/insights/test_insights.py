"""Insights counted by hand, on both databases."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from services.analytics.segments import SEGMENT_NAMES
from services.errors import NotEnoughHistoryError, NotFoundError
from services.insights import Insights
from services.insights.request import (
    AffinityRequest,
    ChurnOrder,
    ChurnRequest,
    CohortRequest,
    Cut,
    ProductOrder,
    ProductsRequest,
    SegmentCut,
    SegmentsRequest,
)
from services.pool import ProcessPool
from services.scoring import Scoring
from services.scoring.standing import NotScoredError
from storage.database import Database
from tests.services.insights.baskets_shop import open_shop
from tests.services.scoring.drawn_shop import add_orders, small_shop

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def shop(database: Database, pool: ProcessPool) -> Insights:
    return await open_shop(database, pool)


async def test_cohorts_count_who_came_back_and_leave_the_running_month_out(shop: Insights) -> None:
    found = await shop.cohorts(CohortRequest())
    january, february = found.whole.cohorts
    assert found.last_month == date(2026, 3, 1)
    assert (january.month, january.customers, january.is_left_censored) == (
        date(2026, 1, 1),
        2,
        True,
    )
    assert january.active == (2, 1, 1)
    assert january.orders == (2, 2, 1)
    assert [money and str(money) for money in january.value] == ["£5.00", "£3.00", "£1.00"]
    assert january.retention == (1.0, 0.5, 0.5)
    assert february.active == (1, 0, None)
    assert february.value[2] is None
    assert found.whole.usual_retention == (1.0, 0.0, None)


@pytest.mark.parametrize(
    ("cut", "sizes"),
    [
        (Cut.CHANNEL, {"web": 2, "shop": 1}),
        (Cut.COUNTRY, {"GB": 3}),
        (Cut.PRODUCT, {"Mug": 2, "Tea": 2, "Spoon": 1}),
    ],
)
async def test_cohorts_are_cut_by_the_first_order(
    shop: Insights, cut: Cut, sizes: dict[str, int]
) -> None:
    found = await shop.cohorts(CohortRequest(cut))
    assert {part.name: part.customers for part in found.parts} == sizes
    web = found.parts[0].cohorts[0]
    assert web.active[0] == web.customers


async def test_pairs_are_counted_in_whole_orders_without_postage(shop: Insights) -> None:
    found = await shop.affinity(AffinityRequest(min_count=1))
    mug_and_tea = next(pair for pair in found.pairs if pair.left.sku != "spoon")
    assert (found.orders, found.found) == (8, 2)
    assert {mug_and_tea.left.sku, mug_and_tea.right.sku} == {"mug", "tea"}
    assert (mug_and_tea.count, mug_and_tea.support) == (4, 0.5)
    assert mug_and_tea.lift == pytest.approx(4 * 8 / (5 * 6))


async def test_asked_product_stands_on_the_left(shop: Insights) -> None:
    found = await shop.affinity(AffinityRequest(product="MUG", min_count=1))
    (pair,) = found.pairs
    assert (pair.left.sku, pair.right.sku, pair.left_orders, pair.right_orders) == (
        "mug",
        "tea",
        5,
        6,
    )
    assert pair.confidence == pytest.approx(4 / 5)


async def test_rules_read_one_way(shop: Insights) -> None:
    found = await shop.affinity(
        AffinityRequest(min_support=0.5, min_confidence=0.7, with_rules=True)
    )
    assert found.rules is not None
    (rule,) = found.rules
    assert ([one.sku for one in rule.antecedent], rule.consequent.sku) == (["mug"], "tea")
    assert rule.confidence == pytest.approx(0.8)


async def test_unknown_product_is_told(shop: Insights) -> None:
    with pytest.raises(NotFoundError, match="no product “cup”"):
        await shop.affinity(AffinityRequest(product="cup"))


async def test_products_know_revenue_and_who_came_back(shop: Insights) -> None:
    found = await shop.products(ProductsRequest())
    tea, mug, spoon = found.sales
    assert (tea.product.sku, str(tea.revenue), tea.orders, tea.units) == ("tea", "£5.00", 6, 5)
    assert (tea.buyers, tea.repeat_buyers, tea.repeat_rate) == (2, 2, 1.0)
    assert (mug.buyers, mug.repeat_buyers) == (3, 1)
    assert spoon.repeat_rate == 0.0
    recent = await shop.products(ProductsRequest(ProductOrder.BUYERS, months=1))
    assert {sale.product.sku: sale.orders for sale in recent.sales} == {
        "tea": 2,
        "mug": 2,
        "spoon": 1,
    }


async def test_empty_shop_says_what_is_missing(database: Database, pool: ProcessPool) -> None:
    with pytest.raises(NotEnoughHistoryError, match="0 orders, at least 1"):
        await Insights(database, pool, "GBP", LONDON).cohorts(CohortRequest())


async def test_short_history_and_missing_scores_are_told_apart(
    shop: Insights, database: Database
) -> None:
    with pytest.raises(NotEnoughHistoryError, match="88 days of orders, at least 180"):
        await shop.churn(ChurnRequest())
    await add_orders(database, small_shop(), first_id=100)
    with pytest.raises(NotScoredError, match="regulars score"):
        await shop.churn(ChurnRequest())


async def test_scores_become_segments_and_expected_losses(
    database: Database, pool: ProcessPool
) -> None:
    await add_orders(database, small_shop())
    await Scoring(database, pool, currency="USD", zone=LONDON).refresh()
    shop = Insights(database, pool, "USD", LONDON)
    segments = await shop.segments(SegmentsRequest(SegmentCut.COUNTRY))
    assert sum(segment.customers for segment in segments.segments) == segments.source.customers
    assert all(segment.customers_before is None for segment in segments.segments)
    assert [part.name for part in segments.parts] == ["country unknown"]
    assert segments.parts[0].customers == segments.source.customers
    churn = await shop.churn(ChurnRequest(top=5))
    assert churn.size == segments.source.customers
    champions = await shop.churn(ChurnRequest(segment=SEGMENT_NAMES.index("champion")))
    assert {one.segment for one in champions.customers} == {"champion"}
    assert champions.size == segments.segments[3].customers
    for found in (segments, churn, champions):
        assert (await shop.chart(found)).startswith(b"\x89PNG")
    losses = [one.loss.minor for one in churn.customers]
    first = churn.customers[0]
    assert losses == sorted(losses, reverse=True)
    assert first.loss.minor == pytest.approx(first.value.minor * first.p_no_order, abs=1)
    assert churn.loss.minor > sum(losses)
    by_spend = (await shop.churn(ChurnRequest(ChurnOrder.SPEND, top=5))).customers
    spends = [one.spend.minor for one in by_spend]
    assert spends == sorted(spends, reverse=True)


async def test_every_picture_can_be_drawn(shop: Insights) -> None:
    pairs = AffinityRequest(min_count=1)
    rules = AffinityRequest(min_count=2, with_rules=True)
    for found in (
        await shop.cohorts(CohortRequest()),
        await shop.cohorts(CohortRequest(Cut.CHANNEL)),
        await shop.affinity(pairs),
        await shop.affinity(rules),
        await shop.products(ProductsRequest()),
    ):
        assert (await shop.chart(found)).startswith(b"\x89PNG")
