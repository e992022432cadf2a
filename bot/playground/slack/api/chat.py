"""chat.*: posting, changing and deleting the app's messages."""

from bot.playground.slack.api.access import (
    joined_channel,
    message_at,
    thread_root,
    visible_channel,
    writable_channel,
)
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.blocks import check_message_blocks
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.markup import escape, unescape
from bot.playground.slack.model import BOT_ID, BOT_USER, Json, Message

LONGEST_TEXT = 40_000
LONGEST_UPDATED_TEXT = 4_000
# Measured by others: 13,297 characters in one markdown block pass, each further block costs 125.
_LONGEST_BLOCKS = 13_422
_COST_OF_A_BLOCK = 125


def post_message(slack: Slack, args: Arguments) -> Json:
    text, blocks = content(args)
    metadata = _metadata(args)
    channel = writable_channel(slack, args.required("channel"))
    thread_ts = thread_root(slack, channel, args)
    slack.limits.post(channel.id)
    message = Message(
        channel.id,
        "",
        text,
        user=BOT_USER,
        bot_id=BOT_ID,
        blocks=blocks or [],
        thread_ts=thread_ts,
        metadata=metadata,
        subtype="thread_broadcast" if thread_ts and args.flag("reply_broadcast") else None,
    )
    slack.activity.post(message)
    shape = slack.shapes.message(message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def update_message(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    message = message_at(slack, channel, args.required("ts"))
    if message.bot_id != BOT_ID:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not args.has("text") and not args.has("blocks"):
        raise SlackError("no_text")
    text = args.text("text") if args.has("text") else None
    if text is not None and len(escape(unescape(text)).encode()) > LONGEST_UPDATED_TEXT:
        raise SlackError("msg_too_long")
    blocks = _blocks(args)
    if args.has("metadata"):
        message.metadata = _metadata(args)
    slack.activity.edit(message, BOT_USER, text, blocks)
    shape = slack.shapes.message(message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def delete_message(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    message = message_at(slack, channel, args.required("ts"))
    if message.bot_id != BOT_ID:
        raise SlackError("cant_delete_message")
    slack.activity.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(slack: Slack, args: Arguments) -> Json:
    text, blocks = content(args)
    channel = joined_channel(slack, args.required("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    reader = args.required("user")
    if reader not in channel.members:
        raise SlackError("user_not_in_channel")
    message = Message(
        channel.id,
        "",
        text,
        user=BOT_USER,
        bot_id=BOT_ID,
        blocks=blocks or [],
        thread_ts=thread_root(slack, channel, args),
        to=reader,
    )
    return {"message_ts": slack.activity.post(message).ts}


def permalink(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    message = message_at(slack, channel, args.required("message_ts"))
    return {"channel": channel.id, "permalink": slack.shapes.permalink(message)}


def content(args: Arguments) -> tuple[str, list[Json] | None]:
    """Read `text` and `blocks` of a new message, at least one of which must say something."""
    text = args.text("text")
    blocks = _blocks(args)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    if len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    return text, blocks


def _blocks(args: Arguments) -> list[Json] | None:
    blocks = args.items("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    checked = check_message_blocks(blocks)
    if _length(checked) + _COST_OF_A_BLOCK * len(checked) > _LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return checked


def _length(part: object) -> int:
    """Count the characters of every text in a tree of blocks."""
    if isinstance(part, list):
        return sum(_length(each) for each in part)
    if isinstance(part, dict):
        text = part.get("text")
        own = len(text) if isinstance(text, str) else 0
        return own + sum(_length(each) for each in part.values())
    return 0


def _metadata(args: Arguments) -> Json | None:
    metadata = args.entries("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    named = isinstance(metadata.get("event_type"), str) and metadata["event_type"]
    if not named or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return metadata
