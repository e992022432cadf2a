import ast
import inspect
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

import listeners
from listeners import TRIGGERS, Trigger, inbox
from listeners.errors import guarded
from tests.architecture.rendered import action_ids

MANIFEST: dict[str, Any] = yaml.safe_load(
    Path(listeners.__file__).parent.parent.joinpath("manifest.yml").read_text(encoding="utf-8")
)


def names(kind: str) -> set[str]:
    return {trigger.name for trigger in TRIGGERS if trigger.kind == kind}


def test_manifest_and_code_have_the_same_slash_commands() -> None:
    declared = {entry["command"] for entry in MANIFEST["features"]["slash_commands"]}
    assert declared == names("command")


def test_manifest_and_code_have_the_same_shortcuts() -> None:
    declared = {entry["callback_id"] for entry in MANIFEST["features"].get("shortcuts", [])}
    assert declared == names("shortcut") | {inbox.CREATE_TICKET}


def test_every_subscribed_event_is_known_to_the_inbox() -> None:
    subscribed = {
        name.partition(".")[0] for name in MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    }
    tree = ast.parse(inspect.getsource(inbox))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert subscribed <= words


def test_manifest_asks_for_socket_mode_and_interactivity() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


def test_every_rendered_action_has_a_listener() -> None:
    drawn = action_ids()
    assert drawn
    answered = names("action") | inbox.STORED_ACTIONS
    assert {action: view for action, view in drawn.items() if action not in answered} == {}


def test_no_trigger_hides_another() -> None:
    counts = Counter((trigger.kind, trigger.name) for trigger in TRIGGERS)
    assert [trigger for trigger, count in counts.items() if count > 1] == []
    assert names("action") & inbox.STORED_ACTIONS == set()


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
def test_listener_asks_only_for_what_can_be_injected(trigger: Trigger) -> None:
    assert callable(guarded(trigger.listener))
    parameters = inspect.signature(trigger.listener).parameters.values()
    kinds = {parameter.kind for parameter in parameters}
    assert kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}


def test_misspelt_listener_parameter_is_refused_at_registration() -> None:
    async def listen(servises: object) -> None:
        """Ask for something that does not exist."""

    with pytest.raises(TypeError, match="servises"):
        guarded(listen)


def test_every_trigger_registers() -> None:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-test")

    listeners.register(AsyncApp(authorize=authorize, signing_secret="unused"))
