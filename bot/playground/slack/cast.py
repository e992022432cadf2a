"""The people, channels and apps a new playground workspace starts with."""

from bot.playground.slack.model import (
    APP_ID,
    BOT_ID,
    BOT_USER,
    App,
    Channel,
    User,
    Usergroup,
    Workspace,
)

ORDER_BOT = "B0ORDER"


def new_workspace() -> Workspace:
    users = [
        _person("U0OLIVIA", "Olivia Hart", is_admin=True, is_owner=True),
        _person("U0BEN", "Ben Okafor"),
        _person("U0MAYA", "Maya Lindqvist"),
        _person("U0GUS", "Gus Tremblay", is_restricted=True),
        _person("U0EVE", "Eve Calder", is_stranger=True, team_id="T0OTHER"),
        User(BOT_USER, "regulars", "Regulars", is_bot=True, bot_id=BOT_ID),
        User("USLACKBOT", "slackbot", "Slackbot"),
    ]
    everyone = ["U0OLIVIA", "U0BEN", "U0MAYA", "U0GUS"]
    channels = [
        Channel("C0SUPPORT", "support", [*everyone, BOT_USER]),
        Channel("C0ORDERS", "orders", [*everyone, BOT_USER]),
        Channel("C0VIP", "vip-orders", ["U0OLIVIA", "U0BEN", "U0MAYA"], is_private=True),
        Channel("C0SHARED", "shared-acme", [*everyone, "U0EVE", BOT_USER], is_ext_shared=True),
        Channel("C0RANDOM", "random", list(everyone)),
    ]
    apps = [App(BOT_ID, APP_ID, "regulars", BOT_USER), App(ORDER_BOT, "A0ORDER", "Order Bot")]
    return Workspace(
        users={user.id: user for user in users},
        apps={app.bot_id: app for app in apps},
        channels={channel.id: channel for channel in channels},
        messages={channel.id: {} for channel in channels},
        usergroups={
            "S0SUPPORT": Usergroup("S0SUPPORT", "support-team", "Support team", ["U0BEN", "U0MAYA"])
        },
    )


def _person(
    user_id: str,
    real_name: str,
    *,
    team_id: str = "T0PLAY",
    is_admin: bool = False,
    is_owner: bool = False,
    is_restricted: bool = False,
    is_stranger: bool = False,
) -> User:
    first = real_name.split(maxsplit=1)[0].lower()
    return User(
        user_id,
        first,
        real_name,
        email=f"{first}@playground.test",
        team_id=team_id,
        is_admin=is_admin,
        is_owner=is_owner,
        is_restricted=is_restricted,
        is_stranger=is_stranger,
    )
