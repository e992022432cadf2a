import pytest

from services import days
from services.errors import NotEnoughHistoryError, NotFoundError
from services.forecasts import Forecasts, words
from services.forecasts.request import By, ForecastRequest, Horizon, Metric, Offer
from services.forecasts.tables import to_csv
from storage.database import Database
from tests.services.forecasts.conftest import HISTORY_DAYS, ZONE, import_days, last_day

FOUR_WEEKS = Horizon(28, "d")
PNG = b"\x89PNG\r\n\x1a\n"


async def open_shop(database: Database, missing: int = 0) -> int:
    """Import the history, less its last days; returns the last day that was imported."""
    last = last_day() - missing
    await import_days(database, last_day() - HISTORY_DAYS + 1, last)
    return last


async def test_forecast_begins_after_the_last_complete_day_and_its_parts_add_up(
    database: Database, forecasts: Forecasts
) -> None:
    last = await open_shop(database)
    report = await forecasts.report(ForecastRequest(Metric.ORDERS, FOUR_WEEKS, By.COUNTRY))
    result = report.result
    assert report.data_until == days.to_date(last)
    assert days.to_day(report.first_day) == last + 1
    assert len(result.steps) == 28
    assert {part.name for part in result.parts} == {"GB", "DE"}
    for number, step in enumerate(result.steps):
        parts = sum(part.points[number] for part in result.parts)
        assert parts == pytest.approx(step.figure.point)
        assert 0 <= step.figure.lo95 <= step.figure.lo80 <= step.figure.point
        assert step.figure.point <= step.figure.hi80 <= step.figure.hi95
        if step.start.weekday() == 5:
            assert step.figure.hi95 == 0, "the shop is closed on Saturdays"
    assert result.total.point == pytest.approx(4 * 29, rel=0.1)
    assert result.tested is not None
    assert not result.season_known
    assert "not known yet" in words.season_sentence(report)


async def test_revenue_is_spend_in_major_units(database: Database, forecasts: Forecasts) -> None:
    first = last_day() - HISTORY_DAYS + 1
    placed = await import_days(database, first, last_day())
    report = await forecasts.report(ForecastRequest(Metric.REVENUE, FOUR_WEEKS))
    recent = {day: value for day, value in report.result.history if value}
    for day, value in recent.items():
        spent = sum(order.spend for order in placed if order.placed_day == days.to_day(day))
        assert value == pytest.approx(spent / 100)
    assert report.currency == "GBP"


async def test_day_under_way_is_no_collapse(database: Database, forecasts: Forecasts) -> None:
    today = days.today(ZONE)
    await import_days(database, last_day() - HISTORY_DAYS + 1, days.to_day(today))
    report = await forecasts.report(ForecastRequest(Metric.ORDERS, FOUR_WEEKS))
    assert report.data_until < today


async def test_same_data_give_the_same_report_at_once_and_new_data_another(
    database: Database, forecasts: Forecasts
) -> None:
    last = await open_shop(database, missing=7)
    request = ForecastRequest(Metric.ORDERS, Horizon(7, "d"))
    report = await forecasts.report(request)
    assert await forecasts.report(request) is report
    await import_days(database, last + 1, last_day())
    assert (await forecasts.report(request)).data_until > report.data_until


async def test_what_was_shown_is_held_against_what_happened(
    database: Database, forecasts: Forecasts
) -> None:
    last = await open_shop(database, missing=7)
    report = await forecasts.report(ForecastRequest(Metric.REVENUE, Horizon(7, "d")))
    await forecasts.report(report.request)
    before = await forecasts.accuracy()
    assert (before.shown, before.outcomes) == (1, ())
    assert "none has finished yet" in words.accuracy_sentence(before)
    came = await import_days(database, last + 1, last_day())
    accuracy = await forecasts.accuracy()
    (outcome,) = accuracy.outcomes
    actual = sum(order.spend for order in came) / 100
    assert outcome.actual == pytest.approx(actual)
    assert outcome.total == pytest.approx(report.result.total.point)
    assert outcome.error == pytest.approx(abs(outcome.total - actual) / actual)
    assert outcome.asked == "revenue 7d"
    assert await forecasts.compare_finished() == 0


async def test_record_without_any_forecast_teaches(forecasts: Forecasts) -> None:
    assert words.accuracy_sentence(await forecasts.accuracy()).endswith("to see one.")


async def test_customers_are_new_or_returning(database: Database, forecasts: Forecasts) -> None:
    await open_shop(database)
    report = await forecasts.report(ForecastRequest(Metric.CUSTOMERS, FOUR_WEEKS))
    assert [part.name for part in report.result.parts] == ["new", "returning"]
    total = sum(part.total.point for part in report.result.parts)
    assert total == pytest.approx(report.result.total.point)


async def test_units_are_those_of_the_product_that_is_meant(
    database: Database, forecasts: Forecasts
) -> None:
    await open_shop(database)
    request = ForecastRequest(Metric.UNITS, FOUR_WEEKS, product="mug")
    assert (await forecasts.report(request)).what == "Units of A thing"
    with pytest.raises(NotFoundError, match="no product “hat”"):
        await forecasts.report(ForecastRequest(Metric.UNITS, product="hat"))
    with pytest.raises(NotFoundError, match="Several products match “thing”: MUG"):
        await forecasts.report(ForecastRequest(Metric.UNITS, product="thing"))


async def test_promotion_without_a_past_one_says_that_its_effect_is_not_known(
    database: Database, forecasts: Forecasts
) -> None:
    await open_shop(database)
    soon = days.to_date(last_day() + 5)
    request = ForecastRequest(Metric.ORDERS, Horizon(7, "d"), promotions=(Offer(soon, soon),))
    assert "No past promotion was named" in (await forecasts.report(request)).notes[0]


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (ForecastRequest(Metric.TICKETS), "have to read every Gorgias ticket once"),
        (ForecastRequest(Metric.ORDERS, Horizon(12, "m")), "will work from 20"),
        (ForecastRequest(Metric.ORDERS, by=By.SEGMENT), "0 scored customers"),
    ],
)
async def test_what_cannot_be_forecast_is_refused_with_the_reason(
    database: Database, forecasts: Forecasts, request_: ForecastRequest, sentence: str
) -> None:
    await open_shop(database)
    with pytest.raises(Exception, match=sentence):
        await forecasts.report(request_)


async def test_empty_shop_is_refused(forecasts: Forecasts) -> None:
    with pytest.raises(NotEnoughHistoryError, match="0 days of orders"):
        await forecasts.report(ForecastRequest(Metric.ORDERS))


async def test_chart_table_and_description_tell_the_same_forecast(
    database: Database, forecasts: Forecasts
) -> None:
    await open_shop(database)
    report = await forecasts.report(ForecastRequest(Metric.REVENUE, FOUR_WEEKS, By.CHANNEL))
    assert (await forecasts.chart(report)).startswith(PNG)
    lines = to_csv(report).decode("utf-8-sig").splitlines()
    assert lines[0] == "date,point,lo80,hi80,lo95,hi95,naive,last_year,web,app"
    assert len(lines) == 29
    assert lines[1].startswith(f"{report.first_day},{report.result.steps[0].figure.point:.2f},")
    text = words.alt_text(report)
    assert text.startswith("Line chart of revenue by day: history until ")
    assert words.figure(report.result.total.point, "GBP") in text
    assert words.last_year_sentence(report) == (
        "There are no figures of a year ago to compare with."
    )
