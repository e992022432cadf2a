"""From exceptions to one clear sentence for the person, and a record for the operator."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_sdk.webhook.async_client import AsyncWebhookClient

from listeners.double_clicks import is_first_click
from listeners.markup import escape_mrkdwn
from services.errors import ExpectedError
from services.outages import database_trouble

log = structlog.get_logger()

Listener = Callable[..., Awaitable[None]]

OURS = frozenset({"services", "asker"})
"""What `listeners.middleware` adds to Bolt's own arguments."""

INJECTED = frozenset(AsyncArgs.__annotations__) | OURS
"""Every parameter name a listener may have; Bolt silently passes None for any other."""


def guarded(
    listener: Listener, *, counts_once: bool = False
) -> Callable[[AsyncArgs], Awaitable[None]]:
    """Wrap a listener so that nothing is ever raised into Bolt, which would lose the ack.

    What a person can act on is told to them, with a reference that the log holds too. With
    `counts_once` the second half of a double click is acknowledged and nothing else: its answer
    is that of the first. Raises TypeError at registration for a parameter that cannot be injected.
    """
    names = tuple(inspect.signature(listener).parameters)
    if unknown := set(names) - INJECTED:
        raise TypeError(f"{listener.__qualname__} asks for {sorted(unknown)}, which Bolt lacks.")

    async def run(args: AsyncArgs) -> None:
        given = {
            name: args.context[name] if name in OURS else getattr(args, name) for name in names
        }
        try:
            if counts_once and not await is_first_click(args):
                await args.ack()
                return
            await listener(**given)
        except ExpectedError as error:
            log.info("request.refused", code=error.code)
            await _tell(args.context, error.sentence)
        except Exception as error:
            reference = uuid4().hex[:8]
            trouble = database_trouble(error)
            if trouble is not None:
                await tell_trouble(args.context, args.body, trouble, reference)
                return
            log.exception("request.failed", reference=reference)
            await _tell(
                args.context,
                "Sorry, something went wrong here and nothing was changed. Try again; if it "
                f"happens twice, give your admin the reference {reference}.",
            )

    return run


async def tell_trouble(
    context: AsyncBoltContext, body: Mapping[str, Any], trouble: str, reference: str
) -> None:
    """Say what the database does not do, and what came of that for the person who waits."""
    log.warning("request.database_unavailable", reference=reference, trouble=trouble)
    await _tell(
        context,
        f"{trouble}, so {_undone(body)}. Try again in a minute; if it goes on, give your admin "
        f"the reference {reference}.",
    )


def _undone(body: Mapping[str, Any]) -> str:
    if "command" in body:
        return f"{body['command']} was not carried out"
    by_kind = {
        "block_actions": "what you chose was not carried out",
        "message_action": "the shortcut was not carried out",
        "shortcut": "the shortcut was not carried out",
        "view_submission": "what you filled in was not stored",
    }
    return by_kind.get(str(body.get("type")), "your question was not answered")


async def _tell(context: AsyncBoltContext, sentence: str) -> None:
    """Answer where the request came from, to the asker only."""
    text = escape_mrkdwn(sentence)
    if context.response_url:
        # Without the last word it would take the place of a message to the asker alone.
        await AsyncWebhookClient(context.response_url).send(
            text=text, response_type="ephemeral", replace_original=False
        )
    elif context.user_id:
        opened = await context.client.conversations_open(users=context.user_id)
        await context.client.chat_postMessage(channel=opened["channel"]["id"], text=text)
