"""How many tickets of a customer are open: asked of Gorgias, bounded in time."""

import asyncio
from dataclasses import dataclass

import structlog

from services.errors import GorgiasUnavailableError
from services.gorgias import Gorgias, GorgiasRefusedError
from storage.customers import Customer

log = structlog.get_logger()

SECONDS = 2.0


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
