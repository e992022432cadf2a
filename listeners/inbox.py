"""The durable inbox: what must not be lost is stored before Slack is told that it arrived.

A global middleware, because Bolt runs those before it acknowledges. It answers every event
itself but questions, which change nothing: one that no listener matches would be delivered again
and again. What could not be stored is not acknowledged, and Slack delivers it once more.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from listeners.errors import tell_trouble
from listeners.workspace import BotIdentity
from services.api_keys import ApiKeys
from services.cards import CREATE_AND_RESOLVE, NAME_CUSTOMER, PRESSES
from services.errors import NotStoredError
from services.outages import AWAY
from services.tickets.channels import ARCHIVED, REMOVED
from services.tickets.intake import (
    Deletion,
    Departure,
    Edit,
    Intake,
    Invitation,
    Press,
    ReactionAct,
    Reply,
    ShortcutUse,
)

log = structlog.get_logger()

Json = Mapping[str, Any]

CREATE_TICKET = "create_ticket"
"""The message shortcut's callback id."""

DEPARTURES = {
    "member_left_channel": REMOVED,
    "channel_left": REMOVED,
    "group_left": REMOVED,
    "channel_archive": ARCHIVED,
    "group_archive": ARCHIVED,
}
"""Events that close a channel to us; Slack may tell of one removal in two ways."""

REMEMBERED_QUESTIONS = 1_000

STORED_ACTIONS = frozenset(PRESSES) - {NAME_CUSTOMER}
"""All but what a form sends, which is checked while it is open."""

Next = Callable[[], Awaitable[BoltResponse]]


