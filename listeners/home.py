"""The Home tab: drawn whenever somebody opens it, and after each of its buttons."""

import hashlib
import time
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from commands.people import Caller
from commands.regulars import help_for
from listeners.middleware import Asker
from listeners.views.home import HomeTab, home
from services.container import Services
from services.errors import NotAllowedError, UnavailableError
from services.tickets.intake import FORM_CHANNEL, FormSent
from services.work_list import Which

Json = Mapping[str, Any]

ON_HOME = 5
TEST_TAG = "regulars-test"
Found = TypeVar("Found")


async def open_home(event: Json, client: AsyncWebClient, services: Services, asker: Asker) -> None:
    """Draw the tab somebody has opened; Slack shows them the last one until then."""
    if event.get("tab") == "home":
        first = event.get("view") is None
        await publish(client, services, asker, is_first_visit=first)


async def look_again(
    ack: AsyncAck, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Run the self-check anew."""
    await ack()
    await services.setup_checks.run()
    await publish(client, services, asker, notice="Looked again just now.")


async def send_test_ticket(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Make a ticket and close it, the way every other ticket is made."""
    caller = await asker.caller()
    if not caller.is_admin:
        await ack()
        raise NotAllowedError("Only admins can send a test ticket. Nothing was changed.")
    new = await services.intake.form(_test_ticket(body, caller), correlation_id="test-ticket")
    await ack()
    told = "A test ticket is on its way; its card comes to your messages with me."
    await publish(client, services, asker, notice=told if new else f"{told} One is enough.")


def _test_ticket(body: Json, caller: Caller) -> FormSent:
    """Build it under a key of the tab that was pressed, so that a double click makes one."""
    pressed: Json = body.get("view") or {}
    pressed_on = f"{pressed.get('id')}:{pressed.get('hash')}"
    now = f"{time.time():.6f}"
    text = (
        f"{caller.name} is testing whether tickets from Slack arrive in Gorgias. "
        "This ticket closes itself; there is nothing to do."
    )
    return FormSent(
        team=str((body.get("team") or {}).get("id") or ""),
        form_id=f"test-{hashlib.sha256(pressed_on.encode()).hexdigest()[:16]}",
        actor=caller.user_id,
        act_ts=now,
        subject="Test ticket from Regulars",
        message={
            "ts": now,
            "user": caller.user_id,
            "text": text,
            "channel": FORM_CHANNEL,
            "channel_name": "the Home tab",
        },
        customer_id=None,
        priority="low",
        tags=[TEST_TAG],
        is_test=True,
    )


async def publish(
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
    *,
    is_first_visit: bool = False,
    notice: str | None = None,
) -> None:
    """Gather what this person may see and show it."""
    caller = await asker.caller()
    tab = await _gather(caller, services, is_first_visit=is_first_visit, notice=notice)
    await client.views_publish(user_id=caller.user_id, view=home(tab))


async def _gather(
    caller: Caller, services: Services, *, is_first_visit: bool, notice: str | None
) -> HomeTab:
    if not caller.is_agent:
        return HomeTab(help_for(caller), is_first_visit=False, waiting=0, is_gorgias_away=False)
    lists = services.work_lists
    return HomeTab(
        help=help_for(caller),
        is_first_visit=is_first_visit,
        waiting=await lists.count_waiting(),
        is_gorgias_away=services.gorgias.circuit.is_open,
        notice=notice,
        mine=await lists.page(Which.MINE, caller.user_id, limit=ON_HOME),
        urgent=await lists.page(Which.URGENT, caller.user_id, limit=ON_HOME),
        glance=await services.shop_glance.read(),
        channels=await _known(services.surroundings.channels()),
        checks=await services.setup_checks.recent() if caller.is_admin else None,
    )


async def _known(asked: Awaitable[Found]) -> Found | None:
    """Leave out of the tab what Slack does not tell now."""
    try:
        return await asked
    except (NotAllowedError, UnavailableError):
        return None
