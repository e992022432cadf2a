"""What people do in channels: write, edit, delete, react, invite, archive."""

import base64
import binascii
import mimetypes
from dataclasses import dataclass
from typing import Any

from bot.playground.slack import markup
from bot.playground.slack.core import Slack
from bot.playground.slack.emoji import canonical, is_known
from bot.playground.slack.errors import NotPossible
from bot.playground.slack.ids import new_id
from bot.playground.slack.model import App, Channel, File, Json, Message, User
from bot.playground.slack.request import Body


@dataclass(frozen=True)
class People:
    """One method for each thing a person can do in a channel; all take the JSON of the request."""

    slack: Slack

    def write(self, body: Body) -> Json:
        channel = self.open_channel(body.text("channel"))
        app = self._app(body)
        user = None if app else self.member(channel, body.text("user")).id
        text = body.text("text", "")
        if not body.flag("raw"):
            text = markup.typed(text, self.slack.workspace)
        files = [self.attach(each, user or "", channel) for each in body.items("files")]
        if not text and not files:
            raise NotPossible("An empty message cannot be sent.")
        message = Message(
            channel.id,
            "",
            text,
            user=user,
            bot_id=app.bot_id if app else None,
            subtype="bot_message" if app else None,
            files=files,
            thread_ts=self._root(channel, body.text("thread_ts", "")),
        )
        return {"ts": self.slack.activity.post(message).ts}

    def edit(self, body: Body) -> Json:
        message = self.own_message(body)
        text = body.text("text")
        if not body.flag("raw"):
            text = markup.typed(text, self.slack.workspace)
        self.slack.activity.edit(message, body.text("user"), text, None)
        return {}

    def delete(self, body: Body) -> Json:
        channel = self.channel(body.text("channel"))
        user = self.member(channel, body.text("user"))
        message = self.message(channel, body.text("ts"))
        if message.user != user.id and not user.is_admin:
            raise NotPossible("Only its author or an admin can delete a message.")
        self.slack.activity.delete(message)
        return {}

    def unfurl(self, body: Body) -> Json:
        channel = self.channel(body.text("channel"))
        self.slack.activity.preview(self.message(channel, body.text("ts")))
        return {}

    def react(self, body: Body) -> Json:
        message, user = self._for_reaction(body)
        name = _emoji(body)
        if not self.slack.activity.react(message, user.id, name):
            raise NotPossible(f"{user.real_name} has already reacted with :{name}:.")
        return {}

    def unreact(self, body: Body) -> Json:
        message, user = self._for_reaction(body)
        name = _emoji(body)
        if not self.slack.activity.unreact(message, user.id, name):
            raise NotPossible(f"{user.real_name} has not reacted with :{name}:.")
        return {}

    def set_membership(self, body: Body) -> Json:
        channel = self.open_channel(body.text("channel"))
        user = self.user(body.text("user"))
        inside = user.id in channel.members
        if body.flag("in") and not inside:
            self.slack.activity.join(channel, user.id, inviter=body.text("by", "U0OLIVIA"))
        elif not body.flag("in") and inside:
            self.slack.activity.leave(channel, user.id, actor=body.text("by", "U0OLIVIA"))
        return {}

    def archive(self, body: Body) -> Json:
        channel = self.channel(body.text("channel"))
        archived = body.flag("archived", default=True)
        actor = body.text("user", "U0OLIVIA")
        if channel.is_archived != archived:
            self.slack.activity.archive(channel, actor, archived=archived)
        return {}

    def deactivate(self, body: Body) -> Json:
        self.slack.activity.deactivate(self.user(body.text("user")))
        return {}

    def user(self, user_id: str) -> User:
        user = self.slack.workspace.users.get(user_id)
        if user is None:
            raise NotPossible(f"There is nobody with the id {user_id!r}.")
        if user.is_deactivated:
            raise NotPossible(f"{user.real_name} was deactivated.")
        return user

    def channel(self, channel_id: str) -> Channel:
        channel = self.slack.workspace.channels.get(channel_id)
        if channel is None:
            raise NotPossible(f"There is no channel with the id {channel_id!r}.")
        return channel

    def open_channel(self, channel_id: str) -> Channel:
        channel = self.channel(channel_id)
        if channel.is_archived:
            raise NotPossible(f"#{channel.name} is archived.")
        return channel

    def member(self, channel: Channel, user_id: str) -> User:
        user = self.user(user_id)
        if user.id not in channel.members:
            raise NotPossible(f"{user.real_name} is not in #{channel.name}.")
        return user

    def message(self, channel: Channel, ts: str) -> Message:
        message = self.slack.workspace.message(channel.id, ts)
        if message is None or message.is_tombstone:
            raise NotPossible(f"There is no message {ts} in #{channel.name}.")
        return message

    def own_message(self, body: Body) -> Message:
        channel = self.open_channel(body.text("channel"))
        message = self.message(channel, body.text("ts"))
        if message.user != body.text("user"):
            raise NotPossible("People can only edit what they wrote.")
        return message

    def _for_reaction(self, body: Body) -> tuple[Message, User]:
        channel = self.open_channel(body.text("channel"))
        user = self.member(channel, body.text("user"))
        return self.message(channel, body.text("ts")), user

    def _app(self, body: Body) -> App | None:
        """Return the other app that writes, called by the name it was given."""
        entry = body.entries("as_app")
        if entry is None:
            return None
        name = str(entry.get("name") or "Order Bot")
        apps = self.slack.workspace.apps
        known = next((each for each in apps.values() if each.name == name), None)
        if known is None:
            known = App(new_id("B"), new_id("A"), name)
            apps[known.bot_id] = known
        return known

    def _root(self, channel: Channel, thread_ts: str) -> str | None:
        if not thread_ts:
            return None
        root = self.slack.workspace.message(channel.id, thread_ts)
        if root is None or root.is_reply:
            raise NotPossible(f"There is no message {thread_ts} to reply to.")
        return thread_ts

    def attach(self, entry: Any, user: str, channel: Channel | None = None) -> str:  # noqa: ANN401
        """Take a file out of `entry`, any JSON, and return its id."""
        try:
            name = str(entry["name"])
            data = base64.b64decode(entry["content_base64"], validate=True)
        except (KeyError, TypeError, binascii.Error) as problem:
            raise NotPossible("A file needs a name and content_base64.") from problem
        mimetype = entry.get("mimetype") or mimetypes.guess_type(name)[0]
        file = File(
            new_id("F"),
            name,
            name,
            mimetype or "application/octet-stream",
            user,
            len(data),
            int(self.slack.clock()),
            [channel.id] if channel else [],
        )
        self.slack.activity.add_file(file, data)
        return file.id


def _emoji(body: Body) -> str:
    name = body.text("name").strip(":")
    if not is_known(name):
        raise NotPossible(f"There is no emoji called {name!r}.")
    return canonical(name)
