"""Which events reach the app: those its manifest subscribes to, with scope, where the bot is."""

from dataclasses import dataclass

from bot.playground.slack.manifest import Manifest
from bot.playground.slack.model import BOT_USER, Channel, Json

_SCOPES = {
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "app_mention": ("app_mentions:read",),
    "app_home_opened": (),
    "channel_left": ("channels:read",),
    "group_left": ("groups:read",),
    "user_change": ("users:read",),
}
_BY_PRIVACY = {
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_unarchive",
    "group_archive",
    "group_unarchive",
}
# The bot is told that it was removed although it is no longer there.
_WITHOUT_MEMBERSHIP = {"app_home_opened", "channel_left", "group_left"}


@dataclass(frozen=True)
class Subscriptions:
    """Decides about one event at a time."""

    manifest: Manifest

    def wants(self, event: Json, channel: Channel | None) -> bool:
        if channel is None:
            name = str(event["type"])
            return name in self.manifest.events and self.manifest.scopes.issuperset(_SCOPES[name])
        name = _subscription(event, channel)
        if name not in self.manifest.events:
            return False
        if not self.manifest.scopes.issuperset(_needed(name, channel)):
            return False
        return BOT_USER in channel.members or name in _WITHOUT_MEMBERSHIP


def kind(channel: Channel) -> str:
    """Return Slack's `channel_type`: `channel`, `group` or `im`."""
    if channel.is_im:
        return "im"
    return "group" if channel.is_private else "channel"


def _subscription(event: Json, channel: Channel) -> str:
    if event["type"] != "message":
        return str(event["type"])
    return "message." + {"im": "im", "group": "groups", "channel": "channels"}[kind(channel)]


def _needed(name: str, channel: Channel) -> tuple[str, ...]:
    if name in _BY_PRIVACY:
        return ("groups:read",) if channel.is_private else ("channels:read",)
    return _SCOPES.get(name, ())
