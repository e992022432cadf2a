from datetime import date

import pytest

from commands.forecast import ForecastCommand, chosen, offers_of, parse
from services.errors import WrongInputError
from services.forecasts.request import By, ForecastRequest, Horizon, Metric, Offer

BLACK_FRIDAY = Offer(date(2026, 11, 27), date(2026, 11, 30))
ONE_DAY = Offer(date(2025, 11, 28), date(2025, 11, 28))


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("revenue", ForecastRequest(Metric.REVENUE)),
        ("revenue 8w", ForecastRequest(Metric.REVENUE, Horizon(8, "w"))),
        ("Revenue next 8 weeks", ForecastRequest(Metric.REVENUE, Horizon(8, "w"))),
        ("sales for the coming 90 days", ForecastRequest(Metric.REVENUE, Horizon(90, "d"))),
        ("orders 6m by country", ForecastRequest(Metric.ORDERS, Horizon(6, "m"), By.COUNTRY)),
        (
            "orders by channels 6 months",
            ForecastRequest(Metric.ORDERS, Horizon(6, "m"), By.CHANNEL),
        ),
        ("customers 28d", ForecastRequest(Metric.CUSTOMERS, Horizon(28, "d"))),
        ("revenue 1y", ForecastRequest(Metric.REVENUE, Horizon(12, "m"))),
        ("revenue next quarter", ForecastRequest(Metric.REVENUE, Horizon(3, "m"))),
        ("revenue 2q", ForecastRequest(Metric.REVENUE, Horizon(6, "m"))),
        ("revenue for the coming year", ForecastRequest(Metric.REVENUE, Horizon(12, "m"))),
        ("orders next month", ForecastRequest(Metric.ORDERS, Horizon(1, "m"))),
        (
            "units day cream next week",
            ForecastRequest(Metric.UNITS, Horizon(1, "w"), product="day cream"),
        ),
        ("units 8w", ForecastRequest(Metric.UNITS, Horizon(8, "w"))),
        ("units MUG-1 90d", ForecastRequest(Metric.UNITS, Horizon(90, "d"), product="MUG-1")),
        ("units 22423 8w", ForecastRequest(Metric.UNITS, Horizon(8, "w"), product="22423")),
        ("units red mug", ForecastRequest(Metric.UNITS, product="red mug")),
        ("tickets 4w", ForecastRequest(Metric.TICKETS, Horizon(4, "w"))),
        (
            "revenue 8w by product promo 2025-11-28, 2026-11-27..2026-11-30",
            ForecastRequest(
                Metric.REVENUE, Horizon(8, "w"), By.PRODUCT, promotions=(ONE_DAY, BLACK_FRIDAY)
            ),
        ),
    ],
)
def test_typed_words_are_understood(typed: str, request_: ForecastRequest) -> None:
    command = parse(typed)
    assert command == ForecastCommand("forecast", request_)
    assert parse(request_.text) == command


@pytest.mark.parametrize("typed", ["", "help", "?"])
def test_nothing_or_help_asks_for_help(typed: str) -> None:
    assert parse(typed) == ForecastCommand("help")


def test_accuracy_asks_for_the_record() -> None:
    assert parse("Accuracy") == ForecastCommand("accuracy")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("revenu 8w", "Did you mean /forecast revenue?"),
        ("acuracy", "Did you mean /forecast accuracy?"),
        ("xyzzy", "Known: revenue, orders, customers, units, tickets, accuracy."),
        ("revenue 8w by countri", "Did you mean by country?"),
        ("revenue by", "Known: by segment, product, channel, country."),
        ("revenue 8w 6m", "Two horizons are one too many"),
        ("revenue 0d", "A horizon has 1 to 366 days, not 0."),
        ("revenue 105w", "A horizon has 1 to 104 weeks, not 105."),
        ("revenue 9000d", "1 to 366 days, not 9,000"),
        ("revenue 8w please now", "I did not understand “please now”"),
        ("revenue -3w", "I did not understand “-3w”"),
        ("revenue 1.5m", "I did not understand “1.5m”"),
        ("orders 8w by product", "would not add up"),
        ("customers 8w by country", "can be divided by segment"),
        ("units MUG by product", "One product cannot be divided by product."),
        ("revenue promo", "Write the days of the promotion"),
        ("revenue promo tomorrow", "“tomorrow” is not a day"),
        ("revenue promo 2026-02-30", "“2026-02-30” is not a day"),
        ("revenue promo 2026-11-30..2026-11-27", "ends before it starts"),
        (f"units {'x' * 101}", "too long for a product"),
    ],
)
def test_what_is_not_understood_gets_one_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(WrongInputError) as refused:
        parse(typed)
    assert sentence in refused.value.sentence


def test_form_is_read_like_what_is_typed() -> None:
    offers = offers_of("2026-11-27..2026-11-30")
    command = chosen("units", "6m", "country", " MUG-1 ", offers)
    assert command.request == ForecastRequest(
        Metric.UNITS, Horizon(6, "m"), By.COUNTRY, "MUG-1", (BLACK_FRIDAY,)
    )
    whole = chosen("revenue", "28d", "", "", ()).request
    assert whole == ForecastRequest(Metric.REVENUE, Horizon(28, "d"))


def test_form_refuses_one_product_of_anything_but_units() -> None:
    with pytest.raises(WrongInputError, match="choose Units"):
        chosen("revenue", "28d", "", "MUG-1", ())
