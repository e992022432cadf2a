"""One way to call somebody's HTTP API: circuit, rate budget, time-out, and what a failure means.

Of a failed write it says whether it certainly did not happen (NotDoneError, RefusedError) or may
have (UncertainError). It never retries.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog

from services.circuit import Circuit
from services.errors import ExpectedError, UnavailableError
from storage.budgets import Budget

log = structlog.get_logger()

TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
REQUEST_TIMEOUT = 408
BAD_REQUEST = 400
REFUSED_LOGIN = (401, 403)
LONGEST_WAIT_SECONDS = 120.0
USUAL_WAIT_SECONDS = 2.0

CallObserver = Callable[[str, str, float], None]
"""Told operation, outcome and seconds of every call; both words come from small fixed sets."""


class NotDoneError(UnavailableError):
    """The call certainly had no effect. `retry_after`: seconds, where they are known."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class UncertainError(UnavailableError):
    """The write may have happened, or may still happen within seconds."""


class RefusedError(ExpectedError):
    """Understood and refused; repeating will not help."""

    status = 502
    code = "refused"

    def __init__(self, sentence: str, http_status: int) -> None:
        super().__init__(sentence)
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class HttpApi:
    """The calls to one account. `client` carries base URL, credentials and time-outs."""

    name: str
    """As people say it."""
    client: httpx.AsyncClient
    observe: CallObserver
    budget: Budget | None = None
    """None: the API tells how much is left, and whoever calls keeps to that."""
    circuit: Circuit = field(default_factory=Circuit)
    total_seconds: float = 60.0

    async def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        is_read: bool | None = None,
        **request: Any,  # noqa: ANN401 - httpx's own
    ) -> Any:  # noqa: ANN401 - JSON
        """Make one call and return its JSON, or None for an empty answer."""
        reading = method == "GET" if is_read is None else is_read
        if (wait := self.circuit.wait_seconds()) > 0:
            raise NotDoneError(f"{self.name} is not answering.", wait)
        if self.budget is not None:
            await asyncio.sleep(await self.budget.reserve())
        started, outcome = time.perf_counter(), "cancelled"
        try:
            async with asyncio.timeout(self.total_seconds):
                response = await self.client.request(method, path, **request)
            outcome = str(response.status_code)
            return await self._verdict(response, reading=reading)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            outcome = "unreachable"
            self.circuit.failed()
            raise NotDoneError(f"{self.name} is not answering.") from error
        except (httpx.TimeoutException, TimeoutError) as error:
            outcome = "timeout"
            self.circuit.failed()
            raise _failed(f"{self.name} did not answer in time.", reading=reading) from error
        except httpx.TransportError as error:
            outcome = "cut"
            self.circuit.failed()
            raise _failed(f"{self.name} cut the connection.", reading=reading) from error
        finally:
            self.observe(operation, outcome, time.perf_counter() - started)

    async def _verdict(self, response: httpx.Response, *, reading: bool) -> Any:  # noqa: ANN401 - JSON
        status = response.status_code
        if status == TOO_MANY_REQUESTS:
            seconds = _retry_after(response)
            if self.budget is not None:
                await self.budget.hold(seconds)
            raise NotDoneError(f"{self.name} asks us to slow down.", seconds)
        if status >= SERVER_ERROR or status == REQUEST_TIMEOUT:
            self.circuit.failed()
            raise _failed(f"{self.name} answered HTTP {status}.", reading=reading)
        self.circuit.succeeded()
        if status >= BAD_REQUEST or response.is_redirect:
            log.warning("api.refused", api=self.name, status=status)
            raise RefusedError(f"{self.name} refused this with HTTP {status}.", status)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise _failed(f"{self.name} answered something unreadable.", reading=reading) from error


def _failed(sentence: str, *, reading: bool) -> UnavailableError:
    """Give the error of a call without an answer: a read has no effect to be unsure of."""
    return NotDoneError(sentence) if reading else UncertainError(sentence)


def _retry_after(response: httpx.Response) -> float:
    value = response.headers.get("Retry-After", "")
    return min(LONGEST_WAIT_SECONDS, float(value)) if value.isdigit() else USUAL_WAIT_SECONDS
