"""Whom a campaign would write to, against an oracle that knows every customer's state."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import select

from services.campaigns import Campaigns
from services.campaigns.audiences import Audiences
from services.campaigns.figures import ReasonCount, window_weights
from services.campaigns.plan import AudienceRules, Goal, Offer, Plan, Suppression
from services.campaigns.words import DRAWS_ON_EXPERIMENTS, WHENCE_CONSENT, reason_lines
from services.errors import ExpectedError, NotFoundError, WrongInputError
from services.insights import Insights
from services.pool import ProcessPool
from storage.campaigns.audience_conditions import Reason
from storage.database import Database
from storage.models import customer_scores
from tests.services.campaigns.campaign_shop import ZONE, Known, open_shop

EVERYBODY = Plan("Everybody", Goal.CUSTOM)


@pytest_asyncio.fixture
async def shop(
    database: Database, pool: ProcessPool
) -> AsyncIterator[tuple[Campaigns, list[Known]]]:
    yield await open_shop(database, pool)


Shop = tuple[Campaigns, list[Known]]


async def test_reasons_are_those_of_the_oracle_and_add_up(shop: Shop) -> None:
    campaigns, known = shop
    found = await campaigns.preview(EVERYBODY)
    expected = Counter(each.reason for each in known)
    assert found.size == expected.pop("")
    assert {each.words: each.customers for each in found.reasons} == expected
    assert found.fits == len(known)
    assert found.rules.all_rules == found.rules.scored == len(known)


async def test_consent_counts_also_when_everything_else_is_switched_off(shop: Shop) -> None:
    campaigns, known = shop
    nothing = Suppression(
        open_ticket=False,
        unhappy_ticket=False,
        open_return=False,
        contacted_days=0,
        in_experiment=False,
        internal=False,
    )
    found = await campaigns.preview(Plan("All", Goal.CUSTOM, suppression=nothing))
    assert found.size == sum(each.consent == "subscribed" and each.has_email for each in known)
    assert {each.reason for each in found.reasons} == {
        Reason.UNSUBSCRIBED,
        Reason.CONSENT_UNKNOWN,
        Reason.NO_EMAIL,
    }


async def test_where_consent_is_mostly_unknown_it_is_told_whence_it_comes(shop: Shop) -> None:
    campaigns, _ = shop
    found = await campaigns.preview(Plan("All", Goal.CUSTOM))
    assert WHENCE_CONSENT not in reason_lines(found)
    unknown = ReasonCount(Reason.CONSENT_UNKNOWN, found.size + 1)
    assert WHENCE_CONSENT in reason_lines(replace(found, reasons=(unknown,)))


async def test_count_with_people_of_running_campaigns_warns_that_their_results_suffer(
    shop: Shop,
) -> None:
    campaigns, _ = shop
    for is_left_out in (True, False):
        suppression = Suppression(in_experiment=is_left_out)
        found = await campaigns.preview(Plan("All", Goal.CUSTOM, suppression=suppression))
        assert (DRAWS_ON_EXPERIMENTS in reason_lines(found)) is not is_left_out


RULES: list[tuple[AudienceRules, Callable[[int], bool]]] = [
    (AudienceRules(countries=("de",)), lambda number: number % 3 == 0),
    (AudienceRules(tags=("vip",)), lambda number: number % 10 == 0),
    (AudienceRules(tags=("größe", "none")), lambda number: number % 10 == 0),
    (AudienceRules(tags=("vi",)), lambda _number: False),
    (AudienceRules(tags=("50%_off",)), lambda _number: False),
    (AudienceRules(bought=("SOAP",)), lambda number: number % 2 == 1),
    (AudienceRules(bought=("SOAP", "MUG")), lambda _number: True),
    (AudienceRules(countries=("GB",), bought=("MUG",)), lambda n: n % 3 > 0 and n % 2 == 0),
]
"""A rule, and for which customer numbers it holds."""


async def test_each_rule_means_whom_it_says(shop: Shop) -> None:
    campaigns, known = shop
    for rules, holds in RULES:
        found = await campaigns.preview(Plan("Rule", Goal.CUSTOM, rules))
        assert found.fits == sum(holds(each.id) for each in known), rules
        assert found.size == sum(holds(each.id) and not each.reason for each in known), rules


async def test_rules_about_scores_mean_whom_they_say(shop: Shop, database: Database) -> None:
    campaigns, _ = shop
    rules = AudienceRules(
        segments=("champion", "loyal", "new"),
        min_value=500,
        churn_bands=("low", "medium"),
        ordered_days_ago_max=90,
    )
    found = await campaigns.preview(Plan("Rule", Goal.CUSTOM, rules))
    async with database.read() as connection:
        scores = (await connection.execute(select(customer_scores))).all()
    names = ("new", "one-time", "lost one-time", "champion", "cannot lose", "loyal")
    meant = [
        row
        for row in scores
        if row.segment < len(names)
        and names[row.segment] in rules.segments
        and row.value_365 >= 500
        and row.churn_band < 2
        and row.age_days - row.recency_days <= 90
    ]
    assert 0 < found.fits == len(meant) < len(scores)
    assert found.rules.value == sum(row.value_365 >= 500 for row in scores)


async def test_expectations_are_those_of_the_scores(shop: Shop, database: Database) -> None:
    campaigns, known = shop
    plan = Plan("Month", Goal.CUSTOM, offer=Offer(margin=0.4, contact_cost=5), window_days=30)
    found = await campaigns.preview(plan)
    inside = {each.id for each in known if not each.reason}
    async with database.read() as connection:
        scores = (await connection.execute(select(customer_scores))).all()
    share = found.treated / found.size
    orders = sum(row.orders_30 for row in scores if row.customer_id in inside)
    spend = sum(row.value_30 for row in scores if row.customer_id in inside)
    assert found.orders.mean == pytest.approx(orders * share, rel=1e-5)
    assert found.spend.mean == pytest.approx(spend * share, rel=1e-5)
    assert found.margin.mean == pytest.approx(found.spend.mean * 0.4)
    assert found.orders.low < found.orders.mean < found.orders.high
    assert found.cost.minor == 5 * found.treated
    assert (found.treated, found.held_out) == (
        found.size - round(found.size / 10),
        round(found.size / 10),
    )
    assert [each.value.minor for each in found.tenths] == sorted(
        (each.value.minor for each in found.tenths), reverse=True
    )
    assert sum(each.customers for each in found.tenths) == found.size
    assert found.power is not None
    assert not found.power.is_enough(found.size)


async def test_people_with_a_reason_can_be_looked_at(shop: Shop) -> None:
    campaigns, known = shop
    listed = await campaigns.audiences.some_with(EVERYBODY, Reason.OPEN_TICKET)
    meant = {each.id for each in known if each.reason == "open ticket"}
    assert len(listed) == 20
    assert {one.id for one in listed} <= meant


async def test_cross_sell_without_anything_bought_together_says_so(shop: Shop) -> None:
    campaigns, _ = shop
    plan = Plan("Mugs", Goal.CROSS_SELL, AudienceRules(likely_next="MUG"))
    with pytest.raises(NotFoundError, match="Nothing that is bought speaks for MUG"):
        await campaigns.preview(plan)
    with pytest.raises(NotFoundError, match="no product"):
        await campaigns.preview(Plan("Hats", Goal.CUSTOM, AudienceRules(bought=("HAT",))))


async def test_shop_without_scores_is_told_what_is_missing(
    database: Database, pool: ProcessPool
) -> None:
    audiences = Audiences(database, Insights(database, pool, "USD", ZONE))
    with pytest.raises(ExpectedError, match="order"):
        await audiences.preview(EVERYBODY)


@pytest.mark.parametrize(
    ("days", "weights"),
    [(15, (0.5, 0, 0)), (30, (1, 0, 0)), (60, (0.5, 0.5, 0)), (90, (0, 1, 0)), (365, (0, 0, 1))],
)
def test_window_lies_between_the_days_that_are_scored(
    days: int, weights: tuple[float, float, float]
) -> None:
    assert window_weights(days) == pytest.approx(weights)


def test_plan_that_cannot_be_is_refused_with_its_reason() -> None:
    with pytest.raises(WrongInputError, match="no segment “vip”"):
        AudienceRules(segments=("vip",))
    with pytest.raises(WrongInputError, match="whole margin"):
        Offer(margin=0.2, discount=0.3)
    with pytest.raises(WrongInputError, match="needs the product"):
        Plan("X", Goal.CROSS_SELL)
