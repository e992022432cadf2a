"""What the bot finds around itself in Slack: scopes, channels, people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from listeners.readings import person_of
from listeners.slack_calls import Method, SlackCalls, SlackRefusedError
from listeners.workspace import BotIdentity
from services.errors import NotAllowedError
from services.ports import ChannelSeen, Person

Json = Mapping[str, Any]

PAGE = 200
MOST_CHANNELS = 1_000
MOST_PEOPLE = 5_000
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class SlackSurroundings:
    """Implements `services.ports.Surroundings`."""

    calls: SlackCalls
    client: AsyncWebClient
    bot: BotIdentity

    async def granted_scopes(self) -> frozenset[str]:
        """Read the header in which Slack says what the token may do."""
        answer = await self.calls.call(self.client.auth_test)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        scopes = str(headers.get("x-oauth-scopes") or "")
        return frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())

    async def channels(self) -> list[ChannelSeen]:
        """List channels by name."""
        found = await self._pages(
            self.client.conversations_list,
            "channels",
            MOST_CHANNELS,
            types="public_channel,private_channel",
            exclude_archived=True,
        )
        seen = [
            ChannelSeen(
                id=str(channel["id"]),
                name=str(channel.get("name") or channel["id"]),
                is_private=bool(channel.get("is_private")),
                is_member=bool(channel.get("is_member")),
            )
            for channel in found
        ]
        return sorted(seen, key=lambda channel: channel.name)

    async def members(self) -> list[Person]:
        """List people; Slack's own bot does not call itself one."""
        found = await self._pages(self.client.users_list, "members", MOST_PEOPLE)
        people = [
            person_of(user, self.bot.team_id)
            for user in found
            if not user.get("deleted") and user.get("id") != SLACKBOT
        ]
        return [person for person in people if not person.is_bot]

    async def _pages(self, method: Method, name: str, most: int, **arguments: Any) -> list[Json]:  # noqa: ANN401 - JSON
        found: list[Json] = []
        cursor = None
        while len(found) < most:
            try:
                page = await self.calls.call(method, limit=PAGE, cursor=cursor, **arguments)
            except SlackRefusedError as error:
                raise NotAllowedError(
                    f"Slack does not let me look ({error.error}). Install the app again at "
                    "api.slack.com/apps → OAuth & Permissions.",
                ) from error
            found += page.get(name) or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return found[:most]
