"""The workspace as one person sees it, or as nobody could: everything, for tests."""

from dataclasses import dataclass
from urllib.parse import quote

from bot.playground.slack.core import Slack
from bot.playground.slack.model import TEAM_ID, TEAM_NAME, Channel, Json, Message, User, View


@dataclass(frozen=True)
class Snapshot:
    """Draws the state for `viewer`; None sees everything."""

    slack: Slack
    viewer: str | None

    def draw(self) -> Json:
        workspace, manifest = self.slack.workspace, self.slack.manifest
        channels = [each for each in workspace.channels.values() if self._sees(each)]
        views = [v for user, stack in workspace.modals.items() for v in stack if self._is(user)]
        home = workspace.homes.get(self.viewer) if self.viewer else None
        return {
            "revision": self.slack.changes.revision,
            "connections": len(self.slack.sockets),
            "team": {"id": TEAM_ID, "name": TEAM_NAME},
            "me": _user(workspace.users[self.viewer]) if self.viewer else None,
            "users": [_user(each) for each in workspace.users.values()],
            "channels": [_channel(each) for each in channels],
            "messages": {each.id: self._messages(each) for each in channels},
            "views": [self._view(each) for each in views],
            "home": self._view(home) if home else None,
            "homes": {u: self._view(v) for u, v in workspace.homes.items() if self._is(u)},
            "commands": [
                {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
                for c in manifest.commands
            ],
            "shortcuts": [
                {
                    "name": s.name,
                    "type": s.type,
                    "callback_id": s.callback_id,
                    "description": s.description,
                }
                for s in manifest.shortcuts
            ],
        }

    def _is(self, user: str) -> bool:
        return self.viewer in (None, user)

    def _sees(self, channel: Channel) -> bool:
        if self.viewer is None or self.viewer in channel.members:
            return True
        person = self.slack.workspace.users[self.viewer]
        outside = person.is_restricted or person.is_stranger
        return not (channel.is_private or channel.is_im or outside)

    def _messages(self, channel: Channel) -> list[Json]:
        shown = list(self.slack.workspace.messages[channel.id].values())
        ephemerals = self.slack.workspace.ephemerals.get(channel.id, {})
        shown += [each for each in ephemerals.values() if each.to and self._is(each.to)]
        return [self._message(each) for each in sorted(shown, key=lambda m: _order(m.ts))]

    def _message(self, message: Message) -> Json:
        workspace = self.slack.workspace
        app = workspace.apps[message.bot_id] if message.bot_id else None
        return {
            "ts": message.ts,
            "user": message.user,
            "bot": message.bot_id,
            "bot_name": app.name if app and not message.user else None,
            "text": message.text,
            "blocks": message.blocks,
            "attachments": message.previews,
            "subtype": message.subtype,
            "thread_ts": message.thread_ts if message.is_reply else None,
            "files": [self._file(each) for each in message.files],
            "reactions": [{"name": r.name, "users": list(r.users)} for r in message.reactions],
            "metadata": message.metadata,
            "edited": message.edited_ts is not None,
            "deleted": message.is_tombstone,
            "ephemeral": message.to is not None,
            "to": message.to,
        }

    def _file(self, file_id: str) -> Json:
        file = self.slack.workspace.files[file_id]
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "size": file.size,
            "url": f"/play/slack/files/{file.id}/{quote(file.name)}",
            "alt_txt": file.alt_text,
        }

    def _view(self, view: View) -> Json:
        return self.slack.shapes.view(view) | {"user": view.user, "errors": view.errors}


def _order(ts: str) -> tuple[int, str]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), micros


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "team_id": user.team_id,
        "is_admin": user.is_admin,
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted,
        "is_stranger": user.is_stranger,
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_shared": channel.is_ext_shared,
        "is_im": channel.is_im,
        "is_archived": channel.is_archived,
        "members": list(channel.members),
    }
