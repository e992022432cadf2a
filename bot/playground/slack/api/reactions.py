"""reactions.*: the bot's own emoji, and everybody's."""

import re

from bot.playground.slack.api.access import joined_channel, message_at
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.core import Slack
from bot.playground.slack.emoji import is_known
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import BOT_USER, Json, Message

MOST_BY_ONE_PERSON = 23
MOST_EMOJI = 50
_TS = re.compile(r"\d{1,12}\.\d{6}")


def add(slack: Slack, args: Arguments) -> Json:
    name = _name(args)
    message = _message(slack, args)
    if slack.workspace.channels[message.channel].is_archived:
        raise SlackError("is_archived")
    mine = [each for each in message.reactions if BOT_USER in each.users]
    if any(each.name == name for each in mine):
        raise SlackError("already_reacted")
    if len(mine) >= MOST_BY_ONE_PERSON:
        raise SlackError("too_many_reactions")
    is_new = all(each.name != name for each in message.reactions)
    if is_new and len(message.reactions) >= MOST_EMOJI:
        raise SlackError("too_many_emoji")
    slack.activity.react(message, BOT_USER, name)
    return {}


def remove(slack: Slack, args: Arguments) -> Json:
    name = _name(args)
    if not slack.activity.unreact(_message(slack, args), BOT_USER, name):
        raise SlackError("no_reaction")
    return {}


def get(slack: Slack, args: Arguments) -> Json:
    message = _message(slack, args)
    shape = slack.shapes.message(message) | {"permalink": slack.shapes.permalink(message)}
    return {"type": "message", "channel": message.channel, "message": shape}


def _name(args: Arguments) -> str:
    name = args.required("name").strip(":")
    if not is_known(name):
        raise SlackError("invalid_name")
    return name


def _message(slack: Slack, args: Arguments) -> Message:
    if not args.text("channel") or not args.text("timestamp"):
        raise SlackError("no_item_specified")
    if not _TS.fullmatch(args.text("timestamp")):
        raise SlackError("bad_timestamp")
    channel = joined_channel(slack, args.text("channel"))
    return message_at(slack, channel, args.text("timestamp"))
