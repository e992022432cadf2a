"""What to expect of a customer, why, and all of their orders, on both databases."""

from zoneinfo import ZoneInfo

import pytest

from services.customers import Customers
from services.errors import NotEnoughHistoryError
from services.pool import ProcessPool
from services.scoring import Scoring
from storage.cache import Cache, Outcome, Unobserved
from storage.database import Database
from tests.services.scoring.drawn_shop import add_orders, small_shop
from tests.services.shop import Helpdesk, open_shop


@pytest.fixture
async def customers(database: Database) -> Customers:
    return await open_shop(database)


async def test_short_history_says_how_much_is_needed(customers: Customers) -> None:
    anna = await customers.find("anna@example.com")
    profile = await customers.profile(anna)
    needed = "Not enough data: 12 days of orders, at least 180 are needed."
    assert (profile.scores, profile.not_scored) == (None, needed)
    with pytest.raises(NotEnoughHistoryError, match="at least 180"):
        await customers.explain(anna)


async def test_scored_customer_has_expectations_and_a_reason(
    database: Database, pool: ProcessPool
) -> None:
    await add_orders(database, small_shop())
    customers = Customers(database, Helpdesk(), Cache(), currency="GBP", country="GB")
    assert "regulars score" in str((await customers.profile(1)).not_scored)
    run = await Scoring(database, pool, currency="GBP", zone=ZoneInfo("Europe/London")).refresh()
    profile = await customers.profile(1)
    assert profile.scores is not None
    assert profile.scores.run_id == run.id
    assert profile.scores.value_lo80.minor <= profile.scores.value_hi80.minor
    assert profile.scores.purchases >= 1
    why = await customers.explain(1)
    assert (why.scores, why.customers) == (profile.scores, run.customers)


async def test_orders_are_turned_page_by_page(customers: Customers, database: Database) -> None:
    await add_orders(database, [(9_000, day, 100, True) for day in range(20_000, 20_023)], 500)
    first = await customers.order_page(9_000)
    assert (len(first.lines), first.total, first.next_offset) == (10, 23, 10)
    last = await customers.order_page(9_000, 20)
    assert (len(last.lines), last.next_offset) == (3, None)
    assert last.lines[-1].day < first.lines[0].day


class Asked(Unobserved):
    """How often each kind of answer was remembered or not."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, Outcome]] = []

    def cache_asked(self, namespace: str, outcome: Outcome) -> None:
        self.outcomes.append((namespace, outcome))


async def test_why_nobody_is_scored_is_counted_once_for_each_state_of_the_orders(
    database: Database,
) -> None:
    await open_shop(database)
    asked = Asked()
    customers = Customers(database, Helpdesk(), Cache(asked), currency="GBP", country="GB")
    said = {(await customers.profile(number)).not_scored for number in (1, 2, 1)}
    assert len(said) == 1
    assert None not in said
    counted = [outcome for name, outcome in asked.outcomes if name == "not_scored"]
    assert counted == ["miss", "memory", "memory"]
