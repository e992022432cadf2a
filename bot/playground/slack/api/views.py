"""views.*: modals and the Home tab."""

from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.modals import MOST_ON_STACK, check_view, new_view, replace_content
from bot.playground.slack.model import BOT_USER, Json, View


def open_view(slack: Slack, args: Arguments) -> Json:
    content = _content(args, "modal")
    trigger = slack.triggers.redeem(args.required("trigger_id"))
    _unique(slack, content)
    view = new_view(trigger.user, content)
    slack.workspace.modals[trigger.user] = [view]
    return _shown(slack, view)


def push_view(slack: Slack, args: Arguments) -> Json:
    content = _content(args, "modal")
    trigger = slack.triggers.redeem(args.required("trigger_id"))
    stack = slack.workspace.modals.get(trigger.user, [])
    if trigger.view_id is None or all(each.id != trigger.view_id for each in stack):
        raise SlackError("not_found")
    push(slack, stack, content)
    return _shown(slack, stack[-1])


def update_view(slack: Slack, args: Arguments) -> Json:
    view = _named(slack, args)
    content = _content(args, "modal" if view.content["type"] == "modal" else "home")
    if args.has("hash") and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    _unique(slack, content, view)
    replace_content(view, content)
    return _shown(slack, view)


def publish_view(slack: Slack, args: Arguments) -> Json:
    user = args.required("user_id")
    if user not in slack.workspace.users or user == BOT_USER:
        raise SlackError("invalid_arguments")
    if not slack.manifest.has_home:
        raise SlackError("not_enabled")
    content = _content(args, "home")
    view = slack.workspace.homes.get(user)
    if args.has("hash") and (view is None or args.text("hash") != view.hash):
        raise SlackError("hash_conflict")
    if view is None:
        view = new_view(user, content)
        slack.workspace.homes[user] = view
    else:
        replace_content(view, content)
    return _shown(slack, view)


def push(slack: Slack, stack: list[View], content: Json) -> None:
    """Put a view on top of `stack`, three at most."""
    if len(stack) >= MOST_ON_STACK:
        raise SlackError("push_limit_reached")
    _unique(slack, content)
    stack.append(new_view(stack[-1].user, content, stack[-1]))


def _content(args: Arguments, view_type: str) -> Json:
    content = args.entries("view", "invalid_arguments")
    if content is None:
        raise SlackError.with_messages("invalid_arguments", ["missing required field: view"])
    return check_view(content, view_type)


def _named(slack: Slack, args: Arguments) -> View:
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if view_id:
        view = slack.workspace.view(view_id)
    else:
        view = _by_external_id(slack, external_id) if external_id else None
    if view is None:
        raise SlackError("not_found")
    return view


def _by_external_id(slack: Slack, external_id: str) -> View | None:
    stacks = [*slack.workspace.modals.values(), list(slack.workspace.homes.values())]
    views = [view for stack in stacks for view in stack]
    return next((each for each in views if each.content.get("external_id") == external_id), None)


def _unique(slack: Slack, content: Json, view: View | None = None) -> None:
    external_id = content.get("external_id")
    other = _by_external_id(slack, external_id) if external_id else None
    if other is not None and other is not view:
        raise SlackError("duplicate_external_id")


def _shown(slack: Slack, view: View) -> Json:
    slack.changes.mark()
    return {"view": slack.shapes.view(view)}
