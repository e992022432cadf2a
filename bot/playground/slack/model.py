"""What a Slack workspace holds: people, channels, messages, files and views.

Plain typed state without behaviour; `activity.py` changes it, `shapes.py` shows it as Slack's
JSON and `persistence.py` keeps it.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T0PLAY"
TEAM_NAME = "Regulars Playground"
TEAM_DOMAIN = "regulars-playground"
TEAM_URL = f"https://{TEAM_DOMAIN}.slack.com/"
APP_ID = "A0PLAY"
BOT_ID = "B0BOT"
BOT_USER = "U0BOT"


@dataclass
class User:
    """A member, guest, stranger or bot user; `name` is the handle, `real_name` what people see."""

    id: str
    name: str
    real_name: str
    email: str | None = None
    team_id: str = TEAM_ID
    tz: str = "Europe/London"
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_deactivated: bool = False
    is_bot: bool = False
    bot_id: str | None = None


@dataclass
class App:
    """Another app or ours, as the author of messages."""

    bot_id: str
    app_id: str
    name: str
    user_id: str | None = None


@dataclass
class Channel:
    """A channel or, with `is_im`, one person's direct messages with our bot."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_im: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    topic: str = ""
    purpose: str = ""
    created: int = 1_760_000_000
    creator: str = "U0OLIVIA"


@dataclass
class Reaction:
    """One emoji under a message, with its people in the order they added it."""

    name: str
    users: list[str]


@dataclass
class File:
    """A file's description; its bytes are in `Workspace.contents`."""

    id: str
    name: str
    title: str
    mimetype: str
    user: str
    size: int
    created: int
    channels: list[str] = field(default_factory=list)
    alt_text: str = ""


@dataclass
class Message:
    """One message. `user` is empty for apps without a bot user; `to` names an ephemeral's reader.

    `previews` are unfurled links; `subtype` is Slack's own (`bot_message`, `channel_join`,
    `tombstone`, …).
    """

    channel: str
    ts: str
    text: str
    user: str | None = None
    bot_id: str | None = None
    blocks: list[Json] = field(default_factory=list)
    previews: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    metadata: Json | None = None
    edited_by: str | None = None
    edited_ts: str | None = None
    to: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def is_tombstone(self) -> bool:
        return self.subtype == "tombstone"


@dataclass
class Usergroup:
    """A user group such as @support."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class View:
    """An open modal or a Home tab; `content` is what the app sent, `values` what was typed."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Workspace:
    """All state that outlives a request. Messages of a channel are in the order of their ts."""

    users: dict[str, User] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    ephemerals: dict[str, dict[str, Message]] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    usergroups: dict[str, Usergroup] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def message(self, channel: str, ts: str) -> Message | None:
        return self.messages.get(channel, {}).get(ts)

    def thread(self, channel: str, root_ts: str) -> list[Message]:
        """Return the replies under `root_ts`, oldest first."""
        everything = self.messages.get(channel, {}).values()
        return [each for each in everything if each.is_reply and each.thread_ts == root_ts]

    def im_of(self, user: str) -> Channel | None:
        """Return the person's direct messages with the bot, if they were ever opened."""
        return next((c for c in self.channels.values() if c.is_im and user in c.members), None)

    def view(self, view_id: str) -> View | None:
        stacks = [*self.modals.values(), list(self.homes.values())]
        return next((view for stack in stacks for view in stack if view.id == view_id), None)
