"""Naming a ticket's customer in the form of its card."""

import pytest

from listeners import tickets
from listeners.middleware import Asker
from listeners.views import tickets as view
from services.container import Services
from services.tickets.intake import Intake, Press
from tests.listeners.slack_side import Slack
from tests.wired import BEN, Json


async def name(
    services: Services, slack: Slack, text: str, metadata: str = "C1:1700000000.000100"
) -> Json:
    values = {view.NAME_CUSTOMER_BLOCK: {view.NAME_CUSTOMER_INPUT: {"value": text}}}
    form = {"id": "V1", "private_metadata": metadata, "state": {"values": values}}
    body = {"team": {"id": "T1"}, "view": form}
    await tickets.name_customer(slack.ack, body, services, Asker(services, BEN))
    return dict(slack.given("ack"))


@pytest.mark.parametrize("typed", ["anna@example.com", "#EU-77", "Bob O'Brien", "501"])
async def test_customer_is_named_by_whatever_customer_takes(
    services: Services, slack: Slack, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    pressed: list[Press] = []

    async def press(_intake: Intake, one: Press, **_more: str) -> None:
        pressed.append(one)

    monkeypatch.setattr(Intake, "press", press)
    assert await name(services, slack, typed) == {}
    (one,) = pressed
    assert one.value == str(await services.customers.find(typed))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("smith", "4 customers match"),
        ("nobody@nowhere.example", "No customer with that e-mail."),
        ("\u200b", "No customer with that"),
    ],
)
async def test_whom_the_form_cannot_name_it_says_why(
    services: Services, slack: Slack, typed: str, sentence: str
) -> None:
    told = await name(services, slack, typed)
    assert told["response_action"] == "errors"
    assert told["errors"][view.NAME_CUSTOMER_BLOCK].startswith(sentence)


async def test_form_of_another_version_names_nobody(services: Services, slack: Slack) -> None:
    told = await name(services, slack, "501", metadata="?")
    assert told["errors"][view.NAME_CUSTOMER_BLOCK] == tickets.OUT_OF_DATE
