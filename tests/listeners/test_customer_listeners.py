"""What a person at Slack gets, with a real Web API client against a server that keeps count."""

import json

import pytest

from listeners import actions, modals, slash_commands
from listeners.middleware import Asker
from listeners.views import customers as view
from services.container import Services
from services.errors import NotAllowedError
from tests.listeners.slack_side import Slack
from tests.wired import BEN, GUS, Json


async def ask(services: Services, slack: Slack, text: str, user: str = BEN) -> Json:
    slack.calls.clear()
    command = {"command": "/customer", "text": text}
    asker = Asker(services, user)
    await slash_commands.run_command(slack.ack, command, slack.respond, services, asker)
    assert slack.methods == ["ack", "respond"]
    assert slack.given("ack") == {}
    answer = slack.given("respond")
    assert answer["response_type"] == "ephemeral"
    return answer


async def test_known_customer_is_shown_to_the_asker_only(services: Services, slack: Slack) -> None:
    answer = await ask(services, slack, "<mailto:anna@example.com|anna@example.com>")
    assert answer["text"] == "Anna Smith: 5 orders, £50.60 spent, 2 open tickets"


async def test_unknown_ambiguous_refused_and_empty_each_get_their_answer(
    services: Services, slack: Slack
) -> None:
    assert "Closest: Anna S." in (await ask(services, slack, "ana@example.com"))["text"]
    assert (await ask(services, slack, "smith"))["text"].startswith("4 customers match “smith”")
    refused = await ask(services, slack, "anna@example.com", GUS)
    assert refused["text"].startswith("Only the support team")
    assert (await ask(services, slack, "  "))["text"].startswith("Type /customer")
    assert "too long (3,001; limit 3,000)" in (await ask(services, slack, "x" * 3_001))["text"]


async def test_chosen_customer_replaces_the_choices(services: Services, slack: Slack) -> None:
    choices = await ask(services, slack, "smith")
    slack.calls.clear()
    action = {"value": choices["blocks"][1]["accessory"]["value"]}
    agent, guest = Asker(services, BEN), Asker(services, GUS)
    await actions.choose_customer(slack.ack, action, slack.respond, services, agent)
    answer = slack.given("respond")
    assert answer["replace_original"] is True
    assert answer["text"].startswith("Anna Smith: 5 orders")
    with pytest.raises(NotAllowedError):
        await actions.choose_customer(slack.ack, action, slack.respond, services, guest)
    assert slack.methods == ["ack", "respond", "ack"]


async def test_none_of_these_puts_the_choices_away(slack: Slack) -> None:
    await actions.none_of_these(slack.ack, slack.respond)
    assert slack.given("respond")["replace_original"] is True


async def share(services: Services, slack: Slack, channel: str, user: str) -> None:
    action = {"value": str(await services.customers.find("anna@example.com"))}
    body = {"trigger_id": "T1", "channel": {"id": channel}}
    asker = Asker(services, user)
    await actions.share_customer(slack.ack, action, body, slack.client, services, asker)


async def test_sharing_shows_first_and_then_posts_exactly_that(
    services: Services, slack: Slack
) -> None:
    await share(services, slack, "C1", BEN)
    assert slack.methods == ["ack", "views.open", "views.update"]
    shown = slack.given("views.update")
    modal = json.loads(shown["view"]) if isinstance(shown["view"], str) else shown["view"]
    slack.calls.clear()
    form, asker = {"id": "V1", **modal}, Asker(services, BEN)
    await modals.share_customer(slack.ack, form, slack.client, services, asker)
    assert slack.methods == ["chat.postMessage", "ack"]
    posted = slack.given("chat.postMessage")
    assert (posted["channel"], slack.given("ack")) == ("C1", {})
    assert posted["blocks"] == modal["blocks"][1:]
    assert "anna@example.com" not in json.dumps(posted)


async def test_nothing_is_shared_where_nobody_else_reads(services: Services, slack: Slack) -> None:
    await share(services, slack, "D1", BEN)
    shown = json.dumps(slack.given("views.update"))
    assert view.NOBODY_ELSE in shown
    assert "Anna" not in shown


async def test_guest_shares_nothing(services: Services, slack: Slack) -> None:
    await share(services, slack, "C1", GUS)
    assert slack.methods == ["ack", "views.open", "views.update"]
    assert "Only the support team" in json.dumps(slack.given("views.update"))
    slack.calls.clear()
    form = {"private_metadata": view.SharedCustomer("C1", "x", ("y",)).to_metadata()}
    await modals.share_customer(slack.ack, form, slack.client, services, Asker(services, GUS))
    assert slack.methods == ["ack"]
    assert slack.given("ack")["response_action"] == "update"


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        (view.SharedCustomer("C_PRIVATE", "x", ("y",)).to_metadata(), "I cannot post there"),
        ("an older form", "out of date"),
    ],
)
async def test_what_cannot_be_posted_is_told_in_the_form(
    services: Services, slack: Slack, metadata: str, sentence: str
) -> None:
    form = {"id": "V1", "private_metadata": metadata}
    await modals.share_customer(slack.ack, form, slack.client, services, Asker(services, BEN))
    answer = slack.given("ack")
    assert answer["response_action"] == "update"
    assert sentence in json.dumps(answer["view"])
