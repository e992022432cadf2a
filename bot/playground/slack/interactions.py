"""The payloads of slash commands, shortcuts, clicks and modals."""

from dataclasses import dataclass
from typing import Any

from bot.playground.slack.core import Slack
from bot.playground.slack.modals import typed_value
from bot.playground.slack.model import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, View
from bot.playground.slack.shapes import team


@dataclass(frozen=True)
class Interactions:
    """Builds payloads and issues the trigger ids and response URLs inside them."""

    slack: Slack

    def command(self, user: str, channel: Channel, command: str, text: str) -> Json:
        name = "privategroup" if channel.is_private else channel.name
        return {
            "token": "playground",
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": name,
            "user_id": user,
            "user_name": self.slack.workspace.users[user].name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel),
            "trigger_id": self.slack.triggers.issue(user),
        }

    def global_shortcut(self, user: str, callback_id: str) -> Json:
        return self._common("shortcut", user) | {
            "callback_id": callback_id,
            "action_ts": self._now(),
            "trigger_id": self.slack.triggers.issue(user),
        }

    def message_shortcut(
        self, user: str, callback_id: str, channel: Channel, message: Message
    ) -> Json:
        return self._common("message_action", user) | {
            "callback_id": callback_id,
            "action_ts": self._now(),
            "trigger_id": self.slack.triggers.issue(user),
            "response_url": self._response_url(user, channel),
            "channel": _channel(channel),
            "message_ts": message.ts,
            "message": self.slack.shapes.message(message),
        }

    def message_click(
        self, user: str, channel: Channel, message: Message, action: Json, values: Json
    ) -> Json:
        """Describe a click in a message; an ephemeral one is not sent along."""
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.to is not None,
        }
        if message.is_reply:
            container["thread_ts"] = message.thread_ts
        payload = self._common("block_actions", user) | {
            "container": container,
            "trigger_id": self.slack.triggers.issue(user),
            "channel": _channel(channel),
            "state": {"values": values},
            "response_url": self._response_url(user, channel, message),
            "actions": [action],
        }
        if message.to is None:
            payload["message"] = self.slack.shapes.message(message)
        return payload

    def view_click(self, user: str, view: View, action: Json) -> Json:
        return self._common("block_actions", user) | {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self.slack.triggers.issue(user, self._top(view)),
            "view": self.slack.shapes.view(view),
            "actions": [action],
        }

    def view_submission(self, user: str, view: View) -> Json:
        return self._common("view_submission", user) | {
            "trigger_id": self.slack.triggers.issue(user, view.id),
            "view": self.slack.shapes.view(view),
            "response_urls": [],
        }

    def view_closed(self, user: str, view: View, *, cleared: bool) -> Json:
        shown = {"view": self.slack.shapes.view(view), "is_cleared": cleared}
        return self._common("view_closed", user) | shown

    def action(self, block: Json, element: Json, value: Any) -> Json:  # noqa: ANN401 - fits the element
        """Describe what was done to `element`."""
        action: Json = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self._now(),
        }
        if element["type"] == "button":
            own = {name: element[name] for name in ("text", "value", "style") if name in element}
            return action | own
        return action | typed_value(element, value)

    def _top(self, view: View) -> str | None:
        return view.id if view.content["type"] == "modal" else None

    def _common(self, payload_type: str, user: str) -> Json:
        person = self.slack.workspace.users[user]
        return {
            "type": payload_type,
            "user": {
                "id": user,
                "username": person.name,
                "name": person.name,
                "team_id": person.team_id,
            },
            "api_app_id": APP_ID,
            "token": "playground",
            "team": team(),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _response_url(self, user: str, channel: Channel, message: Message | None = None) -> str:
        ts = message.ts if message else None
        return f"{self.slack.shapes.address}/response/" + self.slack.response_urls.issue(
            user, channel.id, ts
        )

    def _now(self) -> str:
        return f"{self.slack.clock():.6f}"


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": "privategroup" if channel.is_private else channel.name}