class Questions:
    """The questions of late, for Slack may tell of one twice: as a mention and a message.

    Kept in memory: another process could only repeat an answer, and answers change nothing.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_new(self, event: Json) -> bool:
        """Whether this is the first we hear of a question."""
        key = (str(event.get("channel")), str(event.get("ts") or event.get("event_ts")))
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > REMEMBERED_QUESTIONS:
            self._seen.popitem(last=False)
        return True


@dataclass(frozen=True, slots=True)
class Inbox:
    """Sorts what Slack sends into what is stored, what a listener answers, and what is noise."""

    intake: Intake
    keys: ApiKeys
    bot: BotIdentity
    count_event: Callable[[str], None]
    questions: Questions = field(default_factory=Questions)

    async def __call__(self, req: AsyncBoltRequest, next: Next) -> BoltResponse:  # noqa: A002 - Bolt's name
        """Store and answer, or pass on to a listener.

        An event that was not stored Slack sends again; what a person pressed it does not.
        """
        correlation_id = uuid4().hex[:12]
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        try:
            return await self._sort(req.body, next, correlation_id)
        except NotStoredError as error:
            log.warning("inbox.not_stored", error=error.reason)
            if "event" in req.body:
                return BoltResponse(status=error.status)
            await tell_trouble(req.context, req.body, AWAY, correlation_id)
            return BoltResponse(status=200)

    async def _sort(self, body: Json, next: Next, correlation_id: str) -> BoltResponse:  # noqa: A002
        event = body.get("event")
        if event is not None:
            self.count_event(str(event.get("type") or "unknown"))
            if _is_question(event):
                is_new = self.questions.is_new(event)
                return await next() if is_new else BoltResponse(status=200)
            await self._store_event(str(body.get("team_id") or ""), event, correlation_id)
            return BoltResponse(status=200)
        self.count_event(str(body.get("type") or "slash_command"))
        if await self._store_press(body, correlation_id) or await self._store_shortcut(
            body, correlation_id
        ):
            return BoltResponse(status=200)
        return await next()

    async def _store_event(self, team: str, event: Json, correlation_id: str) -> None:
        kind = event.get("type")
        if kind in {"reaction_added", "reaction_removed"}:
            await self._store_reaction(team, event, correlation_id)
        elif kind == "message":
            await self._store_message(team, event, correlation_id)
        elif kind == "member_joined_channel" and event.get("user") == self.bot.user_id:
            channel, at = str(event["channel"]), str(event.get("event_ts") or "")
            inviter = str(event.get("inviter") or "")
            await self.intake.invitation(Invitation(team, channel, at, inviter), correlation_id)
        elif kind == "user_change" and event["user"].get("deleted"):
            await self.keys.owner_left(str(event["user"]["id"]))
        elif kind in DEPARTURES:
            await self._store_departure(team, event, correlation_id)

    async def _store_departure(self, team: str, event: Json, correlation_id: str) -> None:
        """Store that we were removed, or that a channel was archived; others may come and go."""
        if event.get("type") == "member_left_channel" and event.get("user") != self.bot.user_id:
            return
        channel, at = str(event["channel"]), str(event.get("event_ts") or "")
        departure = Departure(team, channel, at, DEPARTURES[str(event["type"])])
        await self.intake.departure(departure, correlation_id)

    async def _store_reaction(self, team: str, event: Json, correlation_id: str) -> None:
        item: Json = event.get("item") or {}
        actor, emoji = str(event.get("user")), str(event.get("reaction")).partition("::")[0]
        if item.get("type") != "message" or actor == self.bot.user_id:
            return
        channel, ts = str(item["channel"]), str(item["ts"])
        added = event["type"] == "reaction_added"
        act = await self.intake.meaning(channel, ts, emoji, actor, added=added)
        if act is None:
            return
        await self.intake.reaction(
            ReactionAct(
                team=team,
                channel=channel,
                ts=ts,
                act=act,
                emoji=emoji,
                actor=actor,
                added=added,
                event_ts=str(event["event_ts"]),
            ),
            correlation_id,
        )
        log.info("reaction.stored", act=act, channel=channel, ts=ts)

    async def _store_message(self, team: str, event: Json, correlation_id: str) -> None:
        channel = str(event.get("channel") or "")
        gone = deleted_ts(event)
        if gone is not None:
            at = str(event.get("event_ts") or event.get("ts") or time.time())
            await self.intake.deletion(Deletion(team, channel, gone, at), correlation_id)
            return
        if event.get("subtype") == "message_changed":
            await self._store_edit(team, channel, event, correlation_id)
            return
        thread_ts = event.get("thread_ts")
        from_us = event.get("user") == self.bot.user_id
        if not thread_ts or thread_ts == event.get("ts") or from_us or not _is_reply(event):
            return
        reply = Reply(team, channel, str(thread_ts), str(event["ts"]), str(event.get("user") or ""))
        await self.intake.reply(reply, correlation_id)

    async def _store_shortcut(self, body: Json, correlation_id: str) -> bool:
        """Store "Create ticket" on a message, with the message as Slack hands it over."""
        if body.get("type") != "message_action" or body.get("callback_id") != CREATE_TICKET:
            return False
        channel: Json = body.get("channel") or {}
        team: Json = body.get("team") or {}
        message = {**(body.get("message") or {}), "channel_name": channel.get("name")}
        await self.intake.shortcut(
            ShortcutUse(
                team=str(team.get("id") or ""),
                channel=str(channel["id"]),
                ts=str(message.get("ts") or body.get("message_ts")),
                thread_ts=message.get("thread_ts"),
                actor=str(body["user"]["id"]),
                act_ts=str(body.get("action_ts") or time.time()),
                message={**message, "channel": str(channel["id"])},
            ),
            correlation_id,
        )
        log.info("shortcut.stored")
        return True

    async def _store_edit(self, team: str, channel: str, event: Json, correlation_id: str) -> None:
        """Link previews arrive as edits too, with the same words; they change nothing."""
        after: Json = event.get("message") or {}
        before: Json = event.get("previous_message") or {}
        words = str(before.get("text") or "")
        if words == str(after.get("text") or "") or after.get("user") == self.bot.user_id:
            return
        kept = {"channel": channel, "ts": str(after["ts"]), "text": words}
        at = str(event.get("event_ts") or event.get("ts") or time.time())
        await self.intake.edit(
            Edit(team, channel, kept["ts"], at, {**kept, "user": after.get("user")}),
            correlation_id,
        )

    async def _store_press(self, body: Json, correlation_id: str) -> bool:
        """Buttons that change something are stored first; the rest has listeners."""
        if body.get("type") != "block_actions":
            return False
        action: Json = (body.get("actions") or [{}])[0]
        if action.get("action_id") not in STORED_ACTIONS:
            return False
        container: Json = body.get("container") or {}
        channel: Json = body.get("channel") or {}
        team: Json = body.get("team") or {}
        selected: Json = action.get("selected_option") or {}
        asked_alone = action["action_id"] == CREATE_AND_RESOLVE
        await self.intake.press(
            Press(
                team=str(team.get("id") or ""),
                channel=str(channel.get("id") or container.get("channel_id") or ""),
                ts=str(container.get("message_ts") or ""),
                action=str(action["action_id"]),
                actor=str(body["user"]["id"]),
                act_ts=str(action.get("action_ts") or time.time()),
                value=str(
                    selected.get("value")
                    or action.get("selected_user")
                    or action.get("value")
                    or ""
                ),
                respond_to=str(body.get("response_url") or "") if asked_alone else "",
            ),
            correlation_id,
        )
        log.info("press.stored", action=action["action_id"])
        return True


def _is_question(event: Json) -> bool:
    """Whether a listener answers it: opening the tab, a mention, a direct message of a person."""
    kind = event.get("type")
    if kind == "app_home_opened":
        return True
    is_direct = kind == "message" and event.get("channel_type") == "im"
    by_person = bool(event.get("user")) and not event.get("bot_id")
    written = event.get("subtype") in {None, "file_share"}
    return by_person and written and (is_direct or kind == "app_mention")


def deleted_ts(event: Json) -> str | None:
    """Tell which message an event reports as deleted, in either of Slack's two shapes.

    A deleted root that has replies arrives as an edit whose new text is a tombstone.
    """
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        previous: Json = event.get("previous_message") or {}
        return str(event.get("deleted_ts") or previous.get("ts") or "") or None
    message: Json = event.get("message") or {}
    if subtype == "message_changed" and message.get("subtype") == "tombstone":
        return str(message.get("ts") or "") or None
    return None


def _is_reply(event: Json) -> bool:
    return event.get("subtype") in {None, "file_share", "thread_broadcast", "bot_message"}
