from dataclasses import replace

import pytest

import commands
from commands.help import Help
from commands.people import TERMINAL, Caller
from services.container import Services
from services.customer_search import AmbiguousCustomerError
from services.errors import NotAllowedError
from tests.services.shop import open_shop
from tests.wired import Wired

GUEST = Caller(user_id="U9", name="Guest", is_admin=False, is_agent=False)


@pytest.fixture
async def services(wired: Wired) -> Services:
    return replace(wired.parts.services, customers=await open_shop(wired.parts.database))


async def test_answer_has_exactly_the_fields_of_the_contract(services: Services) -> None:
    result = await commands.answer("/customer anna@example.com", TERMINAL, services)
    found = dict(result.to_json())
    assert found.pop("data_is_old") in {True, False}
    assert found == {
        "customer_id": "501",
        "name": "Anna Smith",
        "email": "anna@example.com",
        "phone": "+442079460000",
        "orders": 5,
        "spend": 50.6,
        "currency": "GBP",
        "first_order_at": "2025-11-18T00:00:00+00:00",
        "last_order_at": "2025-11-22T00:00:00+00:00",
        "last_orders": [
            {
                "number": f"201{place}",
                "placed_at": f"2025-11-{18 + place}T00:00:00+00:00",
                "total": 10 + (10 + place) / 100,
                "spend": 10 + (10 + place) / 100,
                "status": "paid",
            }
            for place in (4, 3, 2)
        ],
        "open_tickets": 2,
        "open_tickets_as_of": None,
        "satisfaction": [],
        "data_as_of": "2026-11-22T12:00:00+00:00",
        "scores": None,
        "not_scored": "Not enough data: 12 days of orders, at least 180 are needed.",
        "likely_next": [],
    }


async def test_terminal_shows_the_whole_card(services: Services) -> None:
    text = (await commands.answer("/customer #1042", TERMINAL, services)).to_text()
    assert text.splitlines()[:5] == [
        "Anne Smith",
        "E-mail        anne.smith@example.com",
        "Phone         unknown",
        "Orders        1",
        "Spend         £50.00",
    ]
    assert "#1042 · 11 Nov 2025 · £50.00" in text


async def test_empty_question_shows_help(services: Services) -> None:
    result = await commands.answer("/customer \u200b ", TERMINAL, services)
    assert isinstance(result, Help)
    assert "/customer anna@example.com" in result.to_text()
    assert result.to_json()["commands"][0]["example"] == "/customer anna@example.com"


@pytest.mark.parametrize("text", ["", "anna@example.com", "Smith", "nobody"])
async def test_who_is_no_agent_learns_nothing(services: Services, text: str) -> None:
    with pytest.raises(NotAllowedError, match="Only the support team") as refused:
        await commands.answer(f"/customer {text}", GUEST, services)
    assert "nna" not in refused.value.sentence


async def test_several_customers_are_listed_masked(services: Services) -> None:
    with pytest.raises(AmbiguousCustomerError, match="4 customers match") as several:
        await commands.answer("/customer smith", TERMINAL, services)
    assert "z•••@example.org" in several.value.sentence
