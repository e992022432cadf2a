"""Every Web API method: its function, rate limit tier and the scopes of which it needs one."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.slack.api import auth, chat, conversations, files, reactions, users, views
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.core import Slack
from bot.playground.slack.model import Json

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


@dataclass(frozen=True)
class Method:
    """A method; without a tier it is limited in its own way or not at all."""

    run: Callable[[Slack, Arguments], Json]
    tier: int | None
    scopes: tuple[str, ...] = ()
    needs_app_token: bool = False


METHODS: dict[str, Method] = {
    "api.test": Method(auth.echo, 4),
    "apps.connections.open": Method(auth.open_connection, 3, needs_app_token=True),
    "auth.test": Method(auth.who_am_i, None),
    "bots.info": Method(auth.bot_info, 3, ("users:read",)),
    "chat.delete": Method(chat.delete_message, 3, ("chat:write",)),
    "chat.getPermalink": Method(chat.permalink, None),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, None, ("chat:write",)),
    "chat.update": Method(chat.update_message, 3, ("chat:write",)),
    "conversations.history": Method(conversations.history, 3, _HISTORY),
    "conversations.info": Method(conversations.info, 3, _READ),
    "conversations.join": Method(conversations.join, 3, ("channels:join",)),
    "conversations.list": Method(conversations.list_channels, 2, _READ),
    "conversations.members": Method(conversations.members, 4, _READ),
    "conversations.open": Method(conversations.open_conversation, 3, ("im:write", "mpim:write")),
    "conversations.replies": Method(conversations.replies, 3, _HISTORY),
    "files.completeUploadExternal": Method(files.complete_upload, 4, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, 4, ("files:write",)),
    "files.info": Method(files.info, 4, ("files:read",)),
    "reactions.add": Method(reactions.add, 3, ("reactions:write",)),
    "reactions.get": Method(reactions.get, 3, ("reactions:read",)),
    "reactions.remove": Method(reactions.remove, 2, ("reactions:write",)),
    "usergroups.list": Method(users.list_usergroups, 2, ("usergroups:read",)),
    "usergroups.users.list": Method(users.usergroup_users, 2, ("usergroups:read",)),
    "users.info": Method(users.info, 4, ("users:read",)),
    "users.list": Method(users.list_users, 2, ("users:read",)),
    "users.lookupByEmail": Method(users.lookup_by_email, 3, ("users:read.email",)),
    "views.open": Method(views.open_view, 4),
    "views.publish": Method(views.publish_view, 4),
    "views.push": Method(views.push_view, 4),
    "views.update": Method(views.update_view, 4),
}
