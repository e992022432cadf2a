"""The installed app as `manifest.yml` declares it: scopes, commands, shortcuts, events."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    """A declared slash command; `should_escape` marks up what people type after it."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True)
class Shortcut:
    """A declared shortcut; `type` is `global` or `message`."""

    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True)
class Manifest:
    """What the workspace granted when the app was installed."""

    scopes: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    events: frozenset[str]
    is_interactive: bool
    has_home: bool

    def command(self, name: str) -> Command | None:
        return next((each for each in self.commands if each.command == name), None)

    def shortcut(self, callback_id: str) -> Shortcut | None:
        return next((each for each in self.shortcuts if each.callback_id == callback_id), None)

    @staticmethod
    def load(path: Path) -> "Manifest":
        return Manifest.parse(yaml.safe_load(path.read_text(encoding="utf-8")))

    @staticmethod
    def parse(data: dict[str, Any]) -> "Manifest":
        features = data.get("features", {})
        settings = data.get("settings", {})
        return Manifest(
            scopes=frozenset(data.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            commands=tuple(_command(each) for each in features.get("slash_commands", [])),
            shortcuts=tuple(
                Shortcut(each["name"], each["type"], each["callback_id"], each["description"])
                for each in features.get("shortcuts", [])
            ),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            is_interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
            has_home=bool(features.get("app_home", {}).get("home_tab_enabled", False)),
        )


def _command(entry: dict[str, Any]) -> Command:
    return Command(
        command=entry["command"],
        description=entry["description"],
        usage_hint=entry.get("usage_hint", ""),
        should_escape=bool(entry.get("should_escape", False)),
    )
