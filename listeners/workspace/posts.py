"""Posting into threads: the card, an agent's words, announcements, our own marks."""

from dataclasses import dataclass
from typing import Any

import structlog

from listeners import markup
from listeners.slack_calls import Method, SlackRefusedError, SlackUnavailableError
from listeners.views.tickets import agent_message, ticket_card
from listeners.workspace.base import PAGE, Json, SlackSide
from services.cards import AgentMessage, TicketCard
from services.errors import ChannelClosedError, NotAllowedError

log = structlog.get_logger()

OUR_POST = "regulars_ticket_card"
CLOSED = frozenset({"not_in_channel", "channel_not_found", "is_archived"})


@dataclass(slots=True)
class Posts(SlackSide):
    """What we put where others see it, each thing once."""

    async def find_posted(self, channel: str, thread_ts: str | None, key: str) -> str | None:
        """Look through the thread, or the direct message, for a post of ours with this key."""
        cursor = None
        while True:
            page = await self._read_page(channel, thread_ts, cursor)
            for message in page.get("messages") or ():
                metadata: Json = message.get("metadata") or {}
                payload: Json = metadata.get("event_payload") or {}
                if metadata.get("event_type") == OUR_POST and payload.get("key") == key:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None

    async def _read_page(self, channel: str, thread_ts: str | None, cursor: str | None) -> Any:  # noqa: ANN401 - JSON
        page = {"limit": PAGE, "cursor": cursor, "include_all_metadata": True}
        try:
            if thread_ts is None:
                return await self.calls.call(
                    self.client.conversations_history, channel=channel, **page
                )
            return await self.calls.call(
                self.client.conversations_replies, channel=channel, ts=thread_ts, **page
            )
        except SlackRefusedError as error:
            if error.error == "thread_not_found":
                return {}
            if error.error in CLOSED:
                raise _refusal(error) from error
            raise SlackUnavailableError("Slack refused to show the thread.") from error

    async def post_card(self, card: TicketCard) -> str:
        """Post the card into its thread; raises NotAllowedError where it may not stand."""
        text, blocks = ticket_card(card)
        try:
            posted = await self.calls.post(
                self.client.chat_postMessage,
                channel=card.card_channel,
                thread_ts=card.card_thread_ts,
                text=text,
                blocks=blocks,
                metadata={"event_type": OUR_POST, "event_payload": {"key": card.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackRefusedError as error:
            raise _refusal(error) from error
        return str(posted["ts"])

    async def post_agent_message(self, message: AgentMessage) -> None:
        """Show what an agent wrote in Gorgias; see the port."""
        text, blocks = agent_message(message, with_words=not await self._is_shared(message.channel))
        try:
            await self.calls.post(
                self.client.chat_postMessage,
                channel=message.channel,
                thread_ts=message.thread_ts,
                text=text,
                blocks=blocks,
                metadata={"event_type": OUR_POST, "event_payload": {"key": message.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackRefusedError as error:
            raise _refusal(error) from error

    async def _is_shared(self, channel: str) -> bool:
        """Whether people of other organisations read here; where Slack does not tell, they do."""
        try:
            found = await self.calls.call(self.client.conversations_info, channel=channel)
        except SlackRefusedError as error:
            log.info("slack.channel_unreadable", error=error.error)
            return True
        return bool(found["channel"].get("is_ext_shared"))

    async def announce(
        self, channel: str, root_ts: str, key: str, text: str, *, to_channel: bool = False
    ) -> None:
        """Say something in a thread, unless it was said under this key; see the port."""
        if await self.find_posted(channel, root_ts, key) is not None:
            return
        try:
            await self.calls.post(
                self.client.chat_postMessage,
                channel=channel,
                thread_ts=root_ts,
                reply_broadcast=to_channel,
                text=markup.escape_mrkdwn(text),
                metadata={"event_type": OUR_POST, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackRefusedError as error:
            raise _refusal(error) from error

    async def update_card(self, card: TicketCard, ts: str) -> bool:
        """Change the card; False when it no longer exists or is not ours any more."""
        text, blocks = ticket_card(card)
        try:
            await self.calls.post(
                self.client.chat_update, channel=card.card_channel, ts=ts, text=text, blocks=blocks
            )
        except SlackRefusedError as error:
            if error.error in {"message_not_found", "cant_update_message"}:
                return False
            raise _refusal(error) from error
        return True

    async def retire_card(self, channel: str, ts: str, moved_to: str) -> None:
        """Leave a pointer where the card was."""
        text = f"This card moved to its thread in <#{moved_to}>."
        try:
            await self.calls.post(
                self.client.chat_update, channel=channel, ts=ts, text=text, blocks=[]
            )
        except SlackRefusedError as error:
            log.info("card.gone", error=error.error)

    async def greet(self, channel: str, hello: str) -> None:
        """Say hello to a channel that invited us; it may refuse."""
        try:
            await self.calls.post(self.client.chat_postMessage, channel=channel, text=hello)
        except SlackRefusedError as error:
            log.info("slack.greeting_refused", error=error.error)

    async def add_mark(self, channel: str, ts: str, emoji: str) -> None:
        """Put the bot's own reaction on a message; a mark is a courtesy and may be refused."""
        await self._mark(self.client.reactions_add, channel, ts, emoji)

    async def remove_mark(self, channel: str, ts: str, emoji: str) -> None:
        """Take the bot's own reaction away."""
        await self._mark(self.client.reactions_remove, channel, ts, emoji)

    async def _mark(self, method: Method, channel: str, ts: str, emoji: str) -> None:
        try:
            await self.calls.call(method, channel=channel, timestamp=ts, name=emoji)
        except SlackRefusedError as error:
            if error.error not in {"already_reacted", "no_reaction"}:
                log.info("slack.mark_refused", error=error.error)


def _refusal(error: SlackRefusedError) -> NotAllowedError:
    """Tell a channel that is closed to us from any other refusal."""
    sentence = f"Slack refused the message ({error.error})."
    return ChannelClosedError(sentence) if error.error in CLOSED else NotAllowedError(sentence)
