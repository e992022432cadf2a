"""Snapshots: each file can be pasted into Slack's Block Kit Builder.

Set UPDATE_SNAPSHOTS=1 to write them anew after a change that was meant.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from listeners.views import customer_details as details
from listeners.views import customers as view
from services.customer_scores import CustomerScores, Explanation
from services.customer_search import Choice
from services.customers import CustomerProfile, OrderLine, OrderPage
from services.money import Money

SNAPSHOTS = Path(__file__).with_name("snapshots")
LAST = datetime(2026, 11, 18, 15, 52, tzinfo=UTC)
FIRST = datetime(2025, 11, 18, 14, 57, tzinfo=UTC)


def money(minor: int) -> Money:
    return Money(minor, "GBP")


PROFILE = CustomerProfile(
    id=7,
    source_id="501",
    gorgias_id=99,
    name="Anna <Smith>",
    email="anna@example.com",
    phone="+442079460000",
    country="GB",
    orders=7,
    spend=money(431_000),
    first_order_at=FIRST,
    last_order_at=LAST,
    last_orders=(
        OrderLine("581180", LAST, date(2026, 11, 18), money(22_482), money(22_482), "paid"),
        OrderLine(None, FIRST, date(2025, 11, 18), money(900), money(0), "partially_refunded"),
    ),
    open_tickets=1,
    data_as_of=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    not_scored="Not enough data: 12 days of orders, at least 180 are needed.",
)
SCORES = CustomerScores(
    run_id=3,
    as_of=date(2026, 11, 21),
    horizon_days=90,
    purchases=7,
    first_to_last_days=365,
    days_since_first=368,
    repeat_value=money(61_571),
    p_alive=0.97,
    p_no_order=0.24,
    band="low",
    orders=5.4,
    orders_lo80=2,
    orders_hi80=9,
    value=money(331_200),
    value_lo80=money(110_000),
    value_hi80=money(580_000),
    next_order=date(2027, 1, 9),
    segment="champion",
    segment_rule="recency 4-5, frequency 4-5, money 4-5",
)
SCORED = replace(PROFILE, scores=SCORES, not_scored=None, data_is_old=True)
WHY = Explanation(
    name="Anna <Smith>",
    scores=SCORES,
    method="bg-nbd 4",
    parameters={
        "season": None,
        "recalibration": {"intercept": -0.05, "slope": 0.83, "from_days": 90},
    },
    customers=4_338,
    repeat_customers=2_790,
    backtest={
        "customers": 1_685,
        "brier": 0.2141,
        "recency_rule_brier": 0.3472,
        "covered80": 0.792,
    },
)
STRANGER = replace(
    PROFILE,
    gorgias_id=None,
    name="",
    email=None,
    phone=None,
    country=None,
    orders=0,
    spend=money(0),
    first_order_at=None,
    last_order_at=None,
    last_orders=(),
    open_tickets=None,
    data_as_of=None,
)
CHOICES = (
    Choice(7, "Anna S. · a•••@example.com", 7, date(2026, 11, 18)),
    Choice(8, "Anna S. · a•••@elsewhere.example", 1, date(2026, 10, 2)),
    Choice(9, "Anne <S.>", 0, None),
)
PAGE = OrderPage(7, "Anna <Smith>", PROFILE.last_orders, 10, 23)
SHARED = view.shared_customer(PROFILE, "C1")

VIEWS: dict[str, Any] = {
    "customer_card": view.customer_card(PROFILE, "https://acme.example/app/customer/99"),
    "customer_card_scored": view.customer_card(SCORED, None),
    "customer_why": details.why_modal(WHY),
    "customer_why_untested": details.why_modal(
        replace(
            WHY,
            backtest=None,
            parameters={"season": None, "recalibration": None},
            scores=replace(SCORES, purchases=1, next_order=None),
        )
    ),
    "customer_orders": details.orders_modal(PAGE, 10),
    "customer_card_without_orders": view.customer_card(STRANGER, None),
    "customer_shared": view.shared_card(SHARED, "Lee & Co"),
    "customer_share_modal": view.share_modal(SHARED, "Lee & Co"),
    "customer_choices": view.choices("Anna", CHOICES, 3, is_complete=True),
    "customer_choices_of_many": view.choices("An", CHOICES, 50, is_complete=False),
    "customer_not_found": view.sentence("No customer with that e-mail. Try an order number."),
    "customer_problem_modal": view.problem_modal("I cannot post there."),
    "customer_waiting_modal": view.waiting_modal(),
}


def drawn(name: str) -> Any:  # noqa: ANN401 - JSON
    content = VIEWS[name]
    if isinstance(content, tuple):
        text, blocks = content
        return {"text": text, "blocks": blocks}
    return content


@pytest.mark.parametrize("name", VIEWS)
def test_view_is_as_it_was_looked_at(name: str) -> None:
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(json.dumps(drawn(name), ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert drawn(name) == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", VIEWS)
def test_every_message_has_a_text_of_its_own(name: str) -> None:
    content = drawn(name)
    if "type" not in content:
        assert content["text"].strip()


@pytest.mark.parametrize("name", ["customer_shared", "customer_share_modal", "customer_choices"])
def test_others_never_see_an_address_in_full(name: str) -> None:
    text = json.dumps(drawn(name))
    assert "anna@example.com" not in text
    assert "7946" not in text


def test_what_was_shown_is_what_is_posted() -> None:
    modal = view.share_modal(SHARED, "Lee")
    kept = view.read_metadata(modal["private_metadata"])
    assert kept == SHARED
    assert view.shared_card(kept, "Lee")[1] == modal["blocks"][1:]


@pytest.mark.parametrize("metadata", ["", "{}", "[]", "null", '{"channel": "C1"}', "Q-1"])
def test_form_of_another_version_is_out_of_date(metadata: str) -> None:
    assert view.read_metadata(metadata) is None
