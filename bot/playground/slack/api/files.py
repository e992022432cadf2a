"""files.*: reading files, and the three-step upload."""

import mimetypes
import urllib.parse

from bot.playground.slack.api.access import thread_root, writable_channel
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.api.chat import content
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.ids import new_id
from bot.playground.slack.model import BOT_ID, BOT_USER, File, Json, Message

_LARGEST = 1_000_000_000


def info(slack: Slack, args: Arguments) -> Json:
    file = slack.workspace.files.get(args.required("file"))
    if file is None or not _visible(slack, file):
        raise SlackError("file_not_found")
    return {
        "file": slack.shapes.file(file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def get_upload_url(slack: Slack, args: Arguments) -> Json:
    name, length = args.required("filename"), args.number("length", 0)
    if not 0 < length <= _LARGEST:
        raise SlackError("invalid_arguments")
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(new_id("F"), name, name, mimetype, BOT_USER, length, int(slack.clock()))
    file.alt_text = args.text("alt_txt")
    slack.workspace.files[file.id] = file
    upload_url = f"{slack.shapes.address}/upload/{urllib.parse.quote(file.id)}"
    return {"upload_url": upload_url, "file_id": file.id}


def complete_upload(slack: Slack, args: Arguments) -> Json:
    files = [_uploaded(slack, each) for each in args.items("files", "invalid_arguments") or []]
    if not files:
        raise SlackError("invalid_arguments")
    channel_ids = (
        [args.text("channel_id")] if args.has("channel_id") else args.text("channels").split(",")
    )
    for channel_id in filter(None, channel_ids):
        channel = writable_channel(slack, channel_id)
        comment = args.text("initial_comment")
        blocks = content(args)[1] if args.has("blocks") else None
        slack.limits.post(channel.id)
        slack.activity.post(
            Message(
                channel.id,
                "",
                comment,
                user=BOT_USER,
                bot_id=BOT_ID,
                blocks=blocks or [],
                files=[file.id for file in files],
                thread_ts=thread_root(slack, channel, args),
            )
        )
        for file in files:
            file.channels.append(channel.id)
    return {"files": [slack.shapes.file(file) for file in files]}


def _uploaded(slack: Slack, entry: object) -> File:
    if not isinstance(entry, dict):
        raise SlackError("invalid_arguments")
    file = slack.workspace.files.get(str(entry.get("id")))
    if file is None or file.id not in slack.workspace.contents:
        raise SlackError("file_not_found")
    file.title = str(entry.get("title") or file.title)
    return file


def _visible(slack: Slack, file: File) -> bool:
    """Tell whether the file is the bot's or was shared where the bot is."""
    channels = (slack.workspace.channels[each] for each in file.channels)
    return file.user == BOT_USER or any(BOT_USER in each.members for each in channels)
