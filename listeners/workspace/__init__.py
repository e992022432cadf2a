"""Slack as services see it: threads, people, files, cards, a word to one person."""

from dataclasses import dataclass

from listeners.workspace.base import BotIdentity
from listeners.workspace.people import People
from listeners.workspace.posts import Posts
from listeners.workspace.threads import Threads

__all__ = ["BotIdentity", "SlackWorkspace"]


@dataclass(slots=True)
class SlackWorkspace(Threads, Posts, People):
    """Implements `services.ports.Workspace`."""
