"""A typed client for the Gorgias REST API.

It says of every failed write whether it certainly did not happen (`GorgiasNotDoneError`,
`GorgiasRefusedError`) or may have (`GorgiasUncertainError`), because Gorgias has no idempotency
key and what may have happened must be looked up before it is repeated. It never retries.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx
import structlog

from services.circuit import Circuit
from services.errors import ExpectedError, GorgiasUnavailableError
from services.gorgias_tickets import Json, Ticket, TicketMessage, read_message, read_ticket
from storage.budgets import Budget

log = structlog.get_logger()

BACKGROUND_SHARE = 0.6
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
NOT_FOUND = 404
CONFLICT = 409
REQUEST_TIMEOUT = 408
BAD_REQUEST = 400
REFUSED_LOGIN = (401, 403)
MOST_PAGES = 20


class GorgiasNotDoneError(GorgiasUnavailableError):
    """The call certainly had no effect. `retry_after`: seconds, where Gorgias or we know them."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class GorgiasUncertainError(GorgiasUnavailableError):
    """The write may have happened, now or within `settle_seconds`."""

    def __init__(self, sentence: str, settle_seconds: float) -> None:
        super().__init__(sentence)
        self.settle_seconds = settle_seconds


class GorgiasRefusedError(ExpectedError):
    """Gorgias understood and said no; repeating will not help. `fields` names what it disliked."""

    status = 502
    code = "gorgias_refused"

    def __init__(self, http_status: int, fields: Sequence[str] = ()) -> None:
        about = f" ({', '.join(fields)})" if fields else ""
        super().__init__(f"Gorgias refused this with HTTP {http_status}{about}.")
        self.http_status = http_status
        self.fields = tuple(fields)


CallObserver = Callable[[str, str, float], None]
"""Told operation, outcome and seconds of every call; both words come from small fixed sets."""

BudgetObserver = Callable[[float], None]
"""Told the seconds a call waited for the rate budget."""


