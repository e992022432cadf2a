"""How many tickets of a customer are open: asked of Gorgias, bounded in time."""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from services.customers import OpenTickets
from services.errors import GorgiasUnavailableError
from services.gorgias import Gorgias, GorgiasRefusedError
from storage.customers import Customer

log = structlog.get_logger()

SECONDS = 2.0
MOST_SPARE = 2
REST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class GorgiasTickets:
    """Answers within two seconds or says that it does not know."""

    gorgias: Gorgias

    async def count_open(self, customer: Customer) -> int | None:
        """Count open tickets; None when Gorgias did not answer in time."""
        try:
            async with asyncio.timeout(SECONDS):
                gorgias_id = customer.gorgias_id or await self.gorgias.find_customer(
                    email=customer.email, phone=customer.phone
                )
                return 0 if gorgias_id is None else await self.gorgias.open_tickets(gorgias_id)
        except (TimeoutError, GorgiasUnavailableError, GorgiasRefusedError) as error:
            log.info("customer.tickets_unknown", reason=type(error).__name__)
            return None


@dataclass(slots=True)
class SpareGorgiasTickets:
    """Asks for programs: only what is free of the budget, two questions at a time.

    After a question without an answer none is asked for a moment: it would cost each of many
    callers as much as the rest of their answer.
    """

    tickets: OpenTickets
    rest_seconds: float = REST_SECONDS
    _asking: int = field(default=0, init=False)
    _rests_until: float = field(default=0.0, init=False)

    async def count_open(self, customer: Customer) -> int | None:
        """Count open tickets; None at once when others are being asked for."""
        if self._asking >= MOST_SPARE or time.monotonic() < self._rests_until:
            return None
        self._asking += 1
        try:
            count = await self.tickets.count_open(customer)
        finally:
            self._asking -= 1
        if count is None:
            self._rests_until = time.monotonic() + self.rest_seconds
        return count
