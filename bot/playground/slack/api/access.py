"""Where the bot may look and speak."""

from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import BOT_USER, Channel, Message


def scope_of(channel: Channel, family: str) -> str:
    """Name the scope of a `family` (`history`, `read`) that this kind of channel needs."""
    if channel.is_im:
        return f"im:{family}"
    return f"groups:{family}" if channel.is_private else f"channels:{family}"


def require_scope(slack: Slack, scope: str) -> None:
    if scope not in slack.manifest.scopes:
        provided = ",".join(sorted(slack.manifest.scopes))
        raise SlackError("missing_scope", needed=scope, provided=provided)


def visible_channel(slack: Slack, channel_id: str) -> Channel:
    """Find a channel the bot can know of: public ones and those it is in."""
    channel = slack.workspace.channels.get(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if (channel.is_private or channel.is_im) and BOT_USER not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def joined_channel(slack: Slack, channel_id: str) -> Channel:
    channel = visible_channel(slack, channel_id)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def writable_channel(slack: Slack, channel_id: str) -> Channel:
    """Find a channel to post to; the id of a person means their direct messages."""
    if channel_id in slack.workspace.users and channel_id != BOT_USER:
        return slack.activity.open_im(channel_id)
    channel = visible_channel(slack, channel_id)
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in slack.manifest.scopes:
        raise SlackError("not_in_channel")
    return channel


def message_at(slack: Slack, channel: Channel, ts: str) -> Message:
    message = slack.workspace.message(channel.id, ts)
    if message is None or message.is_tombstone:
        raise SlackError("message_not_found")
    return message


def thread_root(slack: Slack, channel: Channel, args: Arguments) -> str | None:
    """Return the thread to post into, which must be named by its first message."""
    thread_ts = args.text("thread_ts")
    if not thread_ts:
        return None
    root = slack.workspace.message(channel.id, thread_ts)
    if root is None:
        raise SlackError("thread_not_found")
    if root.is_reply:
        raise SlackError("cannot_reply_to_message")
    return thread_ts
