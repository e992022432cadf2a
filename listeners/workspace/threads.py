"""Reading threads, files and reactions."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from listeners import markup, readings
from listeners.slack_calls import HIDDEN, SlackRefusedError, SlackUnavailableError, hidden_channel
from listeners.workspace.base import PAGE, Json, SlackSide
from services.errors import MessageGoneError
from services.ports import SLACK, File, FileContent, Message, MessageReactions, Thread

log = structlog.get_logger()

MOST_REPLIES = 1000
GONE = "That message is gone, so no ticket was made."
HISTORY_PAUSE_SECONDS = 1.2


@dataclass(slots=True)
class Threads(SlackSide):
    """What stands in Slack."""

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

    async def told_thread(self, source: Json) -> Thread:
        """Build a thread of the one message that a shortcut or a form handed over."""
        names = await self._names([source])
        message = await self._message(source, names)
        return Thread(
            channel=str(source["channel"]),
            channel_name=str(source.get("channel_name") or "a private conversation"),
            root_ts=message.ts,
            messages=(message,),
            origin=str(source.get("origin") or SLACK),
        )

    async def fetch_file(self, file: File) -> FileContent:
        """Fetch a file's bytes; see the port."""
        return await self.files.fetch(file)

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

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Ask for the address of a message; None where Slack will not say."""
        try:
            found = await self.calls.call(
                self.client.chat_getPermalink, channel=channel, message_ts=ts
            )
        except SlackRefusedError:
            return None
        return str(found.get("permalink") or "") or None
