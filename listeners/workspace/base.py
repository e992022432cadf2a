"""What every part of the Slack side works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from listeners import readings
from listeners.files import SlackFiles
from listeners.slack_calls import SlackCalls, SlackRefusedError
from services.ports import Person

log = structlog.get_logger()

Json = Mapping[str, Any]

PAGE = 200


@dataclass(slots=True)
class BotIdentity:
    """Who we are in Slack; empty until Slack has told us."""

    team_id: str = ""
    user_id: str = ""


@dataclass(slots=True)
class SlackSide:
    """The calls, who we are, and names that were read before."""

    calls: SlackCalls
    client: AsyncWebClient
    files: SlackFiles
    bot: BotIdentity
    _channel_names: dict[str, str] = field(default_factory=dict)
    _person_names: dict[str, str] = field(default_factory=dict)

    async def person(self, user_id: str) -> Person:
        """Read one person; who cannot be read is treated as an outsider."""
        try:
            found = await self.calls.call(self.client.users_info, user=user_id)
        except SlackRefusedError as error:
            log.info("slack.person_unreadable", user=user_id, error=error.error)
            return Person(user_id, "Somebody", None, False, True, False, False)
        return readings.person_of({**found["user"], "id": user_id}, self.bot.team_id)

    async def _person_name(self, user_id: str) -> str:
        if user_id not in self._person_names:
            self._person_names[user_id] = (await self.person(user_id)).name
        return self._person_names[user_id]

    async def _channel_name(self, channel: str) -> str:
        if channel not in self._channel_names:
            try:
                found = await self.calls.call(self.client.conversations_info, channel=channel)
            except SlackRefusedError:
                return channel
            self._channel_names[channel] = str(found["channel"].get("name") or "direct message")
        return self._channel_names[channel]
