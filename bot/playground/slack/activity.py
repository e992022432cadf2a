"""What happens in channels, by people and apps alike, and the events that tell of it.

Nothing here asks who may do what: `api/` and `people.py` have checked that. Event payloads are
built at the time of the act and never change, however late they are delivered.
"""

import time
from dataclasses import dataclass

from bot.playground.slack import markup
from bot.playground.slack.changes import Changes
from bot.playground.slack.deliveries import Deliveries
from bot.playground.slack.ids import Clock, Timestamps, new_id
from bot.playground.slack.model import (
    BOT_ID,
    BOT_USER,
    TEAM_ID,
    Channel,
    File,
    Json,
    Message,
    Reaction,
    User,
    Workspace,
)
from bot.playground.slack.shapes import Shapes
from bot.playground.slack.subscriptions import kind

TOMBSTONE_TEXT = "This message was deleted."


@dataclass
class Activity:
    """Changes the workspace and tells the app."""

    workspace: Workspace
    shapes: Shapes
    deliveries: Deliveries
    timestamps: Timestamps
    changes: Changes
    clock: Clock = time.time

    def post(self, message: Message) -> Message:
        """Add `message` to its channel (or show it to one person, if it is addressed `to` one)."""
        message.ts = self.timestamps.next()
        if message.to is not None:
            self.workspace.ephemerals.setdefault(message.channel, {})[message.ts] = message
            self.changes.mark()
            return message
        self.workspace.messages[message.channel][message.ts] = message
        if message.thread_ts is not None:
            root = self.workspace.messages[message.channel][message.thread_ts]
            root.thread_ts = root.ts
        self._tell_of_post(message)
        self.changes.mark()
        return message

    def edit(
        self, message: Message, editor: str, text: str | None, blocks: list[Json] | None
    ) -> None:
        """Change the words of `message`; None keeps what it had."""
        before = self.shapes.message(message)
        message.text = message.text if text is None else text
        message.blocks = message.blocks if blocks is None else blocks
        message.edited_by, message.edited_ts = editor, self.timestamps.next()
        if message.to is None:
            self._tell_of_change(message, before)
        self.changes.mark()

    def preview(self, message: Message) -> None:
        """Unfurl a link, which Slack reports as a change although nobody edited anything."""
        before = self.shapes.message(message)
        preview = {"id": 1, "title": "A page", "text": "What the page says about itself."}
        message.previews.append(
            preview | {"from_url": "https://example.com/", "fallback": "A page"}
        )
        self._tell_of_change(message, before)

    def delete(self, message: Message) -> None:
        """Remove `message`; the root of a thread leaves a tombstone."""
        before = self.shapes.message(message)
        self.changes.mark()
        if not message.is_reply and self.workspace.thread(message.channel, message.ts):
            message.subtype, message.text, message.user = "tombstone", TOMBSTONE_TEXT, "USLACKBOT"
            message.bot_id = message.metadata = message.edited_ts = message.edited_by = None
            message.blocks, message.previews, message.files, message.reactions = [], [], [], []
            self._tell_of_change(message, before)
            return
        del self.workspace.messages[message.channel][message.ts]
        self._message_event(
            message.channel,
            {
                "subtype": "message_deleted",
                "previous_message": before,
                "hidden": True,
                "deleted_ts": message.ts,
            },
        )

    def forget(self, message: Message) -> None:
        """Drop an ephemeral message, of which no event tells."""
        self.workspace.ephemerals[message.channel].pop(message.ts, None)
        self.changes.mark()

    def react(self, message: Message, user: str, name: str) -> bool:
        """Add a reaction; False if that person already had it there."""
        reaction = next((each for each in message.reactions if each.name == name), None)
        if reaction is None:
            reaction = Reaction(name, [])
            message.reactions.append(reaction)
        if user in reaction.users:
            return False
        reaction.users.append(user)
        self._tell_of_reaction("reaction_added", message, user, name)
        return True

    def unreact(self, message: Message, user: str, name: str) -> bool:
        """Take a reaction back; False if that person had none."""
        reaction = next((each for each in message.reactions if each.name == name), None)
        if reaction is None or user not in reaction.users:
            return False
        reaction.users.remove(user)
        if not reaction.users:
            message.reactions.remove(reaction)
        self._tell_of_reaction("reaction_removed", message, user, name)
        return True

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        channel.members.append(user)
        letter = "G" if channel.is_private else "C"
        event = {"user": user, "channel": channel.id, "channel_type": letter, "team": TEAM_ID}
        self._event(
            "member_joined_channel", channel, event | ({"inviter": inviter} if inviter else {})
        )
        text = f"<@{user}> has joined the channel"
        self.post(Message(channel.id, "", text, user=user, subtype="channel_join"))

    def leave(self, channel: Channel, user: str, actor: str | None = None) -> None:
        letter = "G" if channel.is_private else "C"
        if user == BOT_USER:
            left = "group_left" if channel.is_private else "channel_left"
            self._event(left, channel, {"channel": channel.id, "actor_id": actor or user})
        channel.members.remove(user)
        event = {"user": user, "channel": channel.id, "channel_type": letter, "team": TEAM_ID}
        self._event("member_left_channel", channel, event)
        self.changes.mark()

    def archive(self, channel: Channel, user: str, *, archived: bool) -> None:
        channel.is_archived = archived
        prefix = "group" if channel.is_private else "channel"
        name = f"{prefix}_archive" if archived else f"{prefix}_unarchive"
        self._event(name, channel, {"channel": channel.id, "user": user})
        self.changes.mark()

    def deactivate(self, user: User) -> None:
        user.is_deactivated = True
        at = self.timestamps.next()
        shape = self.shapes.user(user, with_email=False)
        event = {"type": "user_change", "user": shape, "cache_ts": int(float(at)), "event_ts": at}
        self.deliveries.event(event, None)
        self.changes.mark()

    def open_im(self, user: str) -> Channel:
        """Return the direct messages of `user` with the bot, opened now if need be."""
        channel = self.workspace.im_of(user)
        if channel is None:
            channel = Channel(new_id("D"), "directmessage", [user, BOT_USER], is_im=True)
            self.workspace.channels[channel.id] = channel
            self.workspace.messages[channel.id] = {}
            self.changes.mark()
        return channel

    def open_home(self, user: str) -> None:
        channel = self.open_im(user)
        event: Json = {"user": user, "channel": channel.id, "tab": "home"}
        view = self.workspace.homes.get(user)
        if view is not None:
            event["view"] = self.shapes.view(view)
        self._event("app_home_opened", channel, event)

    def add_file(self, file: File, content: bytes) -> None:
        self.workspace.files[file.id] = file
        self.workspace.contents[file.id] = content

    def _tell_of_post(self, message: Message) -> None:
        shape = self.shapes.message(message)
        if message.files:
            shape["subtype"] = "file_share"
        if message.subtype is None and message.bot_id is None:
            shape["client_msg_id"] = new_id("M")
        channel = self.workspace.channels[message.channel]
        place = {"channel": channel.id, "event_ts": message.ts, "channel_type": kind(channel)}
        self.deliveries.event(shape | place, channel)
        said = message.subtype != "channel_join" and message.bot_id != BOT_ID
        if said and markup.mentions(message.text, BOT_USER) and not channel.is_im:
            mention = {key: value for key, value in shape.items() if key != "subtype"}
            event = {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}
            self.deliveries.event(mention | event, channel)

    def _tell_of_change(self, message: Message, before: Json) -> None:
        now = self.shapes.message(message)
        if message.is_tombstone:
            now["hidden"] = True
        change = {"subtype": "message_changed", "message": now, "previous_message": before}
        self._message_event(message.channel, change | {"hidden": True})
        self.changes.mark()

    def _message_event(self, channel_id: str, event: Json) -> None:
        channel = self.workspace.channels[channel_id]
        ts = self.timestamps.next()
        place = {"ts": ts, "channel": channel_id, "channel_type": kind(channel), "event_ts": ts}
        self.deliveries.event({"type": "message"} | event | place, channel)

    def _tell_of_reaction(self, event_type: str, message: Message, user: str, name: str) -> None:
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event: Json = {"user": user, "reaction": name, "item": item}
        if message.user is not None:
            event["item_user"] = message.user
        self._event(event_type, self.workspace.channels[message.channel], event)
        self.changes.mark()

    def _event(self, event_type: str, channel: Channel, event: Json) -> None:
        whole = {"type": event_type} | event | {"event_ts": self.timestamps.next()}
        self.deliveries.event(whole, channel)
