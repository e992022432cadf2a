"""auth.test, api.test, apps.connections.open and bots.info."""

from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.model import BOT_ID, BOT_USER, TEAM_ID, TEAM_NAME, TEAM_URL, Json


def who_am_i(slack: Slack, _args: Arguments) -> Json:
    return {
        "url": TEAM_URL,
        "team": TEAM_NAME,
        "user": slack.workspace.users[BOT_USER].name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def echo(_slack: Slack, args: Arguments) -> Json:
    if args.has("error"):
        raise SlackError(args.text("error"))
    return {"args": args.values}


def open_connection(slack: Slack, _args: Arguments) -> Json:
    address = slack.shapes.address.replace("http", "ws", 1)
    return {"url": f"{address}/socket?ticket={slack.sockets.ticket()}&app_id=A0PLAY"}


def bot_info(slack: Slack, args: Arguments) -> Json:
    app = slack.workspace.apps.get(args.text("bot", BOT_ID))
    if app is None:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id,
            "app_id": app.app_id,
            "user_id": app.user_id,
            "name": app.name,
            "deleted": False,
            "updated": 1_760_000_000,
            "icons": {},
        }
    }
