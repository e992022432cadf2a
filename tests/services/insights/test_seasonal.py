"""What an event did, drawn with a known effect, on both databases."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.analytics.event_lift import FIRST_ORDER, OrderRows, add_up, lift, mean_lift
from services.analytics.lifts import Lift
from services.analytics.movable_days import black_friday, easter, mothers_day
from services.analytics.segments import SEGMENTS
from services.days import to_day
from services.errors import NotFoundError
from services.insights import Insights
from services.insights.events import Event, Span, occasions
from services.insights.request import SeasonalRequest
from services.pool import ProcessPool
from storage.database import Database
from tests.services.insights.baskets_shop import open_shop
from tests.services.scoring.drawn_shop import add_orders

TWO_YEARS = Span(date(2024, 1, 1), date(2026, 4, 30))
SEGMENT = {segment.name: place for place, segment in enumerate(SEGMENTS)}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (easter(2011), date(2011, 4, 24)),
        (easter(2026), date(2026, 4, 5)),
        (black_friday(2026), date(2026, 11, 27)),
        (mothers_day(2026, "GB"), date(2026, 3, 15)),
        (mothers_day(2026, "US"), date(2026, 5, 10)),
        (mothers_day(2026, "FR"), date(2026, 5, 31)),
        (mothers_day(2020, "FR"), date(2020, 6, 7)),
        (mothers_day(2026, "NO"), date(2026, 2, 8)),
        (mothers_day(2026, "ES"), date(2026, 5, 3)),
    ],
)
def test_movable_days_are_those_of_the_calendar(day: date, expected: date) -> None:
    assert day == expected


@pytest.mark.parametrize("event", Event)
def test_usual_weeks_are_the_same_weekdays_away_from_big_events(event: Event) -> None:
    found = occasions(event, "GB", TWO_YEARS)
    assert len(found) >= 2
    for one in found:
        assert one.is_over
        assert 3 <= len(one.usual) <= 12
        for usual in one.usual:
            assert usual.days == one.span.days
            assert (usual.first - one.span.first).days % 7 == 0
            assert not usual.overlaps([one.span])
            assert not usual.overlaps([Span(date(2024, 11, 27), date(2025, 1, 1))])


def test_event_under_way_is_held_against_as_many_usual_days() -> None:
    (now,) = occasions(Event.CHRISTMAS, "GB", Span(date(2026, 6, 1), date(2026, 12, 3)))
    assert (now.span.days, now.is_over) == (7, False)
    assert {usual.days for usual in now.usual} == {7}


def test_lift_of_equal_weeks_is_one_and_its_range_as_wide_as_they_differ() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        weeks = rng.lognormal(5, 0.2, 9)
        found = lift(float(weeks[0]), weeks[1:])
        assert found is not None
        inside += found.low <= 1 <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def test_lift_needs_three_usual_weeks_and_sales() -> None:
    assert lift(5, np.array([4.0, 5.0])) is None
    assert lift(5, np.array([4.0, 5.0, 0.0])) is None
    assert lift(0, np.zeros(5), are_counts=True) is None
    found = lift(5, np.array([4.0, 5.0, 0.0]), are_counts=True)
    assert found is not None
    assert found.ratio > 1


def test_years_that_differ_widen_the_range_of_their_average() -> None:
    alike = mean_lift([Lift(2, 1.5, 2.67), Lift(2, 1.5, 2.67)], [8, 8])
    differing = mean_lift([Lift(1, 0.75, 1.33), Lift(4, 3, 5.33)], [8, 8])
    assert alike is not None
    assert differing is not None
    assert alike.ratio == pytest.approx(differing.ratio) == pytest.approx(2)
    assert differing.high / differing.low > 2 * alike.high / alike.low


def test_customers_stand_where_they_stood_the_day_before() -> None:
    """Customer 0 bought once long ago, 1 never before; -1 is a guest."""
    rows = OrderRows(
        np.array([0, 1, 0, -1, 1]),
        np.array([10, 100, 101, 102, 150]),
        np.array([True, True, True, True, True]),
        np.array([100, 200, 300, 400, 500]),
    )
    event, before = add_up(rows, [(100, 105), (5, 20)])
    assert event.orders[FIRST_ORDER] == 1
    assert event.orders[: FIRST_ORDER + 2].sum() == 3
    assert event.value[FIRST_ORDER + 1] == 400
    assert event.orders[SEGMENT["lost one-time"]] == 1
    assert before.orders[FIRST_ORDER] == 1
    assert (before.newcomers, before.returned) == (1, 0)


async def test_drawn_event_is_found_again(database: Database, pool: ProcessPool) -> None:
    """Two years with twice the orders on Black Friday, and usual weeks around it."""
    rng, orders = np.random.default_rng(3), []
    for offset in range((TWO_YEARS.last - TWO_YEARS.first).days + 1):
        day = TWO_YEARS.first + timedelta(days=offset)
        sale = any(0 <= (day - black_friday(year)).days <= 3 for year in (2024, 2025))
        who = rng.integers(1, 400, rng.poisson(20 if sale else 10)).tolist()
        orders += [(one, to_day(day), 1_000, True) for one in who]
    await add_orders(database, orders)
    shop = Insights(database, pool, "USD", ZoneInfo("UTC"))
    found = await shop.seasonal(SeasonalRequest(Event.BLACK_FRIDAY))
    assert [time.name for time in found.times] == ["Black Friday 2024", "Black Friday 2025"]
    assert found.orders is not None
    assert found.orders.low > 1.2
    assert found.orders.low < 2 < found.orders.high
    assert {"champion", "at risk", "loyal"} <= {part.name for part in found.parts}
    counted = sum(part.orders.event for part in found.parts)
    assert counted == pytest.approx(sum(time.orders.event for time in found.times) / 2)
    assert any("average of 2 times" in note for note in found.notes)
    assert (await shop.chart(found)).startswith(b"\x89PNG")


async def test_event_outside_the_orders_is_said_so(database: Database, pool: ProcessPool) -> None:
    shop = await open_shop(database, pool)
    with pytest.raises(NotFoundError, match="run from 5 Jan 2026 to 2 Apr 2026"):
        await shop.seasonal(SeasonalRequest(Event.BLACK_FRIDAY))


async def test_few_weeks_give_figures_but_no_lift(database: Database, pool: ProcessPool) -> None:
    shop = await open_shop(database, pool)
    found = await shop.seasonal(SeasonalRequest(Event.VALENTINE))
    (time,) = found.times
    assert time.orders.event == 1
    assert time.orders.lift is None
    assert found.parts == ()
    assert any("once only" in note for note in found.notes)
