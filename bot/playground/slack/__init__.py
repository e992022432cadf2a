"""An emulated Slack: Web API, Socket Mode, files, views, people, and fault switches."""

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.manifest import Manifest

__all__ = ["Manifest", "SlackEmulator"]
