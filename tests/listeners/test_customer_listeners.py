"""What a person at Slack gets, with a real Web API client against a server that keeps count."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from commands.people import Caller
from listeners import actions, modals, slash_commands
from listeners.views import customers as view
from services.customers import Customers
from services.errors import NotAllowedError
from storage.database import Database
from tests.services.shop import open_shop


@dataclass
class Recorder:
    """Stands where Bolt puts `ack` and `respond`; keeps what they were given."""

    calls: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, **arguments: Any) -> None:  # noqa: ANN401 - as Bolt's own
        self.calls.append(arguments)


@dataclass(frozen=True)
class Asker:
    is_agent: bool = True
    user_id: str = "U1"

    async def caller(self) -> Caller:
        return Caller(user_id="U1", name="Lee", is_admin=False, is_agent=self.is_agent)


@dataclass(frozen=True)
class Gorgias:
    def customer_url(self, customer_id: int) -> str:
        return f"https://acme.example/app/customer/{customer_id}"


@dataclass(frozen=True)
class Services:
    customers: Customers
    gorgias: Gorgias = Gorgias()


@dataclass
class Slack:
    """A Web API that accepts everything, except posts where the bot is not a member."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        sent = await request.json() if request.can_read_body else {}
        self.calls.append((method, sent))
        if sent.get("channel") == "C_PRIVATE":
            return web.json_response({"ok": False, "error": "not_in_channel"})
        return web.json_response({"ok": True, "view": {"id": "V1"}, "ts": "1.1"})


@pytest.fixture
async def services(database: Database) -> Services:
    return Services(await open_shop(database))


@pytest.fixture
async def slack() -> Slack:
    return Slack()


@pytest.fixture
async def client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    app = web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    async with TestServer(app) as server:
        yield AsyncWebClient("xoxb-test", base_url=f"{server.make_url('/api/')}", retry_handlers=[])


async def ask(services: Any, text: str, asker: Asker | None = None) -> dict[str, Any]:  # noqa: ANN401
    ack, respond = Recorder(), Recorder()
    command = {"command": "/customer", "text": text}
    await slash_commands.run_command(ack, command, respond, services, asker or Asker())
    assert ack.calls == [{}]
    (answer,) = respond.calls
    assert answer["response_type"] == "ephemeral"
    return answer


async def test_known_customer_is_shown_to_the_asker_only(services: Services) -> None:
    answer = await ask(services, "<mailto:anna@example.com|anna@example.com>")
    assert answer["text"] == "Anna Smith: 5 orders, £50.60 spent, 2 open tickets"


async def test_unknown_ambiguous_refused_and_empty_each_get_their_answer(
    services: Services,
) -> None:
    assert "Closest: Anna S." in (await ask(services, "ana@example.com"))["text"]
    assert (await ask(services, "smith"))["text"].startswith("4 customers match “smith”")
    refused = await ask(services, "anna@example.com", Asker(is_agent=False))
    assert refused["text"].startswith("Only the support team")
    assert (await ask(services, "  "))["text"].startswith("Type /customer")
    assert "too long (3,001; limit 3,000)" in (await ask(services, "x" * 3_001))["text"]


async def test_chosen_customer_replaces_the_choices(services: Services) -> None:
    choices = await ask(services, "smith")
    value = choices["blocks"][1]["accessory"]["value"]
    ack, respond = Recorder(), Recorder()
    await actions.choose_customer(ack, {"value": value}, respond, services, Asker())
    (answer,) = respond.calls
    assert answer["replace_original"] is True
    assert answer["text"].startswith("Anna Smith: 5 orders")
    with pytest.raises(NotAllowedError):
        await actions.choose_customer(
            ack, {"value": value}, respond, services, Asker(is_agent=False)
        )


async def test_none_of_these_puts_the_choices_away() -> None:
    respond = Recorder()
    await actions.none_of_these(Recorder(), respond)
    assert respond.calls[0]["replace_original"] is True


async def share(services: Services, client: AsyncWebClient, channel: str, asker: Asker) -> None:
    own_id = str(await services.customers.find("anna@example.com"))
    body = {"trigger_id": "T1", "channel": {"id": channel}}
    await actions.share_customer(Recorder(), {"value": own_id}, body, client, services, asker)


async def test_sharing_shows_first_and_then_posts_exactly_that(
    services: Services, client: AsyncWebClient, slack: Slack
) -> None:
    await share(services, client, "C1", Asker())
    (opened, _), (updated, shown) = slack.calls
    assert (opened, updated) == ("views.open", "views.update")
    modal = json.loads(shown["view"]) if isinstance(shown["view"], str) else shown["view"]
    ack = Recorder()
    await modals.share_customer(ack, modal, client, Asker())
    method, posted = slack.calls[-1]
    assert (method, posted["channel"], ack.calls) == ("chat.postMessage", "C1", [{}])
    assert posted["blocks"] == modal["blocks"][1:]
    assert "anna@example.com" not in json.dumps(posted)


async def test_guest_shares_nothing(
    services: Services, client: AsyncWebClient, slack: Slack
) -> None:
    await share(services, client, "C1", Asker(is_agent=False))
    shown = json.dumps(slack.calls[-1][1])
    assert "Only the support team" in shown
    metadata = view.SharedCustomer("C1", "x", ("y",)).to_metadata()
    ack = Recorder()
    await modals.share_customer(ack, {"private_metadata": metadata}, client, Asker(is_agent=False))
    assert ack.calls[0]["response_action"] == "update"
    assert [method for method, _ in slack.calls] == ["views.open", "views.update"]


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        (view.SharedCustomer("C_PRIVATE", "x", ("y",)).to_metadata(), "I cannot post there"),
        ("an older form", "out of date"),
    ],
)
async def test_what_cannot_be_posted_is_told_in_the_form(
    client: AsyncWebClient, metadata: str, sentence: str
) -> None:
    ack = Recorder()
    await modals.share_customer(ack, {"private_metadata": metadata}, client, Asker())
    (answer,) = ack.calls
    assert answer["response_action"] == "update"
    assert sentence in json.dumps(answer["view"])
