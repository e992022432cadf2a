import pytest

from commands.campaign import CampaignRequest, parse, plan_of
from services.campaigns.plan import Goal
from services.errors import WrongInputError


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", CampaignRequest("plan")),
        ("help", CampaignRequest("help")),
        ("list", CampaignRequest("list")),
        ("3", CampaignRequest("show", 3)),
        ("#3", CampaignRequest("show", 3)),
        ("results 12", CampaignRequest("act", 12, "results")),
        ("duplicate 2", CampaignRequest("act", 2, "copy")),
        ("Winback", CampaignRequest("plan", goal=Goal.WINBACK)),
        ("draft growth", CampaignRequest("draft", goal=Goal.GROWTH)),
        (
            'custom countries=GB name="Best of" min-value=50',
            CampaignRequest(
                "plan",
                goal=Goal.CUSTOM,
                options=(("country", "GB"), ("name", "Best of"), ("min_value", "50")),
            ),
        ),
    ],
)
def test_typed_words_are_understood(typed: str, request_: CampaignRequest) -> None:
    assert parse(typed) == request_


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("winbak", "Did you mean /campaign winback?"),
        ("xyzzy", "/campaign help shows what there is."),
        ("results", "plain digits"),
        ("results -1", "plain digits"),
        ("stop 99999999999", "must be between 1 and"),
        ("winback GB", "Write name=value"),
        ("winback contry=GB", "Did you mean country=…?"),
        ("winback country=", "has no value"),
        ('winback name="x', "quotation mark"),
        ("draft list", "Say what to draft"),
    ],
)
def test_what_is_not_understood_changes_nothing_and_says_why(typed: str, sentence: str) -> None:
    with pytest.raises(WrongInputError, match=r".") as refused:
        parse(typed)
    assert sentence in refused.value.sentence


def test_options_change_what_is_usual_for_the_goal() -> None:
    typed = (
        "winback country=GB,DE segment=Lost-One-Time min_value=12.50 holdout=20% margin=35 "
        "discount=0.1 cost=0.05 lift=2% window=60 contacted=0"
    )
    with pytest.raises(WrongInputError, match="no segment “lost-one-time”"):
        plan_of(parse(typed), "GBP")
    plan = plan_of(parse(typed.replace("Lost-One-Time", "Champion,loyal")), "GBP")
    assert plan.rules.segments == ("champion", "loyal")
    assert plan.rules.churn_bands == ("high",)
    assert plan.rules.countries == ("GB", "DE")
    assert plan.rules.min_value == 1250
    assert (plan.holdout, plan.window_days) == (0.2, 60)
    assert (plan.offer.margin, plan.offer.discount, plan.offer.contact_cost) == (0.35, 0.1, 5.0)
    assert plan.offer.smallest_lift == 0.02
    assert plan.suppression.contacted_days == 0


def test_options_may_come_in_any_order() -> None:
    offer = plan_of(parse("winback discount=50% margin=60%"), "GBP").offer
    assert (offer.margin, offer.discount) == (0.6, 0.5)
    with pytest.raises(WrongInputError, match="takes the whole margin"):
        plan_of(parse("winback discount=50%"), "GBP")


def test_bounds_that_exclude_each_other_are_told_without_minor_units() -> None:
    with pytest.raises(WrongInputError, match="The least value is above the most"):
        plan_of(parse("winback min_value=500 max_value=100"), "GBP")


@pytest.mark.parametrize("value", ["", "NaN", "inf", "-5", "1e30", "12,5"])
def test_amounts_that_are_none_are_refused(value: str) -> None:
    with pytest.raises(WrongInputError):
        plan_of(parse(f'custom "min_value={value}"'), "EUR")


def test_currency_without_cents_has_none() -> None:
    assert plan_of(parse("custom min_value=500 cost=5"), "JPY").rules.min_value == 500
