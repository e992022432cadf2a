"""A workspace of fifty more colleagues, for what happens when everybody reacts at once."""

from pathlib import Path

from bot.playground.slack.cast import new_workspace
from bot.playground.slack.model import User
from bot.playground.slack.persistence import save

CROWD = tuple(f"U0CROWD{number:02}" for number in range(50))


def workspace_with_a_crowd(folder: Path) -> None:
    """Save the usual workspace with fifty more members in #support."""
    workspace = new_workspace()
    for number, user_id in enumerate(CROWD):
        name = f"Colleague {number}"
        email = f"colleague{number}@playground.test"
        workspace.users[user_id] = User(user_id, f"colleague{number}", name, email)
    workspace.channels["C0SUPPORT"].members.extend(CROWD)
    save(workspace, folder)
