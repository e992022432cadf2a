"""From exceptions to one clear sentence for the person, and a record for the operator."""

import inspect
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_sdk.webhook.async_client import AsyncWebhookClient

from listeners.markup import escape_mrkdwn
from services.errors import ExpectedError

log = structlog.get_logger()

Listener = Callable[..., Awaitable[None]]

OURS = frozenset({"services", "asker"})
"""What `listeners.middleware` adds to Bolt's own arguments."""

INJECTED = frozenset(AsyncArgs.__annotations__) | OURS
"""Every parameter name a listener may have; Bolt silently passes None for any other."""


def guarded(listener: Listener) -> Callable[[AsyncArgs], Awaitable[None]]:
    """Wrap a listener so that nothing is ever raised into Bolt, which would lose the ack.

    What a person can act on is told to them, with a reference that the log holds too. Raises
    TypeError at registration for a parameter that cannot be injected.
    """
    names = tuple(inspect.signature(listener).parameters)
    if unknown := set(names) - INJECTED:
        raise TypeError(f"{listener.__qualname__} asks for {sorted(unknown)}, which Bolt lacks.")

    async def run(args: AsyncArgs) -> None:
        given = {
            name: args.context[name] if name in OURS else getattr(args, name) for name in names
        }
        try:
            await listener(**given)
        except ExpectedError as error:
            log.info("request.refused", code=error.code)
            await _tell(args.context, error.sentence)
        except Exception:
            reference = uuid4().hex[:8]
            log.exception("request.failed", reference=reference)
            await _tell(
                args.context,
                "Sorry, something went wrong here and nothing was changed. Try again; if it "
                f"happens twice, give your admin the reference {reference}.",
            )

    return run


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
