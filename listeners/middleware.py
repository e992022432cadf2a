"""What every listener gets beside Bolt's own arguments: `services` and `caller`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from commands.people import Caller
from services.container import Services


@dataclass(frozen=True, slots=True)
class GiveServices:
    """Puts the services, and who is asking, where Bolt looks for listener arguments."""

    services: Services

    async def __call__(
        self,
        context: AsyncBoltContext,
        body: Mapping[str, Any],
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """Name what listeners may ask for; who is asking is looked up only when they do."""
        context["services"] = self.services
        context["asker"] = Asker(self.services, _user_id(body))
        return await next()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who sent a request; what they may do is asked of Slack after the acknowledgement."""

    services: Services
    user_id: str

    async def caller(self) -> Caller:
        """Look the person up. Slack may be slow: acknowledge first."""
        person = await self.services.people.get(self.user_id)
        return Caller(
            user_id=person.id,
            name=person.name,
            is_admin=self.services.people.is_admin(person),
            is_agent=await self.services.people.is_agent(person),
        )


def _user_id(body: Mapping[str, Any]) -> str:
    user: Mapping[str, Any] = body.get("user") or {}
    event: Mapping[str, Any] = body.get("event") or {}
    return str(body.get("user_id") or user.get("id") or event.get("user") or "")
