"""What people do with the app: commands, shortcuts, buttons, modals and its Home tab.

Each waits for the app's acknowledgement, as Slack does, and fails with the sentence a person
would see when the app does not answer in time.
"""

from dataclasses import dataclass, field

from bot.playground.slack import markup, responses
from bot.playground.slack.blocks import elements_of
from bot.playground.slack.core import Slack
from bot.playground.slack.errors import NotPossible, SlackError
from bot.playground.slack.interactions import Interactions
from bot.playground.slack.modals import (
    initial_values,
    is_empty,
    is_stateful,
    typed_value,
)
from bot.playground.slack.model import BOT_ID, Json, View
from bot.playground.slack.people import People
from bot.playground.slack.request import Body


@dataclass
class Doing:
    """One method for each way a person can turn to the app.

    `by` names who uses what is on the screen of `user`, if it is somebody else: so a test learns
    what an app does when people no longer may what they could when a button was drawn.
    """

    slack: Slack
    people: People
    interactions: Interactions = field(init=False)

    def __post_init__(self) -> None:
        self.interactions = Interactions(self.slack)

    async def command(self, body: Body) -> Json:
        channel = self.people.open_channel(body.text("channel"))
        user = self.people.member(channel, body.text("user"))
        name, text = body.text("command"), body.text("text", "").strip()
        declared = self.slack.manifest.command(name)
        if declared is None:
            raise NotPossible(f"{name} is not a valid command.")
        if declared.should_escape:
            text = markup.typed(text, self.slack.workspace)
        payload = self.interactions.command(user.id, channel, name, text)
        answer = await self.slack.deliveries.command(payload)
        responses.answer_command(self.slack, user.id, channel.id, answer)
        return {}

    async def shortcut(self, body: Body) -> Json:
        user = self.people.user(body.text("user"))
        callback_id = body.text("callback_id")
        declared = self.slack.manifest.shortcut(callback_id)
        if declared is None:
            raise NotPossible(f"The app has no shortcut {callback_id!r}.")
        self._require_interactivity()
        if declared.type == "global":
            payload = self.interactions.global_shortcut(user.id, callback_id)
        else:
            channel = self.people.channel(body.text("channel"))
            self.people.member(channel, user.id)
            message = self.people.message(channel, body.text("ts"))
            payload = self.interactions.message_shortcut(user.id, callback_id, channel, message)
        await self.slack.deliveries.interaction(payload)
        return {}

    async def click(self, body: Body) -> Json:
        """Use a button, select or overflow menu of a message of the app."""
        self._require_interactivity()
        channel = self.people.channel(body.text("channel"))
        user = self.people.member(channel, body.text("user"))
        message = responses.find_message(self.slack, channel.id, body.text("ts"))
        if message is None or (message.to is not None and message.to != user.id):
            raise NotPossible("That message is not there any more.")
        if message.bot_id != BOT_ID:
            raise NotPossible("That message is not the app's.")
        block, element = _find(message.blocks, body)
        action = self._act(block, element, body)
        values = initial_values(message.blocks)
        if is_stateful(element):
            chosen = self._typed(user.id, element, body.values.get("value"))
            values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
        actor = self._actor(body)
        payload = self.interactions.message_click(actor, channel, message, action, values)
        await self.slack.deliveries.interaction(payload)
        return {}

    async def click_in_view(self, body: Body) -> Json:
        self._require_interactivity()
        user = self.people.user(body.text("user"))
        view = self._view(user.id, body)
        block, element = _find(view.content["blocks"], body)
        action = self._act(block, element, body)
        if is_stateful(element):
            chosen = self._typed(user.id, element, body.values.get("value"))
            view.values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
        if block["type"] != "input" or block.get("dispatch_action"):
            payload = self.interactions.view_click(self._actor(body), view, action)
            await self.slack.deliveries.interaction(payload)
        return {}

    async def submit_view(self, body: Body) -> Json:
        user = self.people.user(body.text("user"))
        view = self._view(user.id, body)
        if view.content["type"] != "modal" or not view.content.get("submit"):
            raise NotPossible("This view has nothing to submit.")
        self._fill_in(view, body.entries("values") or {})
        view.errors = _missing(view)
        self.slack.changes.mark()
        if view.errors:
            raise NotPossible("Please complete all required fields.")
        payload = self.interactions.view_submission(self._actor(body), view)
        answer = await self.slack.deliveries.interaction(payload)
        if self.slack.workspace.view(view.id) is not None:
            responses.answer_submission(self.slack, view, answer)
        return {"response_action": answer.get("response_action"), "errors": view.errors}

    async def close_view(self, body: Body) -> Json:
        user = self.people.user(body.text("user"))
        view = self._view(user.id, body)
        stack = self.slack.workspace.modals.get(user.id, [])
        if view not in stack:
            raise NotPossible("The Home tab cannot be closed.")
        cleared = bool(view.content.get("clear_on_close")) or body.flag("all")
        closed = list(reversed(stack)) if cleared else [view]
        for each in closed:
            stack.remove(each)
        self.slack.changes.mark()
        for each in closed:
            if each.content.get("notify_on_close"):
                payload = self.interactions.view_closed(user.id, each, cleared=cleared)
                await self.slack.deliveries.interaction(payload)
        return {}

    def open_home(self, body: Body) -> Json:
        if not self.slack.manifest.has_home:
            raise NotPossible("The app has no Home tab.")
        self.slack.activity.open_home(self.people.user(body.text("user")).id)
        return {}

    def _require_interactivity(self) -> None:
        if not self.slack.manifest.is_interactive:
            raise NotPossible("This app is not configured to handle interactive responses.")

    def _actor(self, body: Body) -> str:
        return self.people.user(body.text("by", body.text("user"))).id

    def _view(self, user: str, body: Body) -> View:
        view = self.slack.workspace.view(body.text("view_id"))
        if view is None or view.user != user:
            raise NotPossible("That view is not open.")
        return view

    def _act(self, block: Json, element: Json, body: Body) -> Json:
        try:
            return self.interactions.action(block, element, body.values.get("value"))
        except SlackError as problem:
            raise NotPossible(
                f"{body.values.get('value')!r} is not one of the options."
            ) from problem

    def _fill_in(self, view: View, typed: Json) -> None:
        for block_id, actions in typed.items():
            for action_id, value in actions.items():
                where = Body({"block_id": block_id, "action_id": action_id})
                _, element = _find(view.content["blocks"], where)
                view.values[block_id][action_id] = self._typed(view.user, element, value)

    def _typed(self, user: str, element: Json, value: object) -> Json:
        if element["type"] == "file_input":
            entries = value if isinstance(value, list) else []
            ids = [self.people.attach(each, user) for each in entries]
            files = [self.slack.shapes.file(self.slack.workspace.files[each]) for each in ids]
            return {"type": "file_input", "files": files}
        try:
            return typed_value(element, value)
        except SlackError as problem:
            raise NotPossible(f"{value!r} is not one of the options.") from problem


def _find(blocks: list[Json], body: Body) -> tuple[Json, Json]:
    action_id, block_id = body.text("action_id"), body.text("block_id", "")
    for block in blocks:
        if block_id in ("", block["block_id"]):
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    raise NotPossible(f"There is nothing with the action_id {action_id!r} to use there.")


def _missing(view: View) -> dict[str, str]:
    errors = {}
    for block in view.content["blocks"]:
        if block["type"] == "input" and not block.get("optional"):
            typed = view.values.get(block["block_id"], {})
            if all(is_empty(value) for value in typed.values()):
                errors[block["block_id"]] = "Please complete this required field."
    return errors
