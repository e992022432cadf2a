"""Slack as services see it: threads, people, files, cards, a word to one person."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from listeners import markup, readings
from listeners.files import SlackFiles
from listeners.slack_calls import (
    HIDDEN,
    SlackCalls,
    SlackRefusedError,
    SlackUnavailableError,
    hidden_channel,
)
from listeners.views.tickets import ticket_card
from services.cards import TicketCard
from services.errors import MessageGoneError, NotAllowedError
from services.ports import File, FileContent, Message, MessageReactions, Person, Thread

log = structlog.get_logger()

Json = Mapping[str, Any]

CARD_EVENT = "regulars_ticket_card"
MOST_REPLIES = 1000
PAGE = 200
GONE = "That message is gone, so no ticket was made."
HISTORY_PAUSE_SECONDS = 1.2


@dataclass(slots=True)
class BotIdentity:
    """Who we are in Slack; empty until Slack has told us."""

    team_id: str = ""
    user_id: str = ""


@dataclass(slots=True)
class SlackWorkspace:
    """Implements `services.ports.Workspace`."""

    calls: SlackCalls
    client: AsyncWebClient
    files: SlackFiles
    bot: BotIdentity
    _channel_names: dict[str, str] = field(default_factory=dict)
    _person_names: dict[str, str] = field(default_factory=dict)

    async def thread(self, channel: str, ts: str) -> Thread:
        """Read the thread of message `ts`; see the port."""
        try:
            root_ts = await self._root_of(channel, ts)
            raw, left_out = await self._replies(channel, root_ts)
        except SlackRefusedError as error:
            if error.error in HIDDEN:
                raise hidden_channel() from error
            if error.error in {"thread_not_found", "message_not_found"}:
                raise MessageGoneError(GONE) from error
            raise SlackUnavailableError(
                f"Slack refused to show the thread ({error.error})."
            ) from error
        if not any(message.get("ts") == ts for message in raw) and not left_out:
            raise MessageGoneError(GONE)
        names = await self._names(raw)
        return Thread(
            channel=channel,
            channel_name=await self._channel_name(channel),
            root_ts=root_ts,
            messages=tuple([await self._message(item, names) for item in raw]),
            left_out=left_out,
        )

    async def _root_of(self, channel: str, ts: str) -> str:
        """Find the root: a reaction event names only the message it is on."""
        found = await self.calls.call(
            self.client.conversations_replies, channel=channel, ts=ts, limit=1, inclusive=True
        )
        messages: list[Json] = found.get("messages") or []
        exact = next((message for message in messages if message.get("ts") == ts), None)
        if exact is None and messages and messages[0].get("thread_ts"):
            # Some answers hold the whole thread, the wanted reply further down.
            return str(messages[0]["thread_ts"])
        if exact is None or exact.get("subtype") == "tombstone":
            raise MessageGoneError(GONE)
        return str(exact.get("thread_ts") or ts)

    async def _replies(self, channel: str, root_ts: str) -> tuple[list[Json], int]:
        raw: list[Json] = []
        cursor = None
        while True:
            page = await self.calls.call(
                self.client.conversations_replies,
                channel=channel,
                ts=root_ts,
                limit=PAGE,
                cursor=cursor,
            )
            raw += page.get("messages") or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None or len(raw) >= MOST_REPLIES:
                break
        raw = [item for item in raw if item.get("subtype") != "tombstone"]
        left_out = max(0, int((raw[0] if raw else {}).get("reply_count") or 0) + 1 - len(raw))
        if not raw:
            raise MessageGoneError(GONE)
        return sorted(raw, key=lambda item: str(item["ts"])), left_out if cursor else 0

    async def _names(self, raw: list[Json]) -> markup.Names:
        wanted = {
            person for item in raw for person in markup.mentioned(str(item.get("text") or ""))
        }
        people = {user_id: await self._person_name(user_id) for user_id in sorted(wanted)[:100]}
        return markup.Names(people=people, channels=self._channel_names)

    async def _message(self, item: Json, names: markup.Names) -> Message:
        text = str(item.get("text") or "") or readings.text_of_blocks(item)
        author_id = item.get("user")
        return Message(
            ts=str(item["ts"]),
            author=await self._author(item),
            author_id=str(author_id) if author_id else None,
            at=datetime.fromtimestamp(float(item["ts"]), UTC),
            text=markup.to_text(text, names),
            html=markup.to_html(text, names),
            files=tuple(readings.read_file(file) for file in item.get("files") or ()),
            is_card=author_id == self.bot.user_id,
        )

    async def _author(self, item: Json) -> str:
        """Name the author, never leave it empty: people, other apps, people from elsewhere."""
        profile: Json = item.get("user_profile") or {}
        inline = profile.get("display_name") or profile.get("real_name")
        if inline:
            return str(inline)
        if item.get("user"):
            return await self._person_name(str(item["user"]))
        bot: Json = item.get("bot_profile") or {}
        return str(item.get("username") or bot.get("name") or "An app")

    async def person(self, user_id: str) -> Person:
        """Read one person; who cannot be read is treated as an outsider."""
        try:
            found = await self.calls.call(self.client.users_info, user=user_id)
        except SlackRefusedError as error:
            log.info("slack.person_unreadable", user=user_id, error=error.error)
            return Person(user_id, "Somebody", None, False, True, False, False)
        return readings.person_of({**found["user"], "id": user_id}, self.bot.team_id)

    async def admins(self) -> frozenset[str]:
        """List workspace admins and owners."""
        found = await self.calls.call(self.client.users_list, limit=1000)
        return frozenset(
            str(user["id"])
            for user in found.get("members") or ()
            if (user.get("is_admin") or user.get("is_owner")) and not user.get("deleted")
        )

    async def group_members(self, group_id: str) -> frozenset[str]:
        """List a user group's members."""
        found = await self.calls.call(self.client.usergroups_users_list, usergroup=group_id)
        return frozenset(found.get("users") or ())

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Ask for the address of a message; None where Slack will not say."""
        try:
            found = await self.calls.call(
                self.client.chat_getPermalink, channel=channel, message_ts=ts
            )
        except SlackRefusedError:
            return None
        return str(found.get("permalink") or "") or None

    async def fetch_file(self, file: File) -> FileContent:
        """Fetch a file's bytes; see the port."""
        return await self.files.fetch(file)

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

    async def reactions_since(self, channel: str, oldest: str) -> list[MessageReactions]:
        """Read how reactions stand on a channel's messages."""
        found: list[MessageReactions] = []
        cursor = None
        while len(found) < MOST_REPLIES:
            read_at = time.time()
            try:
                page = await self.calls.call(
                    self.client.conversations_history,
                    channel=channel,
                    oldest=oldest,
                    limit=PAGE,
                    cursor=cursor,
                )
            except SlackRefusedError as error:
                log.info("slack.history_refused", error=error.error)
                break
            found += [
                readings.read_reactions(channel, item, read_at)
                for item in page.get("messages") or ()
            ]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
            await asyncio.sleep(HISTORY_PAUSE_SECONDS)
        return found

    async def reactions_on(self, channel: str, ts: str) -> MessageReactions:
        """Read how reactions stand on one message."""
        read_at = time.time()
        try:
            found = await self.calls.call(
                self.client.reactions_get, channel=channel, timestamp=ts, full=True
            )
        except SlackRefusedError as error:
            log.info("slack.reactions_refused", error=error.error)
            return MessageReactions(channel, ts, {}, read_at, is_complete=False)
        return readings.read_reactions(channel, {**(found.get("message") or {}), "ts": ts}, read_at)

    async def told_thread(self, source: Json) -> Thread:
        """Build a thread of the one message that a shortcut or a form handed over."""
        names = await self._names([source])
        message = await self._message(source, names)
        return Thread(
            channel=str(source["channel"]),
            channel_name=str(source.get("channel_name") or "a private conversation"),
            root_ts=message.ts,
            messages=(message,),
        )

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

    async def greet(self, channel: str, hello: str) -> None:
        """Say hello to a channel that invited us; it may refuse."""
        try:
            await self.calls.post(self.client.chat_postMessage, channel=channel, text=hello)
        except SlackRefusedError as error:
            log.info("slack.greeting_refused", error=error.error)

    async def retire_card(self, channel: str, ts: str, moved_to: str) -> None:
        """Leave a pointer where the card was."""
        text = f"This card moved to its thread in <#{moved_to}>."
        try:
            await self.calls.post(
                self.client.chat_update, channel=channel, ts=ts, text=text, blocks=[]
            )
        except SlackRefusedError as error:
            log.info("card.gone", error=error.error)

    async def find_card(self, channel: str, thread_ts: str | None, key: str) -> str | None:
        """Look through the thread, or the direct message, for a card of ours with this key."""
        cursor = None
        while True:
            page = await self._read_card_page(channel, thread_ts, cursor)
            for message in page.get("messages") or ():
                metadata: Json = message.get("metadata") or {}
                payload: Json = metadata.get("event_payload") or {}
                if metadata.get("event_type") == CARD_EVENT and payload.get("key") == key:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None

    async def _read_card_page(self, channel: str, thread_ts: str | None, cursor: str | None) -> Any:  # noqa: ANN401 - JSON
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
                metadata={"event_type": CARD_EVENT, "event_payload": {"key": card.key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackRefusedError as error:
            raise NotAllowedError(f"Slack refused the card ({error.error}).") from error
        return str(posted["ts"])

    async def announce(self, channel: str, root_ts: str, key: str, text: str) -> None:
        """Say something in a thread and its channel, unless it was said under this key."""
        if await self.find_card(channel, root_ts, key) is not None:
            return
        try:
            await self.calls.post(
                self.client.chat_postMessage,
                channel=channel,
                thread_ts=root_ts,
                reply_broadcast=True,
                text=markup.escape_mrkdwn(text),
                metadata={"event_type": CARD_EVENT, "event_payload": {"key": key}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackRefusedError as error:
            raise NotAllowedError(f"Slack refused the message ({error.error}).") from error

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
            raise NotAllowedError(f"Slack refused the card ({error.error}).") from error
        return True

    async def add_mark(self, channel: str, ts: str, emoji: str) -> None:
        """Put the bot's own reaction on a message; a mark is a courtesy and may be refused."""
        await self._mark(self.client.reactions_add, channel, ts, emoji)

    async def remove_mark(self, channel: str, ts: str, emoji: str) -> None:
        """Take the bot's own reaction away."""
        await self._mark(self.client.reactions_remove, channel, ts, emoji)

    async def _mark(self, method: Any, channel: str, ts: str, emoji: str) -> None:  # noqa: ANN401 - SDK method
        try:
            await self.calls.call(method, channel=channel, timestamp=ts, name=emoji)
        except SlackRefusedError as error:
            if error.error not in {"already_reacted", "no_reaction"}:
                log.info("slack.mark_refused", error=error.error)

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
