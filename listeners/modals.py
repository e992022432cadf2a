"""Forms that were submitted."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from commands.customer import require_agent
from listeners.middleware import Asker
from listeners.slack_calls import error_code
from listeners.views import customers as customers_view
from services.container import Services
from services.errors import NotAllowedError

log = structlog.get_logger()

SHARED_BEFORE = "This is shared already. To share it once more, press Share on the card again."
UNREACHABLE = frozenset({"not_in_channel", "channel_not_found", "is_archived"})


async def share_customer(
    ack: AsyncAck,
    view: Mapping[str, Any],
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Post what the form showed, then close it; a problem is told in the form."""
    problem = await _share(view, client, services, asker)
    if problem is None:
        await ack()
    else:
        await ack(response_action="update", view=customers_view.problem_modal(problem))


async def _share(
    view: Mapping[str, Any], client: AsyncWebClient, services: Services, asker: Asker
) -> str | None:
    """Post; the sentence to show when that is not possible."""
    shared = customers_view.read_metadata(str(view.get("private_metadata") or ""))
    if shared is None:
        return customers_view.OUT_OF_DATE
    caller = await asker.caller()
    try:
        require_agent(caller)
        if not await services.double_clicks.is_first(asker.user_id, f"share {view['id']}"):
            return SHARED_BEFORE
        text, blocks = customers_view.shared_card(shared, caller.name)
        await client.chat_postMessage(
            channel=shared.channel,
            text=text,
            blocks=blocks,
            unfurl_links=False,
            unfurl_media=False,
        )
    except NotAllowedError as error:
        return error.sentence
    except SlackApiError as error:
        if error_code(error) not in UNREACHABLE:
            log.warning("share.refused", error=error_code(error))
            return "Slack did not take the message, so nothing was shared. Press Share again."
        return "I cannot post there, so nothing was shared. Type /invite @regulars and try again."
    return None
