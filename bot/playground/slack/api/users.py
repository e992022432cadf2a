"""users.* and usergroups.*: who people are."""

from bot.playground.slack.api.access import require_scope
from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.api.paging import page
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import TEAM_ID, Json, User, Usergroup


def info(slack: Slack, args: Arguments) -> Json:
    user = slack.workspace.users.get(args.required("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": _shape(slack, user)}


def list_users(slack: Slack, args: Arguments) -> Json:
    ours = [each for each in slack.workspace.users.values() if not each.is_stranger]
    shown, paging = page(args, ours, default_limit=1000)
    return {
        "members": [_shape(slack, user) for user in shown],
        "cache_ts": int(slack.clock()),
    } | paging


def lookup_by_email(slack: Slack, args: Arguments) -> Json:
    require_scope(slack, "users:read.email")
    email = args.required("email").lower()
    for user in slack.workspace.users.values():
        if user.email == email and not user.is_stranger:
            return {"user": _shape(slack, user)}
    raise SlackError("users_not_found")


def list_usergroups(slack: Slack, args: Arguments) -> Json:
    with_users = args.flag("include_users")
    groups = slack.workspace.usergroups.values()
    return {"usergroups": [_group(each, with_users=with_users) for each in groups]}


def usergroup_users(slack: Slack, args: Arguments) -> Json:
    group = slack.workspace.usergroups.get(args.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _shape(slack: Slack, user: User) -> Json:
    return slack.shapes.user(user, with_email="users:read.email" in slack.manifest.scopes)


def _group(group: Usergroup, *, with_users: bool) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shape | ({"users": list(group.users)} if with_users else {})
