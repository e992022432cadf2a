"""Which click this is: by whom, of what, where and when."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from services.container import Services

log = structlog.get_logger()

Json = Mapping[str, Any]


async def is_first_click(args: AsyncArgs) -> bool:
    """Tell whether a button of a message or a tab is pressed anew."""
    services: Services = args.context["services"]
    action: Json = args.body["actions"][0]
    where: Json = args.body.get("container") or {}
    chosen: Json = action.get("selected_option") or {}
    place = ":".join(str(where.get(name)) for name in ("channel_id", "message_ts", "view_id"))
    value = str(chosen.get("value") or action.get("value") or "")
    act = f"{action['action_id']} {place} {value}"
    pressed_at = float(action.get("action_ts") or time.time())
    person = str(args.body["user"]["id"])
    is_first = await services.double_clicks.is_first(person, act, pressed_at)
    if not is_first:
        log.info("click.repeated", action=action["action_id"])
    return is_first