@dataclass(frozen=True, slots=True)
class GorgiasUser:
    """An agent."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Gorgias:
    """The calls we make. `client` carries base URL, credentials and time-outs."""

    client: httpx.AsyncClient
    base_url: str
    budget: Budget
    settle_seconds: float
    """How long a write may still land after its read timed out."""
    settle_short_seconds: float
    """The same after a 5xx or a cut connection."""
    observe_call: CallObserver
    observe_wait: BudgetObserver
    circuit: Circuit = field(default_factory=Circuit)
    total_seconds: float = 30.0
    burst_share: float | None = None
    """None: a person waits, so every call reserves its turn. Otherwise calls only take what is
    free of this share of the burst, and people never wait behind them."""
    waits: bool = True
    """Whether a call waits until some of the burst is free; else it is not made."""

    def in_background(self) -> Self:
        """Return the same client for work that nobody waits for."""
        return replace(self, burst_share=BACKGROUND_SHARE)

    def if_free(self) -> Self:
        """Return the same client for what is only worth asking when nobody else asks."""
        return replace(self, burst_share=BACKGROUND_SHARE, waits=False)

    def ticket_url(self, ticket_id: int) -> str:
        """Address of the ticket for a person."""
        return f"{self.base_url}/app/ticket/{ticket_id}"

    def customer_url(self, customer_id: int) -> str:
        return f"{self.base_url}/app/customer/{customer_id}"

    async def check_account(self) -> None:
        """Ask who we are.

        Raises GorgiasRefusedError for a wrong key, GorgiasUnavailableError when unreachable.
        """
        await self._call("account", "GET", "/api/account")

    async def create_ticket(self, ticket: Mapping[str, Any]) -> Ticket:
        return read_ticket(await self._call("ticket.create", "POST", "/api/tickets", json=ticket))

    async def get_ticket(self, ticket_id: int) -> Ticket | None:
        """None when it was deleted for good."""
        try:
            found = await self._call("ticket.get", "GET", f"/api/tickets/{ticket_id}")
        except GorgiasRefusedError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise
        return read_ticket(found)

    async def update_ticket(self, ticket_id: int, changes: Mapping[str, Any]) -> Ticket:
        """Change only what `changes` names."""
        path = f"/api/tickets/{ticket_id}"
        return read_ticket(await self._call("ticket.update", "PUT", path, json=changes))

    async def find_tickets(self, external_id: str) -> list[Ticket]:
        """Look for tickets that carry exactly this external id, oldest first.

        Asked three ways at most: by the filter, and if that is empty among the newest tickets,
        since a filter's index may lag behind the list.
        """
        query: Json = {"external_id": external_id, "limit": 100, "trashed": True}
        found = await self._tickets(query, external_id)
        if not found:
            newest: Json = {"limit": 100, "order_by": "created_datetime:desc", "trashed": True}
            found = await self._tickets(newest, external_id)
        return sorted(found, key=lambda ticket: ticket.id)

    async def open_tickets(self, customer_id: int) -> int:
        """How many of a customer's newest 100 tickets are open and not in the trash."""
        query: Json = {"customer_id": customer_id, "limit": 100, "trashed": False}
        found = await self._call("ticket.list", "GET", "/api/tickets", params=query)
        tickets = [read_ticket(item) for item in _items(found)]
        return sum(ticket.status == "open" and not ticket.trashed for ticket in tickets)

    async def ticket_page(
        self, *, newest_change_first: bool, cursor: str | None = None
    ) -> tuple[list[Json], str | None]:
        """Read 100 tickets, trashed ones too, and the cursor of the next page.

        By change the newest first, else in the order of their creation. A cursor that has
        expired raises GorgiasRefusedError.
        """
        order = "updated_datetime:desc" if newest_change_first else "created_datetime:asc"
        query: Json = {"limit": 100, "order_by": order, "trashed": True}
        return await self._page("ticket.list", "/api/tickets", query, cursor)

    async def tickets_among(self, ticket_ids: Sequence[int]) -> list[Json]:
        """Read those of up to 100 tickets that still exist."""
        query: Json = {"limit": 100, "ticket_ids": list(ticket_ids), "trashed": True}
        return _items(await self._call("ticket.list", "GET", "/api/tickets", params=query))

    async def survey_page(self, cursor: str | None = None) -> tuple[list[Json], str | None]:
        """Read 100 satisfaction surveys, and the cursor of the next page."""
        path = "/api/satisfaction-surveys"
        return await self._page("survey.list", path, {"limit": 100}, cursor)

    async def add_tags(self, ticket_id: int, names: Sequence[str]) -> None:
        path = f"/api/tickets/{ticket_id}/tags"
        await self._call("tag.add", "POST", path, json={"names": list(names)})

    async def get_message(self, ticket_id: int, message_id: int) -> TicketMessage | None:
        """None when it was deleted."""
        path = f"/api/tickets/{ticket_id}/messages/{message_id}"
        try:
            return read_message(await self._call("message.get", "GET", path))
        except GorgiasRefusedError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise

    async def add_note(self, ticket_id: int, note: Mapping[str, Any]) -> None:
        path = f"/api/tickets/{ticket_id}/messages"
        await self._call("message.create", "POST", path, json=note)

    async def has_message(self, ticket_id: int, external_id: str) -> bool:
        """Whether the ticket already carries our message (there is no filter for this)."""
        query: Json = {"ticket_id": ticket_id, "limit": 100}
        found = await self._call("message.list", "GET", "/api/messages", params=query)
        return any(item.get("external_id") == external_id for item in _items(found))

    async def find_customer(self, *, email: str | None, phone: str | None) -> int | None:
        """Find the customer's id by primary e-mail, any e-mail, or phone."""
        queries: list[Json] = []
        if email:
            queries.append({"email": email.lower()})
            queries.append({"channel_type": "email", "channel_address": email.lower()})
        elif phone:
            queries.append({"channel_type": "phone", "channel_address": phone})
        for query in queries:
            found = await self._call("customer.list", "GET", "/api/customers", params=query)
            for item in _items(found):
                if not email or _has_email(item, email):
                    return int(item["id"])
        return None

    async def create_customer(self, customer: Mapping[str, Any]) -> int:
        """Create a customer; a taken e-mail raises GorgiasRefusedError with status 409."""
        made = await self._call("customer.create", "POST", "/api/customers", json=customer)
        return int(made["id"])

    async def find_user(self, email: str) -> GorgiasUser | None:
        """Find the agent with this e-mail address."""
        query = {"email": email.lower(), "limit": 5}
        found = await self._call("user.list", "GET", "/api/users", params=query)
        for item in _items(found):
            if str(item.get("email", "")).lower() == email.lower():
                return GorgiasUser(int(item["id"]), str(item.get("name") or email), email)
        return None

    async def user_emails(self) -> frozenset[str]:
        """List the e-mail addresses of all agents, in lower case."""
        emails: set[str] = set()
        query: Json = {"limit": 100}
        for _ in range(MOST_PAGES):
            found = await self._call("user.list", "GET", "/api/users", params=query)
            emails.update(str(item.get("email") or "").lower() for item in _items(found))
            cursor = ((found or {}).get("meta") or {}).get("next_cursor")
            if not cursor:
                break
            query = {"limit": 100, "cursor": cursor}
        return frozenset(emails)

    async def upload(self, name: str, media_type: str, content: bytes) -> Json:
        """Upload one private attachment and return the object to put into `attachments`."""
        files = {name: (name, content, media_type)}
        made = await self._call(
            "file.upload",
            "POST",
            "/api/upload",
            params={"type": "attachment"},
            files=files,
        )
        return dict(made[0])

    async def _page(
        self, operation: str, path: str, query: Json, cursor: str | None
    ) -> tuple[list[Json], str | None]:
        asked = {**query, "cursor": cursor} if cursor else query
        found = await self._call(operation, "GET", path, params=asked)
        meta = found.get("meta") if isinstance(found, dict) else None
        return _items(found), (meta or {}).get("next_cursor") or None

    async def _tickets(self, query: Json, external_id: str) -> list[Ticket]:
        found = await self._call("ticket.list", "GET", "/api/tickets", params=query)
        tickets = [read_ticket(item) for item in _items(found)]
        return [ticket for ticket in tickets if ticket.external_id == external_id]

    async def _call(self, operation: str, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """Make one call: circuit, budget, request, verdict."""
        wait = self.circuit.wait_seconds()
        if wait > 0:
            raise GorgiasNotDoneError("Gorgias is not answering.", retry_after=wait)
        await self._wait_for_turn()
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(self.total_seconds):
                response = await self.client.request(method, path, **request)
            outcome = str(response.status_code)
            return await self._verdict(response, reading=method == "GET")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            outcome = "unreachable"
            self.circuit.failed()
            raise GorgiasNotDoneError("Gorgias is not answering.") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            outcome = "timeout"
            self.circuit.failed()
            sentence = "Gorgias did not answer in time."
            raise _unknown(method == "GET", sentence, self.settle_seconds) from error
        except httpx.TransportError as error:
            outcome = "cut"
            self.circuit.failed()
            sentence = "Gorgias cut the connection."
            raise _unknown(method == "GET", sentence, self.settle_short_seconds) from error
        finally:
            seconds = time.perf_counter() - started
            self.observe_call(operation, outcome, seconds)
            log.debug("gorgias.called", operation=operation, outcome=outcome, seconds=seconds)

    async def _wait_for_turn(self) -> None:
        if self.burst_share is None:
            pause = await self.budget.reserve()
            self.observe_wait(pause)
            await asyncio.sleep(pause)
            return
        waited = 0.0
        while pause := await self.budget.take_if_free(self.burst_share):
            if not self.waits:
                raise GorgiasNotDoneError("Gorgias is busy with other questions.", pause)
            await asyncio.sleep(pause)
            waited += pause
        self.observe_wait(waited)

    async def _verdict(self, response: httpx.Response, *, reading: bool) -> Any:  # noqa: ANN401 - JSON
        status = response.status_code
        if status == TOO_MANY_REQUESTS:
            seconds = _retry_after(response)
            await self.budget.hold(seconds)
            raise GorgiasNotDoneError("Gorgias asks us to slow down.", retry_after=seconds)
        if status >= SERVER_ERROR or status == REQUEST_TIMEOUT:
            self.circuit.failed()
            raise _unknown(reading, f"Gorgias answered HTTP {status}.", self.settle_short_seconds)
        self.circuit.succeeded()
        if status >= BAD_REQUEST or response.is_redirect:
            raise GorgiasRefusedError(status, _refused_fields(response))
        await self._obey_fill_level(response)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            sentence = "Gorgias answered something unreadable."
            raise _unknown(reading, sentence, self.settle_short_seconds) from error

    async def _obey_fill_level(self, response: httpx.Response) -> None:
        """Others use the same account: when their calls nearly fill the bucket, we pause."""
        used, _, limit = response.headers.get("X-Gorgias-Account-Api-Call-Limit", "").partition("/")
        if used.isdigit() and limit.isdigit() and int(limit) - int(used) <= 1:
            await self.budget.hold(1 / self.budget.per_second)


def _unknown(
    reading: bool,  # noqa: FBT001 - both kinds of call end here
    sentence: str,
    settle_seconds: float,
) -> GorgiasUnavailableError:
    """Tell how a call without a usable answer ended: a read has no effect to wait for."""
    if reading:
        return GorgiasNotDoneError(sentence)
    return GorgiasUncertainError(sentence, settle_seconds)


def _items(answer: Any) -> list[Json]:  # noqa: ANN401 - JSON
    """Unwrap a list: most come in an envelope, some as a bare array."""
    return list(answer if isinstance(answer, list) else (answer or {}).get("data") or [])


def _has_email(customer: Json, email: str) -> bool:
    addresses = [customer.get("email")]
    addresses += [channel.get("address") for channel in customer.get("channels") or ()]
    return email.lower() in (str(address).lower() for address in addresses if address)


def _retry_after(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return min(60.0, float(value)) if value.isdigit() else 2.0


def _refused_fields(response: httpx.Response) -> list[str]:
    """Only the names of fields: the message may repeat what was sent."""
    try:
        error = response.json().get("error") or {}
        return sorted(str(name) for name in error.get("data") or {})[:10]
    except (ValueError, AttributeError):
        return []
