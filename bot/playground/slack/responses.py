"""Answers outside the Web API: response_url posts and the payloads of acknowledgements."""

from bot.playground.slack.api.access import thread_root
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.api.chat import content
from bot.playground.slack.api.views import push
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import NotPossible, SlackError
from bot.playground.slack.modals import check_view, replace_content
from bot.playground.slack.model import BOT_ID, BOT_USER, Json, Message, View


def answer(slack: Slack, token: str, body: Json) -> None:
    """Do what a post to a response_url says."""
    url = slack.response_urls.use(token)
    args = Arguments(body)
    clicked = find_message(slack, url.channel, url.message_ts)
    if args.flag("delete_original"):
        if clicked is None:
            raise SlackError("message_not_found")
        (slack.activity.forget if clicked.to else slack.activity.delete)(clicked)
        return
    # Slack replaces the clicked message unless told not to, if it was an ephemeral one.
    replace = args.flag("replace_original", default=clicked is not None and clicked.to is not None)
    if replace and clicked is not None:
        if clicked.bot_id != BOT_ID:
            raise SlackError("cant_update_message")
        text, blocks = content(args)
        slack.activity.edit(clicked, BOT_USER, text, blocks or [])
        return
    _post(slack, url.user, url.channel, args)


def answer_command(slack: Slack, user: str, channel: str, payload: Json) -> None:
    """Show what the acknowledgement of a slash command said at once."""
    if not payload.get("text") and not payload.get("blocks"):
        return
    try:
        _post(slack, user, channel, Arguments(payload))
    except SlackError as problem:
        raise NotPossible(f"The app's answer was not valid: {problem}.") from problem


def answer_submission(slack: Slack, view: View, payload: Json) -> None:
    """Apply the `response_action` of a view_submission; none closes the view."""
    stack = slack.workspace.modals[view.user]
    action = payload.get("response_action")
    try:
        if action is None:
            stack.remove(view)
        elif action == "clear":
            stack.clear()
        elif action == "errors":
            view.errors = _errors(view, payload)
        elif action == "update":
            replace_content(view, check_view(payload["view"], "modal"))
        elif action == "push":
            push(slack, stack, check_view(payload["view"], "modal"))
        else:
            raise NotPossible(
                f"The app answered with response_action {action!r}, which there is not."
            )
    except (SlackError, KeyError) as problem:
        raise NotPossible(
            f"The app's response_action {action} was not valid: {problem}."
        ) from problem
    slack.changes.mark()


def find_message(slack: Slack, channel: str, ts: str | None) -> Message | None:
    if ts is None:
        return None
    ephemerals = slack.workspace.ephemerals.get(channel, {})
    return slack.workspace.message(channel, ts) or ephemerals.get(ts)


def _errors(view: View, payload: Json) -> dict[str, str]:
    inputs = {each["block_id"] for each in view.content["blocks"] if each["type"] == "input"}
    errors = payload.get("errors")
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise NotPossible("The app named errors for blocks that are no inputs of this view.")
    return {str(block_id): str(text) for block_id, text in errors.items()}


def _post(slack: Slack, user: str, channel_id: str, args: Arguments) -> None:
    text, blocks = content(args)
    in_channel = args.text("response_type", "ephemeral") == "in_channel"
    channel = slack.workspace.channels[channel_id]
    slack.activity.post(
        Message(
            channel_id,
            "",
            text,
            user=BOT_USER,
            bot_id=BOT_ID,
            blocks=blocks or [],
            thread_ts=thread_root(slack, channel, args),
            to=None if in_channel else user,
        )
    )
