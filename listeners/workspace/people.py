"""People and channels, and a word to one person."""

from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from listeners import markup
from listeners.slack_calls import SlackRefusedError
from listeners.views.tickets import triage_offer
from listeners.workspace.base import PAGE, Json, SlackSide

log = structlog.get_logger()

DISMISS_SECONDS = 3


@dataclass(slots=True)
class People(SlackSide):
    """Who and where, and telling somebody alone."""

    async def admins(self) -> frozenset[str]:
        """List workspace admins and owners."""
        found = await self.calls.call(self.client.users_list, limit=1000)
        return frozenset(
            str(user["id"])
            for user in found.get("members") or ()
            if (user.get("is_admin") or user.get("is_owner")) and not user.get("deleted")
        )

    async def has_left(self, user_id: str) -> bool:
        """Tell whether the workspace deactivated somebody."""
        try:
            found = await self.calls.call(self.client.users_info, user=user_id)
        except SlackRefusedError as error:
            log.info("slack.person_unreadable", user=user_id, error=error.error)
            return False
        return bool(found["user"].get("deleted"))

    async def group_members(self, group_id: str) -> frozenset[str]:
        """List a user group's members."""
        found = await self.calls.call(self.client.usergroups_users_list, usergroup=group_id)
        return frozenset(found.get("users") or ())

    async def joined_channels(self) -> list[str]:
        """List the channels the bot is in."""
        joined: list[str] = []
        cursor = None
        while True:
            page = await self.calls.call(
                self.client.conversations_list,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=PAGE,
                cursor=cursor,
            )
            channels: list[Json] = page.get("channels") or []
            joined += [str(channel["id"]) for channel in channels if channel.get("is_member")]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return joined

    async def direct_channel(self, user_id: str) -> str | None:
        """Open the direct message with a person."""
        try:
            opened = await self.calls.call(self.client.conversations_open, users=user_id)
        except SlackRefusedError as error:
            log.info("slack.person_unreachable", user=user_id, error=error.error)
            return None
        return str(opened["channel"]["id"])

    async def channel_name(self, channel: str) -> str | None:
        """Name a channel; None when Slack does not tell."""
        name = await self._channel_name(channel)
        return None if name == channel else name

    async def tell(self, user_id: str, channel: str, root_ts: str | None, sentence: str) -> bool:
        """Tell one person privately, as near to the thread as Slack allows."""
        thread_ts = root_ts if root_ts and await self._has_replies(channel, root_ts) else None
        text = markup.escape_mrkdwn(sentence)
        try:
            await self.calls.call(
                self.client.chat_postEphemeral,
                channel=channel,
                user=user_id,
                text=text,
                thread_ts=thread_ts,
            )
        except SlackRefusedError:
            return await self.tell_directly(user_id, sentence)
        return True

    async def offer_ticket(self, user_id: str, channel: str, ts: str) -> bool:
        """Ask beside the message itself; who cannot be asked there is not asked."""
        text, blocks = triage_offer(ts)
        try:
            await self.calls.call(
                self.client.chat_postEphemeral,
                channel=channel,
                user=user_id,
                text=text,
                blocks=blocks,
            )
        except SlackRefusedError as error:
            log.info("slack.person_unreachable", user=user_id, error=error.error)
            return False
        return True

    async def dismiss(self, respond_to: str) -> None:
        """Take a question away; one that stays does no harm."""
        if not respond_to:
            return
        try:
            await AsyncWebhookClient(respond_to, timeout=DISMISS_SECONDS).send_dict(
                {"delete_original": True}
            )
        except (aiohttp.ClientError, TimeoutError, SlackApiError) as error:
            log.info("slack.question_stays", error=type(error).__name__)

    async def tell_directly(self, user_id: str, sentence: str) -> bool:
        """Send a direct message."""
        channel = await self.direct_channel(user_id)
        if channel is None:
            return False
        text = markup.escape_mrkdwn(sentence)
        try:
            await self.calls.post(self.client.chat_postMessage, channel=channel, text=text)
        except SlackRefusedError as error:
            log.info("slack.person_unreachable", user=user_id, error=error.error)
            return False
        return True

    async def _has_replies(self, channel: str, root_ts: str) -> bool:
        """Tell whether the thread is one: an ephemeral in a thread of one is seen by nobody."""
        try:
            found = await self.calls.call(
                self.client.conversations_replies, channel=channel, ts=root_ts, limit=2
            )
        except SlackRefusedError:
            return False
        return len(found.get("messages") or ()) > 1
