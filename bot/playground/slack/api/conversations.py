"""conversations.*: what was said where, and who is there."""

import re
from collections.abc import Sequence

from bot.playground.slack.api.access import joined_channel, require_scope, scope_of, visible_channel
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.api.paging import page
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import BOT_USER, Channel, Json, Message

_TS = re.compile(r"\d{1,12}(\.\d{1,6})?")
_TYPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def history(slack: Slack, args: Arguments) -> Json:
    """List top-level messages, newest first."""
    channel = _readable(slack, args)
    in_range = _range(args)
    messages = [
        each
        for each in reversed(slack.workspace.messages[channel.id].values())
        if in_range(each) and (not each.is_reply or each.subtype == "thread_broadcast")
    ]
    shown, paging = page(args, messages)
    return _messages(slack, args, shown, paging) | {"pin_count": 0}


def replies(slack: Slack, args: Arguments) -> Json:
    """List a thread, first message first; the ts of a reply gives that reply alone."""
    channel = _readable(slack, args)
    first = slack.workspace.message(channel.id, args.required("ts"))
    if first is None:
        raise SlackError("thread_not_found")
    in_range = _range(args)
    thread = [first]
    if not first.is_reply:
        thread += [each for each in slack.workspace.thread(channel.id, first.ts) if in_range(each)]
    shown, paging = page(args, thread, default_limit=1000)
    return _messages(slack, args, shown, paging)


def info(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    require_scope(slack, scope_of(channel, "read"))
    with_num_members = args.flag("include_num_members")
    return {"channel": slack.shapes.channel(channel, with_num_members=with_num_members)}


def list_channels(slack: Slack, args: Arguments) -> Json:
    types = [each.strip() for each in args.text("types", "public_channel").split(",")]
    for each in types:
        if each not in _TYPES:
            raise SlackError("invalid_types")
        require_scope(slack, f"{_TYPES[each]}:read")
    without_archived = args.flag("exclude_archived")
    channels = [
        channel
        for channel in slack.workspace.channels.values()
        if _type(channel) in types
        and (BOT_USER in channel.members or _type(channel) == "public_channel")
        and not (without_archived and channel.is_archived)
    ]
    shown, paging = page(args, channels)
    return {"channels": [_listed(slack, channel) for channel in shown]} | paging


def members(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    require_scope(slack, scope_of(channel, "read"))
    shown, paging = page(args, channel.members)
    return {"members": list(shown)} | paging


def open_conversation(slack: Slack, args: Arguments) -> Json:
    if args.text("channel"):
        channel = visible_channel(slack, args.text("channel"))
        return {"channel": {"id": channel.id}}
    users = [each for each in args.text("users").split(",") if each]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        require_scope(slack, "mpim:write")
        raise SlackError("not_enough_users")
    require_scope(slack, "im:write")
    if users[0] not in slack.workspace.users:
        raise SlackError("user_not_found")
    if users[0] == BOT_USER:
        raise SlackError("cannot_dm_bot")
    known = slack.workspace.im_of(users[0]) is not None
    channel = slack.activity.open_im(users[0])
    shape = {"id": channel.id}
    if args.flag("return_im"):
        shape = slack.shapes.channel(channel)
    return {"no_op": known, "already_open": known, "channel": shape}


def join(slack: Slack, args: Arguments) -> Json:
    channel = visible_channel(slack, args.required("channel"))
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_im or channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    if BOT_USER not in channel.members:
        slack.activity.join(channel, BOT_USER)
    return {"channel": slack.shapes.channel(channel)}


def _readable(slack: Slack, args: Arguments) -> Channel:
    channel = joined_channel(slack, args.required("channel"))
    require_scope(slack, scope_of(channel, "history"))
    return channel


class _Range:
    """The messages between `oldest` and `latest`, without these two unless `inclusive`."""

    def __init__(self, oldest: str, latest: str, *, inclusive: bool) -> None:
        self._oldest = _order(oldest) if oldest else None
        self._latest = _order(latest) if latest else None
        self._inclusive = inclusive

    def __call__(self, message: Message) -> bool:
        order = _order(message.ts)
        if order in (self._oldest, self._latest):
            return self._inclusive
        after = self._oldest is None or order > self._oldest
        return after and (self._latest is None or order < self._latest)


def _range(args: Arguments) -> _Range:
    oldest, latest = args.text("oldest"), args.text("latest")
    if oldest and not _TS.fullmatch(oldest):
        raise SlackError("invalid_ts_oldest")
    if latest and latest != "now" and not _TS.fullmatch(latest):
        raise SlackError("invalid_ts_latest")
    latest = "" if latest == "now" else latest
    return _Range(oldest, latest, inclusive=args.flag("inclusive"))


def _order(ts: str) -> tuple[int, int]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros.ljust(6, "0"))


def _messages(slack: Slack, args: Arguments, shown: Sequence[Message], paging: Json) -> Json:
    with_metadata = args.flag("include_all_metadata")
    messages = [slack.shapes.message(each, with_metadata=with_metadata) for each in shown]
    more = bool(paging["response_metadata"]["next_cursor"])
    return {"messages": messages, "has_more": more} | (paging if more else {})


def _type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _listed(slack: Slack, channel: Channel) -> Json:
    return slack.shapes.channel(channel, with_num_members=not channel.is_im)
